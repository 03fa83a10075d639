package workflow

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// Mark is what became of a finding since the precheck before.
type Mark string

const (
	MarkNew    Mark = "new"
	MarkStill  Mark = "still"  // it was there, as bad as now
	MarkWorse  Mark = "worse"  // it was there as a warning
	MarkMilder Mark = "milder" // it was there as an error
)

// Comparison sets the findings of a precheck beside those of the precheck before it: of
// the same run, whose findings had become too old, or of an earlier run of the domain.
type Comparison struct {
	Run      string        `json:"run"`                // the run of the precheck before
	At       time.Time     `json:"at,omitzero"`        // when that one was started
	Marks    []Mark        `json:"marks,omitempty"`    // of the findings, in their order
	Gone     []vcf.Finding `json:"gone,omitempty"`     // what was found before and is not now
	GoneMore int           `json:"goneMore,omitempty"` // gone findings that are not listed
	NewMore  int           `json:"newMore,omitempty"`  // new findings that are not listed
	KeptMore int           `json:"keptMore,omitempty"` // findings that are still there and not listed
	Partial  bool          `json:"partial,omitempty"`  // the list before is cut: what it lost counts as new
}

// Of is the mark of finding i; empty where nothing is known.
func (c *Comparison) Of(i int) Mark {
	if c == nil || i >= len(c.Marks) {
		return ""
	}
	return c.Marks[i]
}

// Counts are how many findings are new, still there, and gone.
func (c *Comparison) Counts() (fresh, still, gone int) {
	if c == nil {
		return 0, 0, 0
	}
	fresh, still = c.NewMore, c.KeptMore
	for _, m := range c.Marks {
		switch m {
		case MarkNew:
			fresh++
		case MarkStill, MarkWorse, MarkMilder:
			still++
		}
	}
	return fresh, still, len(c.Gone) + c.GoneMore
}

// Changes tells whether there is anything to say: findings now or before.
func (c *Comparison) Changes() bool {
	fresh, still, gone := c.Counts()
	return fresh+still+gone > 0
}

// Summary is "1 new, 2 still there, 3 gone".
func (c *Comparison) Summary() string {
	fresh, still, gone := c.Counts()
	return fmt.Sprintf("%d new, %d still there, %d gone", fresh, still, gone)
}

// The gone findings stand in every line of the journal, like the others: their number,
// one text and all texts together, in bytes as JSON spells them.
const (
	maxGone      = 100
	maxGoneText  = 300
	maxGoneTexts = 32 << 10
)

// bounded is the comparison for a list of n findings, the last of which may stand for
// those that were left out, with gone findings that fit into the journal.
func (c *Comparison) bounded(n int) *Comparison {
	if c == nil {
		return nil
	}
	out := *c
	if len(out.Marks) > n {
		out.Marks = slices.Clone(out.Marks[:max(0, n-1)])
		out.NewMore, out.KeptMore = 0, 0
		fresh, still, _ := c.Counts()
		listed, known, _ := out.Counts()
		out.NewMore, out.KeptMore = fresh-listed, still-known
	}
	out.Gone = slices.Clone(out.Gone)
	size := 0
	for i := range out.Gone {
		f := &out.Gone[i]
		f.Remediation, f.Reference = "", ""
		for _, text := range []*string{&f.Resource, &f.Check, &f.CheckID, &f.Message} {
			*text = clip(*text, maxGoneText)
			size += jsonSize(*text)
		}
		if i == maxGone || size > maxGoneTexts {
			out.GoneMore += len(out.Gone) - i
			out.Gone = out.Gone[:i]
			break
		}
	}
	return &out
}

// compare sets findings beside those of the precheck before; nil: there was none.
func (r *Run) compare(found []vcf.Finding) *Comparison {
	st := r.State()
	before, run := earlierPrecheck(r.journal.path, st.Domain)
	if before == nil {
		return nil
	}
	c := compareFindings(found, before.Findings)
	c.Run, c.At = run, before.Checked.Wall
	return c
}

// maxEarlier bounds the journals that are read for an earlier precheck.
const maxEarlier = 30

// earlierPrecheck is the newest precheck of the domain that checked something and whose end
// was journaled: in the journal at path, else in those beside it, the newest first. A
// journal that cannot be read tells what could be read of it.
func earlierPrecheck(path string, domain DomainRef) (*Precheck, string) {
	own := strings.TrimSuffix(filepath.Base(path), ".jsonl")
	dir := &stateDir{path: filepath.Dir(filepath.Dir(path))}
	ids, _ := dir.runs()
	ids = slices.DeleteFunc(ids, func(other string) bool {
		n, ok := numberOfRun(other)
		return other == own || ok && n != domain.Number
	})
	slices.Reverse(ids)
	ids = append([]string{own}, ids[:min(len(ids), maxEarlier)]...)
	for _, run := range ids {
		var newest *Precheck
		_, _, _ = followJournal(dir.runPath(run), func(t Transition) {
			if p := t.State.Precheck; p != nil && p.Finished && !p.empty() && t.State.Domain.ID == domain.ID {
				newest = p
			}
		})
		if newest != nil {
			return newest, run
		}
	}
	return nil, ""
}

// compareFindings pairs findings, each with at most one: first those that read alike,
// then those that differ in numbers only, then those whose check has the same id: its
// name may be spelled in another language.
func compareFindings(now, before []vcf.Finding) *Comparison {
	c := &Comparison{Marks: make([]Mark, len(now))}
	if n := len(before); n > 0 && before[n-1].Check == moreFindings {
		c.Partial, before = true, before[:n-1]
	}
	paired := make([]bool, len(before))
	for _, spell := range []func(vcf.Finding) string{
		func(f vcf.Finding) string { return key(f.Check, f.Resource, words(f.Message)) },
		func(f vcf.Finding) string { return key(f.Check, f.Resource, numberless(words(f.Message))) },
		func(f vcf.Finding) string {
			if f.CheckID == "" {
				return ""
			}
			return key(f.CheckID, f.Resource, numberless(words(f.Message)))
		},
	} {
		open := map[string][]int{}
		for i, f := range before {
			if k := spell(f); k != "" && !paired[i] {
				open[k] = append(open[k], i)
			}
		}
		for i, f := range now {
			k := spell(f)
			if c.Marks[i] != "" || k == "" || len(open[k]) == 0 {
				continue
			}
			was := open[k][0]
			open[k], paired[was] = open[k][1:], true
			c.Marks[i] = MarkStill
			if a, b := weight(before[was].Severity), weight(f.Severity); b < a {
				c.Marks[i] = MarkWorse
			} else if b > a {
				c.Marks[i] = MarkMilder
			}
		}
	}
	for i := range c.Marks {
		if c.Marks[i] == "" {
			c.Marks[i] = MarkNew
		}
	}
	for i, f := range before {
		if !paired[i] {
			c.Gone = append(c.Gone, f)
		}
	}
	return c
}

func key(check, resource, message string) string {
	return words(check) + "\x00" + words(resource) + "\x00" + message
}

// words is a text as it is compared: without case and spaces that differ, and no longer
// than what the journal keeps of it.
func words(s string) string {
	const most = maxFindingText / 2
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

// aNumber is a number or a time that stands alone, in brackets or before a unit: "9
// days", "47s", "(85%)", "2026-11-21T22:40:00Z". Names, addresses and versions are none:
// they tell one thing from another.
var aNumber = regexp.MustCompile(`^([("'\[]*)(?:\d+(?:[.,]\d+)?|\d{4}-\d\d-\d\d(?:t\d\d:\d\d(?::\d\d)?[\d.]*(?:z|[+-]\d\d:?\d\d)?)?|\d\d?:\d\d(?::\d\d)?)((?:%|ms|s|m|min|h|d|kb|mb|gb|tb)?[)"'\],;:.!?]*)$`)

// numberless is a text without what differs from day to day.
func numberless(s string) string {
	fields := strings.Fields(s)
	for i, f := range fields {
		fields[i] = aNumber.ReplaceAllString(f, "${1}#${2}")
	}
	return strings.Join(fields, " ")
}
