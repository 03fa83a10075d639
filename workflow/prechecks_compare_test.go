package workflow

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
)

// A finding is the same one as before where only numbers that stand alone differ; what
// names a thing does not.
func TestCompare_WhatIsTheSame(t *testing.T) {
	f := func(check, resource, message string) vcf.Finding {
		return vcf.Finding{Severity: vcf.SeverityError, Check: check, Resource: resource, Message: message}
	}
	warning := func(f vcf.Finding) vcf.Finding { f.Severity = vcf.SeverityWarning; return f }
	id := func(id string, f vcf.Finding) vcf.Finding { f.CheckID = id; return f }
	for _, c := range []struct {
		name        string
		before, now vcf.Finding
		want        Mark
	}{
		{"word for word", f("a", "r", "m"), f("a", "r", "m"), MarkStill},
		{"case and spaces", f("A", "r", "The  Message"), f("a", "R", "the message"), MarkStill},
		{"days", f("a", "r", "The backup is 9 days old."), f("a", "r", "The backup is 12 days old."), MarkStill},
		{"a unit", f("a", "r", "behind by 47s, (85%)"), f("a", "r", "behind by 312s, (90%)"), MarkStill},
		{"a time", f("a", "r", "since 2026-11-21T22:40:00Z, 22:40"), f("a", "r", "since 2026-11-22T01:00:00.5+01:00, 1:05:07"), MarkStill},
		{"another host", f("a", "r", "esx01 is down"), f("a", "r", "esx02 is down"), MarkNew},
		{"another address", f("a", "r", "10.0.0.1 is down"), f("a", "r", "10.0.0.2 is down"), MarkNew},
		{"another version", f("a", "r", "NSX 4.2.1.0 is too old"), f("a", "r", "NSX 4.2.2.0 is too old"), MarkNew},
		{"another resource", f("a", "r", "m"), f("a", "s", "m"), MarkNew},
		{"another check", f("a", "r", "m"), f("b", "r", "m"), MarkNew},
		{"the check is called otherwise now", id("x-1", f("Backup", "r", "m")), id("x-1", f("Sicherung", "r", "m")), MarkStill},
		{"ids that differ", id("x-1", f("a", "r", "m")), id("x-2", f("b", "r", "m")), MarkNew},
		{"worse", warning(f("a", "r", "m")), f("a", "r", "m"), MarkWorse},
		{"milder", f("a", "r", "m"), warning(f("a", "r", "m")), MarkMilder},
		{"cut by the journal", f("a", "r", clip(strings.Repeat("long ", 900), maxFindingText)), f("a", "r", strings.Repeat("long ", 900)), MarkStill},
	} {
		got := compareFindings([]vcf.Finding{c.now}, []vcf.Finding{c.before})
		gone := 0
		if c.want == MarkNew {
			gone = 1
		}
		if got.Marks[0] != c.want || len(got.Gone) != gone {
			t.Errorf("%s: %s, %d gone; want %s", c.name, got.Marks[0], len(got.Gone), c.want)
		}
	}
}

// Each finding is paired once, those that read alike before those that differ in numbers,
// and a list that was cut is said to be.
func TestCompare_PairsOnce(t *testing.T) {
	f := func(n int) vcf.Finding {
		return vcf.Finding{Check: "disk", Resource: "vc", Message: fmt.Sprintf("%d GB free", n)}
	}
	got := compareFindings([]vcf.Finding{f(1), f(2), f(3)}, []vcf.Finding{f(3), f(7), {Check: moreFindings, Message: "3 errors"}})
	want := &Comparison{Marks: []Mark{MarkStill, MarkNew, MarkStill}, Partial: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	got = compareFindings(nil, []vcf.Finding{f(1), f(2)})
	if diff := cmp.Diff(&Comparison{Marks: []Mark{}, Gone: []vcf.Finding{f(1), f(2)}}, got); diff != "" {
		t.Errorf("all gone (-want +got)\n%s", diff)
	}
}

// What the journal keeps of a comparison is bounded, and what it leaves out is counted.
func TestCompare_Bounded(t *testing.T) {
	c := &Comparison{Marks: make([]Mark, 700)}
	for range maxGone + 20 {
		c.Gone = append(c.Gone, vcf.Finding{Message: strings.Repeat("ü", 5000), Remediation: "r"})
	}
	for i := range c.Marks {
		c.Marks[i] = MarkNew
		if i >= 600 {
			c.Marks[i] = MarkStill
		}
	}
	b := c.bounded(maxFindings + 1)
	if fresh, still, _ := b.Counts(); fresh != 600 || still != 100 {
		t.Errorf("%d new, %d still there: what is not listed is not counted", fresh, still)
	}
	if _, _, gone := b.Counts(); gone != maxGone+20 || len(b.Gone) > maxGone || len(b.Gone) < maxGone/2 || len(b.Marks) != maxFindings || b.Of(maxFindings) != "" {
		t.Errorf("%d gone, %d listed, %d marks", gone, len(b.Gone), len(b.Marks))
	}
	if n := len(b.Gone[0].Message); n > maxGoneText+40 || b.Gone[0].Remediation != "" || c.Gone[0].Remediation == "" {
		t.Errorf("a gone finding of %d bytes, or the whole one was changed", n)
	}
	for i := range c.Gone {
		c.Gone[i] = vcf.Finding{Message: strings.Repeat("<", 5000), Check: strings.Repeat("<", 5000), Resource: strings.Repeat("<", 5000)}
	}
	if line, err := json.Marshal(c.bounded(3)); err != nil || len(line) > 48<<10 {
		t.Errorf("%d bytes in every line of the journal, %v", len(line), err)
	}
	if (*Comparison)(nil).bounded(3) != nil || (*Comparison)(nil).Changes() || (*Comparison)(nil).Of(0) != "" {
		t.Error("no comparison is none")
	}
}

// FuzzCompare: no texts make the comparison panic or lose a finding: what was there is
// still there or gone, what is there is new or was there.
func FuzzCompare(f *testing.F) {
	f.Add("check\x00r\x00a 9 days", "check\x00r\x00a 10 days", "\xff(((", "10:00:00 2026-11-21t10:00z")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		of := func(s string) vcf.Finding {
			check, rest, _ := strings.Cut(s, "\x00")
			resource, message, _ := strings.Cut(rest, "\x00")
			return vcf.Finding{Check: check, CheckID: resource, Resource: resource, Message: message}
		}
		now, before := []vcf.Finding{of(a), of(b), of(c)}, []vcf.Finding{of(b), of(d)}
		got := compareFindings(now, before)
		fresh, still, gone := got.Counts()
		kept := len(before)
		if got.Partial {
			kept--
		}
		if fresh+still != len(now) || still+gone != kept {
			t.Fatalf("%d new, %d still, %d gone of %d and %d", fresh, still, gone, len(now), kept)
		}
		same := func(x, y string) bool {
			return key(of(x).Check, of(x).Resource, words(of(x).Message)) == key(of(y).Check, of(y).Resource, words(of(y).Message))
		}
		if got.Marks[1] == MarkNew && !got.Partial && !same(b, a) {
			t.Fatalf("%q is new beside itself", b)
		}
	})
}
