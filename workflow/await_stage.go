package workflow

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"vcf-assistant/vcf"
)

const (
	maxStage   = 120 // bytes of a stage's name
	maxReason  = 700 // bytes of one reason's words; its reference token stands behind them
	maxReasons = 3   // innermost errors that are told; the others are counted
)

var (
	anUUID = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b`)
	// aKey is the name of a text that was not translated: com.vmware.vcf.UPGRADE_STAGE.name,
	// or a constant of the code.
	aKey     = regexp.MustCompile(`^(?:(?:com|org|vcf|lcm|sddc)\.[\w.$-]+|[\w.$-]+\.(?:name|title|label|description|message|text)|[A-Z0-9]+(?:_[A-Z0-9]+)+)$`)
	aKeysEnd = regexp.MustCompile(`\.(?:name|title|label|description|message|text)$`)
	aHump    = regexp.MustCompile(`([a-z0-9])([A-Z])`)
)

// readable is a stage's name for people: a key that SDDC Manager did not translate
// becomes words, an id becomes the name of the resource that it belongs to, else its
// first part. It is bounded: a stage is one line of the card.
func readable(stage string, names map[string]string) string {
	stage = strings.TrimSpace(stage)
	if aKey.MatchString(stage) && !anUUID.MatchString(stage) {
		last := aKeysEnd.ReplaceAllString(stage, "")
		last = last[strings.LastIndexByte(last, '.')+1:]
		words := aHump.ReplaceAllString(strings.NewReplacer("_", " ", "-", " ", "$", " ").Replace(last), "$1 $2")
		if words = strings.ToLower(strings.Join(strings.Fields(words), " ")); words != "" {
			first := []rune(words)
			first[0] = unicode.ToUpper(first[0])
			stage = string(first)
		}
	}
	stage = anUUID.ReplaceAllStringFunc(stage, func(id string) string {
		if name := names[strings.ToLower(id)]; name != "" {
			return name
		}
		return id[:8] + "…"
	})
	if len(stage) > maxStage {
		stage = strings.ToValidUTF8(stage[:maxStage], "") + "…"
	}
	return stage
}

// namesOf maps the ids of a task's resources to their names.
func namesOf(t vcf.Task) map[string]string {
	names := map[string]string{}
	add := func(list []vcf.Resource) {
		for _, r := range list {
			name := r.FQDN
			if name == "" {
				name = r.Name
			}
			if r.ID != "" && name != "" {
				names[strings.ToLower(r.ID)] = name
			}
		}
	}
	var walk func([]vcf.SubTask)
	walk = func(list []vcf.SubTask) {
		for _, s := range list {
			add(s.Resources)
			walk(s.SubTasks)
		}
	}
	add(t.Resources)
	walk(t.SubTasks)
	return names
}

// failedAt is how far a failed task came and the stage that failed, the first of the
// tree's leaves; empty where no leaf says so.
func failedAt(t vcf.Task) (percent int, stage string) {
	failed := func(status string) bool { return vcf.Task{Status: status}.Outcome() == vcf.Failed }
	var walk func([]vcf.SubTask) string
	walk = func(list []vcf.SubTask) string {
		for _, s := range list {
			if name := walk(s.SubTasks); name != "" {
				return name
			}
			for _, st := range s.Stages {
				if failed(st.Status) && st.Name != "" {
					return st.Name
				}
			}
			if !failed(s.Status) {
				continue
			}
			if s.Description != "" {
				return s.Description
			}
			if s.Name != "" {
				return s.Name
			}
		}
		return ""
	}
	percent, _ = t.Progress()
	return percent, readable(shownText(walk(t.SubTasks)), namesOf(t))
}

// reasons are errors on one line: the words of each bounded, so that its advice and its
// reference token stay.
func reasons(list []vcf.Error) string {
	var out []string
	for i, e := range list {
		if i == maxReasons {
			out = append(out, fmt.Sprintf("and %s more", count(len(list)-i, "error")))
			break
		}
		e.Message, e.Remediation = clip(shownText(e.Message), maxReason), clip(shownText(e.Remediation), maxReason/2)
		e.ReferenceToken = clip(shownText(e.ReferenceToken), 80)
		out = append(out, e.String())
	}
	return strings.Join(out, "; ")
}

// shownText is a server's text on one line.
func shownText(s string) string {
	if most := 16 << 10; len(s) > most {
		s = s[:most]
	}
	s = strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return ' '
		}
		if unicode.Is(unicode.C, c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}
