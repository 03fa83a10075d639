package workflow

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One ESX cluster after another has one status; each is handed out, also to a reader that
// comes late. Progress is not.
func TestFeed_KeepsEveryComponent(t *testing.T) {
	t.Parallel()
	f := newFeed()
	push := func(component string, progress int) {
		f.push(Snapshot{Domains: []Domain{{ID: "d", Run: &RunView{ID: "r", Active: true, Status: UpgradingESX, Component: component, Progress: progress}}}})
	}
	push("ESX cl01", 10)
	push("ESX cl01", 20)
	push("ESX cl02", 30)
	push("ESX cl02", 40)
	type shown struct {
		Component string
		Progress  int
	}
	var got []shown
	for range 2 {
		s, err := f.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, shown{s.Domains[0].Run.Component, s.Domains[0].Run.Progress})
	}
	if diff := cmp.Diff([]shown{{"ESX cl01", 20}, {"ESX cl02", 40}}, got); diff != "" || len(f.queue) != 0 {
		t.Errorf("handed out (-want +got):\n%s", diff)
	}
}
