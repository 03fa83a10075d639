package workflow

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf/vcftest"
)

// formats are journals as released versions wrote them, each with SDDC Manager as it
// was then: upgrades that had ended, and the one under way. `go test -update` writes
// those of the present format anew; a file of a format that was is never changed.
var formats = []struct {
	file   string
	model  func() (vcftest.Model, int)
	until  func(Transition) bool // the last line that is kept, when it is written
	past   []vcftest.ForeignUpgrade
	now    vcftest.ForeignUpgrade
	want   []string // what is accepted after the restart
	failed string   // why the run cannot come to its end; empty: it does
}{
	{file: "journal-format1.jsonl", model: func() (vcftest.Model, int) { return model(), 1 }, // by hand: it has no BOM, which no run of a release lacks
		past:   []vcftest.ForeignUpgrade{{Domain: "m01", Component: vcftest.SDDCManager}},
		now:    vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.NSX},
		failed: "for which the BOM of 5.2.1.0 names no version"},
	{file: "journal-format1-management.jsonl", model: managementDomain, // NSX is sent, and no answer has come
		until: func(l Transition) bool {
			u := l.State.current()
			return u != nil && u.Component == "NSX" && u.Sent == 1 && u.ID == ""
		},
		past: []vcftest.ForeignUpgrade{{Domain: "m01", Component: vcftest.SDDCManager}},
		now:  vcftest.ForeignUpgrade{Domain: "m01", Component: vcftest.NSX},
		want: []string{vcftest.VCenter, vcftest.Host}},
	{file: "journal-format1-vi.jsonl", model: viDomain, // the first of two clusters is being upgraded
		until: func(l Transition) bool {
			u := l.State.current()
			return l.Step == "component-await" && u != nil && u.Name == "w01-cl01"
		},
		past: []vcftest.ForeignUpgrade{{Domain: "w01", Component: vcftest.NSX}, {Domain: "w01", Component: vcftest.VCenter}},
		now:  vcftest.ForeignUpgrade{Domain: "w01", Component: vcftest.Host, Clusters: []string{"w01-cl01"}},
		want: []string{vcftest.Host}},
}

// TestJournal_OlderFormatIsResumed goes on with every kept journal to the end of its
// run: what runs is followed, what is left is sent once.
func TestJournal_OlderFormatIsResumed(t *testing.T) {
	for _, f := range formats {
		golden := filepath.Join("..", "testdata", "workflow", f.file)
		m, domain := f.model()
		if *update && f.until != nil {
			writeJournal(t, golden, record(t, m, domain), f.until)
		}
		b, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		lines, _, err := parseJournal(b)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		m.Downloaded = true
		t.Run(f.file, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &world{t: t, sim: vcftest.New(m), dir: dir, epoch: time.Now(), statuses: map[int][]Status{}, alter: sparse}
				w.sim.SetTarget(f.now.Domain, "5.2.1.0")
				var id string
				for _, u := range append(slices.Clone(f.past), f.now) {
					if id, err = w.sim.StartUpgrade(u); err != nil {
						t.Fatal(err)
					}
					if u.Component != f.now.Component {
						time.Sleep(2 * time.Hour)
					}
				}
				// SDDC Manager's ids are not those of the day the journal was written.
				was := lines[len(lines)-1].State.current().ID
				if was != "" {
					b = bytes.ReplaceAll(b, []byte(`"`+was+`"`), []byte(`"`+id+`"`))
				}
				b = bytes.ReplaceAll(b, []byte(`"dom-1"`), []byte(`"`+w.sim.DomainID("m01")+`"`))
				b = bytes.ReplaceAll(b, []byte(`"b-nsx"`), []byte(`"`+w.sim.BundleID("5.2.1.0", vcftest.NSX)+`"`))
				moment{files: map[string][]byte{"runs/" + runID(time.Now(), domain) + ".jsonl": b}}.write(t, dir)
				w.boot()
				defer w.shutdown()
				if f.failed != "" {
					d := w.ended(domain)
					if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, f.failed) {
						t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
					}
					if u := d.Run.Upgrades[0]; u.Result == "" {
						t.Errorf("NSX was not followed to its end: %+v", u)
					}
				} else {
					w.ended(domain)
					w.until(domain, WaitingForInitiation)
					if r := w.sim.Release(f.now.Domain); r != "5.2.1.0" {
						t.Errorf("the domain is at %s\n%s", r, logOf(w.domain(domain)))
					}
				}
				if diff := cmp.Diff(f.want, components(w.sim)); diff != "" {
					t.Errorf("accepted after the restart (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// writeJournal keeps the first line, and the two up to the one that is looked for.
func writeJournal(t *testing.T, path string, h *history, until func(Transition) bool) {
	t.Helper()
	n := slices.IndexFunc(h.lines, until)
	for name, b := range h.moments[n].files {
		if strings.HasPrefix(name, "runs/") {
			all := bytes.SplitAfter(b, []byte("\n"))
			b = slices.Concat(all[0], all[n-1], all[n])
			if err := os.WriteFile(path, b, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}
