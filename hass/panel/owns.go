package panel

import (
	"regexp"
	"strings"
	"sync"

	"vcf-assistant/hass"
)

// Owns tells whether an entity id belongs to the instance of a name, empty for the one
// without: whether it is a row of the table, also under the ..._2 that a state has where
// its own id is taken. No id belongs to two instances, since no name has a word like
// domain1. Helpers are meant by the id that Home Assistant stores, which renaming their
// entity does not change.
func Owns(name, entityID string) bool {
	platform, object, _ := strings.Cut(entityID, ".")
	rest, ok := instance(name).unnamed(object)
	if ok {
		_, _, ok = read(every(), platform+"."+rest)
	}
	return ok
}

// OwnsState tells whether a state was written by the service: its id alone may be a
// user's own.
func OwnsState(name string, s hass.State) bool {
	return s.Attributes["attribution"] == attribution && Owns(name, s.ID)
}

// OwnsNotification tells whether a notification's id belongs to the instance.
func OwnsNotification(name, id string) bool {
	rest, ok := instance(name).unnamed(id)
	return ok && everyNotice().MatchString(rest)
}

// RightsNotification is the service's own where it has several instances.
const RightsNotification = "vcf_rights"

// unnamed is an id of ours as the instance without a name has it.
func (i instance) unnamed(id string) (string, bool) {
	rest, ok := strings.CutPrefix(id, i.named("vcf_"))
	return "vcf_" + rest, ok
}

// every reads the ids of all rows, of the instance without a name.
var every = sync.OnceValue(func() []idPattern {
	var out []idPattern
	for _, r := range table {
		out = append(out, instance("").pattern(r))
	}
	return out
})

// everyNotice reads the ids of all notifications, of the instance without a name.
var everyNotice = sync.OnceValue(func() *regexp.Regexp {
	each := strings.Join(kinds, "|")
	return regexp.MustCompile("^vcf_(?:(?:domain[1-9][0-9]{0,5}_)?(?:" + each + ")|" + noticeCheck + "|helpers|entity_ids|rights)$")
})

// pattern reads a row's ids. States are written under another id where theirs is taken;
// a helper never is.
func (i instance) pattern(r row) idPattern {
	text := regexp.QuoteMeta(i.named(r.id))
	text = strings.Replace(text, "%d", "([1-9][0-9]{0,5})", 1)
	text = strings.Replace(text, "%s", "[a-z0-9_]+", 1)
	if r.state != nil {
		text += "(?:_[2-9])?"
	}
	return idPattern{r, regexp.MustCompile("^" + text + "$"), strings.Contains(r.id, "%d")}
}
