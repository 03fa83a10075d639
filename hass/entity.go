package hass

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// MaxState is the length of a state that Home Assistant takes, in characters. The caller
// cuts; a longer one is an error.
const MaxState = 255

// Entity is a state to write.
type Entity struct {
	ID         string         // "sensor.vcf_domain1_status"
	State      string         // at most MaxState characters
	Attributes map[string]any // whole: those not in it vanish. The recorder drops more than 16,384 bytes of them
}

// State is a state as Home Assistant has it.
type State struct {
	ID          string         `json:"entity_id"`
	State       string         `json:"state"`
	Attributes  map[string]any `json:"attributes"`
	LastChanged time.Time      `json:"last_changed"`
	LastUpdated time.Time      `json:"last_updated"`
}

var entityID = regexp.MustCompile(`^[a-z0-9_]+\.[a-z0-9_]+$`)

func checkEntityID(id string) error {
	if !entityID.MatchString(id) {
		return fmt.Errorf("entity id %q: it must be domain.name in small letters, digits and _", line(id))
	}
	return nil
}

func (e Entity) check() error {
	if err := checkEntityID(e.ID); err != nil {
		return err
	}
	if n := utf8.RuneCountInString(e.State); n > MaxState {
		return fmt.Errorf("state has %d characters: at most %d are allowed", n, MaxState)
	}
	return nil
}

// same tells cheaply that two entities are the same; one that it takes for another may
// still be the same as JSON.
func (e Entity) same(o Entity) bool {
	if e.ID != o.ID || e.State != o.State || len(e.Attributes) != len(o.Attributes) {
		return false
	}
	if reflect.ValueOf(e.Attributes).Pointer() == reflect.ValueOf(o.Attributes).Pointer() {
		return true
	}
	for name, value := range e.Attributes {
		if have, there := o.Attributes[name]; !there || !sameValue(value, have) {
			return false
		}
	}
	return true
}

func sameValue(a, b any) bool {
	switch a := a.(type) {
	case nil:
		return b == nil
	case string:
		s, is := b.(string)
		return is && a == s
	case int:
		n, is := b.(int)
		return is && a == n
	case bool:
		t, is := b.(bool)
		return is && a == t
	case float64:
		f, is := b.(float64)
		return is && a == f
	case []string:
		l, is := b.([]string)
		return is && slices.Equal(a, l) && (a == nil) == (l == nil)
	}
	return reflect.DeepEqual(a, b)
}
