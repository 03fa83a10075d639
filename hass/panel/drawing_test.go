package panel

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/workflow"
)

// What is kept of clusters and hosts never shows in what is shown: after every change it
// is as if nothing had been kept. And it is kept: what did not change is the same.
func TestDrawing(t *testing.T) {
	o := Options{Show: everything}
	d := drawing{}
	show := func(what string, s workflow.Snapshot) {
		t.Helper()
		if diff := cmp.Diff(Entities(s, o), d.entities(s, o)); diff != "" {
			t.Errorf("%s (-pure +kept):\n%s", what, diff)
		}
	}
	s := stocked()
	second := stocked().Domains[0]
	second.Number, second.ID = 2, "b"
	s.Domains = append(s.Domains, second)
	show("first", s)
	kept := *d[1]
	s.Time = s.Time.Add(time.Hour)
	show("an hour later", s)
	if len(kept.hosts) == 0 || &kept.hosts[0] != &d[1].hosts[0] {
		t.Error("hosts were drawn again")
	}
	away := s
	away.Backend.Reachable, away.Backend.Problem = false, "gone"
	show("SDDC Manager away", away)
	show("and back", s)
	other := s
	other.Domains = append([]workflow.Domain(nil), s.Domains...)
	other.Domains[0].Problem = "it cannot be read"
	show("one domain cannot be read", other)
	other.Domains[0] = stocked().Domains[0]
	inventory := *other.Domains[0].Inventory
	inventory.Hosts, inventory.Problem = inventory.Hosts[:1], ""
	other.Domains[0].Inventory = &inventory
	show("read again, with fewer hosts", other)
	fewer := inventory
	fewer.Hosts, fewer.Clusters = nil, inventory.Clusters[:1]
	other.Domains[0].Inventory = &fewer
	show("and with none", other)
	worse := inventory
	worse.Problem = "hosts could not be read"
	other.Domains[0].Inventory = &worse
	show("read in part", other)
	other.Domains[0].Inventory = nil
	show("not read", other)
	swapped := s
	swapped.Domains = []workflow.Domain{s.Domains[1]}
	swapped.Domains[0].Number = 1
	show("another domain under the number", swapped)
	gone := s
	gone.Domains = []workflow.Domain{s.Domains[0]}
	gone.Domains[0].Gone = true
	show("gone", gone)
	show("none", workflow.Snapshot{})
	if len(d) != 0 {
		t.Errorf("%d domains are kept", len(d))
	}
}
