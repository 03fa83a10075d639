package workflow

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// FuzzOpen starts the service on a state directory whose journal and domains.json hold
// any bytes, lets two days pass, and presses every button. Nothing panics and no step
// runs for ever: what cannot go on says why. A line that could be read before can be
// read after, and a file that is damaged is not changed. The seeds put every step on
// states that lack what it needs.
func FuzzOpen(f *testing.F) {
	sim := vcftest.New(model())
	ref := DomainRef{Number: 1, ID: sim.DomainID("m01"), Name: "m01", Type: "MANAGEMENT"}
	known, _ := json.Marshal(numbers{ref.ID: ref})
	states := []State{
		{},
		{Target: "5.2.1.0"},
		{Target: "5.2.1.0", Precheck: &Precheck{Findings: []vcf.Finding{{}}}, Upgrades: []Upgrade{{}}, Alerts: &Alerts{}, Cancel: nil},
		{Target: "5.2.1.0", Precheck: &Precheck{Finished: true}, Upgrades: []Upgrade{{BundleID: "b", Resources: []string{ref.ID}, Sent: 2, Intended: true}}},
		{Target: "5.2.1.0", Precheck: &Precheck{RunID: "x"}, Upgrades: []Upgrade{{Component: vcf.ESX, BundleID: "b", Resources: []string{"x"}, ID: "y"}}, Stale: true},
	}
	for i, s := range append([]Step{{Name: "no such step"}}, Steps...) {
		for j, st := range states {
			if (i+j)%3 != 0 || raced && (i+j)%12 != 0 {
				continue // two of five states for each step
			}
			st.Domain = ref
			line, _ := json.Marshal(Transition{Format: 1, Seq: 1, Step: s.Name, Status: s.Status, Spent: -1 << 62, State: st})
			f.Add(append(line, '\n'), known)
		}
	}
	f.Add([]byte("{}\nnull\n{\"format\":1}\n"), []byte("null"))
	f.Add([]byte("\n\n"), []byte(`{"":{"number":-1}}`))
	f.Add([]byte("{"), []byte(`{"x":{"number":9223372036854775807,"id":"x"}}`))

	f.Fuzz(func(t *testing.T, journal, numbers []byte) {
		dir := t.TempDir()
		file := filepath.Join(dir, "runs", "20000101T000000.000Z-domain1.jsonl")
		moment{files: map[string][]byte{"domains.json": numbers, filepath.Join("runs", filepath.Base(file)): journal}}.write(t, dir)
		readable := linesOf(journal)
		synctest.Test(t, func(t *testing.T) {
			w := &world{t: t, sim: vcftest.New(model()), dir: dir, epoch: time.Now(), statuses: map[int][]Status{}, alter: sparse}
			sup, err := Open(w.config())
			if err != nil {
				if b, _ := os.ReadFile(file); !bytes.Equal(b, journal) {
					t.Errorf("not opened (%v), and changed", err)
				}
				return
			}
			sup.Close()
			w.boot()
			time.Sleep(time.Hour)
			for _, a := range []Action{Acknowledge, Cancel, Start, Cancel} {
				for _, d := range w.sup.Snapshot().Domains {
					w.press(a, d.Number)
				}
				if a == Cancel {
					time.Sleep(24 * time.Hour)
				}
			}
			for _, d := range w.sup.Snapshot().Domains {
				if d.Active() || d.UpgradeStatus() == Failed && d.Run.Reason == "" {
					t.Errorf("domain %d: after two days and a Cancel it shows %s (%s): %q", d.Number, d.UpgradeStatus(), d.Run.Step, d.Run.Reason)
				}
			}
			w.shutdown()
		})
		after, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kept := linesOf(after)
		for i, line := range readable {
			if i >= len(kept) || !bytes.Equal(kept[i], line) {
				t.Fatalf("line %d was lost: %q", i+1, line)
			}
		}
		if _, _, err := parseJournal(journal); err != nil && err != errNoTransition && !bytes.Equal(after, journal) {
			t.Errorf("a damaged journal (%v) was changed", err)
		}
	})
}

// linesOf are the complete lines that hold a transition.
func linesOf(b []byte) (out [][]byte) {
	for {
		line, rest, complete := bytes.Cut(b, []byte("\n"))
		if !complete {
			return out
		}
		var t Transition
		if json.Unmarshal(line, &t) == nil && t.Format == 1 && t.Step != "" && t.State.Domain.ID != "" && t.State.Domain.Number > 0 {
			out = append(out, line)
		}
		b = rest
	}
}
