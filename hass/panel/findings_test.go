package panel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// sixty is a precheck of three resources with twenty findings each, every third a warning.
func sixty() workflow.Snapshot {
	s := waiting()
	r := s.Domains[0].Run
	r.Findings = nil
	for i := range 60 {
		f := vcf.Finding{Severity: vcf.SeverityError, Resource: []string{"m01-vc01", "m01-nsx01", "m01-cl01"}[i/20], Check: fmt.Sprintf("Check %02d", i+1),
			Message:     fmt.Sprintf("Service %d of the resource does not answer since this morning: the connection to port 443 was refused three times within ten minutes, and its log ends with an error of the database", i+1),
			Remediation: "Restart the service in the management page of the appliance, then run the prechecks again.", Reference: fmt.Sprintf("REF%03d", i+1)}
		if i%3 == 2 {
			f.Severity = vcf.SeverityWarning
		}
		r.Findings = append(r.Findings, f)
	}
	return s
}

var (
	checkNumber = regexp.MustCompile(`\*Check (\d\d)\*`)
	moreNumber  = regexp.MustCompile(`… and (\d+) findings more`)
)

// A long list is cut where the recorder would drop it, errors before warnings, and what
// is left out is counted: no finding is neither listed nor counted.
func TestFindings_SixtyOfThreeResources(t *testing.T) {
	e := find(t, Entities(sixty(), Options{}), "sensor.vcf_domain1_upgrade_logs")
	card := e.Attributes["markdown"].(string)
	if more := moreNumber.FindString(card); more == "" {
		t.Fatalf("nothing was cut:\n%s", card)
	}
	listed := checkNumber.FindAllStringSubmatch(card, -1)
	more := moreNumber.FindStringSubmatch(card)
	if fmt.Sprint(60-len(listed)) != more[1] || len(listed) < 20 {
		t.Errorf("%d listed, more: %v", len(listed), more)
	}
	for i, m := range listed { // two of three are errors and come first, in the server's order
		want := fmt.Sprintf("%02d", 1+i/2*3+i%2)
		if i >= 40 {
			want = fmt.Sprintf("%02d", 21+3*(i-40)) // m01-nsx01 has more warnings than m01-vc01
		}
		if m[1] != want {
			t.Errorf("finding %d on the card is %s, want %s", i, m[1], want)
		}
	}
	if n := strings.Count(card, "**m01-nsx01**"); n != 2 {
		t.Errorf("m01-nsx01 is a heading %d times, want once among the errors and once among the warnings", n)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e.Attributes); err != nil || b.Len() >= 16384 || b.Len() < 12000 {
		t.Errorf("%d bytes of attributes, want most of 16384 and no more: %v", b.Len(), err)
	}
	for _, want := range []string{"🔧 Restart the service", "Reference REF001", "[Open the domain in SDDC Manager](<https://", "#### ❌ Precheck errors (40)"} {
		if !strings.Contains(card, want) {
			t.Errorf("the card lacks %q", want)
		}
	}
	t.Logf("%d listed, %s more, %d bytes", len(listed), more[1], b.Len())
}

// What is new comes first within its severity, so that a cut never hides it.
func TestFindings_WhatIsNewIsNotCut(t *testing.T) {
	s := sixty()
	r := s.Domains[0].Run
	r.Compared = &workflow.Comparison{At: t0, Marks: make([]workflow.Mark, 60)}
	for i := range r.Compared.Marks {
		r.Compared.Marks[i] = workflow.MarkStill
	}
	r.Compared.Marks[59] = workflow.MarkNew // the last warning, which a cut would hide
	card := find(t, Entities(s, Options{}), "sensor.vcf_domain1_upgrade_logs").Attributes["markdown"].(string)
	if !strings.Contains(card, "🆕 *Check 60*") || !strings.Contains(card, "Still there: *Check 01*") ||
		strings.Contains(card, "*Check 03*") {
		t.Errorf("the new finding is not shown first, or the list was not cut:\n%s", card)
	}
	if !strings.Contains(card, "Compared with the precheck of Sat 21 Nov 22:40: 1 new, 59 still there, 0 gone.") {
		t.Errorf("the card does not sum up:\n%s", card)
	}
}

// A second precheck that finds nothing shows what is gone.
func TestFindings_AllGone(t *testing.T) {
	s := checkedAgain()
	r := s.Domains[0].Run
	r.Status, r.Findings, r.Compared.Marks = workflow.ChecksDone, nil, nil
	card := find(t, Entities(s, Options{}), "sensor.vcf_domain1_upgrade_logs").Attributes["markdown"].(string)
	if !strings.Contains(card, "#### ✅ Gone since the precheck before (1)\n\nsfo-m01-vc01 · *Root password*: The password of &lt;root&gt; expires") {
		t.Errorf("the card does not show what is gone:\n%s", card)
	}
}

func TestMegabytes(t *testing.T) {
	got := []string{megabytes(0), megabytes(-1), megabytes(620.5), megabytes(18046.9), megabytes(1e300)}
	if diff := cmp.Diff([]string{"", "", "620 MB", "17.6 GB", ""}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The same finding at many hosts is told once, and counted for each of them.
func TestFindings_AlikeAreOne(t *testing.T) {
	s := waiting()
	r := s.Domains[0].Run
	r.Findings = nil
	for i := range 32 {
		name := fmt.Sprintf("m01-esx%02d", i+1)
		r.Findings = append(r.Findings, vcf.Finding{Severity: vcf.SeverityWarning, Resource: name, Check: "ESXi time",
			Message: "The clock of " + name + " is behind.", Remediation: "Set NTP.", Reference: "REF" + name})
	}
	r.Findings = append(r.Findings, r.Findings[0], vcf.Finding{Severity: vcf.SeverityWarning, Resource: "m01-esx01", Check: "ESXi time", Message: "The clock stands still.", Remediation: "Set NTP."})
	card := find(t, Entities(s, Options{}), "sensor.vcf_domain1_upgrade_logs").Attributes["markdown"].(string)
	if !strings.Contains(card, "#### ⚠️ Precheck warnings (34)\n\n**m01-esx01, m01-esx02, m01-esx03 and 29 more**\n\n*ESXi time*: The clock of m01-esx01 is behind.  \n🔧 Set NTP.\n\n**m01-esx01**") {
		t.Errorf("what is alike is not one:\n%s", card)
	}
	if n := strings.Count(card, "*ESXi time*"); n != 3 {
		t.Errorf("%d items, want 3:\n%s", n, card)
	}
}
