package workflow

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// telling is a domain in the API's words with a capacity.
func telling(t *testing.T, d vcf.Domain, c vcf.Capacity) string {
	t.Helper()
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	pair := func(u vcf.Usage, unit string) string {
		return fmt.Sprintf(`{"used":{"value":%f,"unit":"%s"},"total":{"value":%f,"unit":"%s"}}`, u.Used, unit, u.Total, unit)
	}
	return fmt.Sprintf(`%s,"capacity":{"cpu":%s,"memory":%s,"storage":%s}}`, strings.TrimSuffix(string(b), "}"), pair(c.CPU, "Hz"), pair(c.Memory, "B"), pair(c.Storage, "B"))
}

// What a domain itself tells counts before what its clusters add up to: where the two are
// apart, or these have become more, it is asked every time, Check asks every one, and the capacity that a domain does
// not tell any more is not shown any more. A domain that is not taken up is not asked, and
// none after one that could not be: the connection is gone.
func TestCapacities_ADomainIsBelieved(t *testing.T) {
	t.Parallel()
	play(t, model(crowd, func(m *vcftest.Model) { m.Domains[5].Status = "ACTIVATING" }), func(w *world) {
		readings := func(name string, want int, do func()) {
			t.Helper()
			w.sim.Reset()
			do()
			time.Sleep(10 * time.Second)
			if n := w.requests()["/v1/domains/{id}"]; n != want {
				t.Errorf("%s: %d domains are asked, want %d", name, n, want)
			}
		}
		due := func() { time.Sleep(5 * time.Minute) }
		check := func() {
			time.Sleep(pause)
			w.sup.Press(w.t.Context(), Press{Action: Check, At: time.Now()})
		}
		if n := w.requests()["/v1/domains/{id}"]; n != 5 {
			t.Errorf("at the start %d domains are asked", n)
		}
		readings("their clusters add up", 0, due)
		readings("a person asks", 5, check)
		all, err := w.sup.cfg.Client.Domains(w.t.Context())
		if err != nil {
			t.Fatal(err)
		}
		one, err := w.sup.cfg.Client.Domain(w.t.Context(), all[1].ID)
		if err != nil || one.Capacity == nil {
			t.Fatal(one, err)
		}
		other := *one.Capacity
		other.Memory.Used = other.Memory.Total / 100
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/domains/" + one.ID, Status: 200, Body: telling(t, one, other)})
		readings("another thing is told", 5, check)
		readings("and is told still", 1, due)
		if c := w.domain(2).Inventory.Capacity; c.Memory.Used > c.Memory.Total/50 {
			t.Errorf("the domain tells %+v, shown is %+v", other, c)
		}
		w.sim.ClearFaults()
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/domains/" + one.ID, Set: map[string]string{"capacity": ""}})
		readings("nothing is told", 1, due)
		if c := w.domain(2).Inventory.Capacity; c != (vcf.Capacity{}) {
			t.Errorf("the domain tells nothing, shown is %+v", c)
		}
		w.sim.ClearFaults()
		readings("they add up again", 1, due)
		readings("and then", 0, due)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/clusters", Set: map[string]string{"cpu": `{"used":{"value":10,"unit":"GHz"},"total":{"value":1000,"unit":"GHz"}}`}})
		readings("the clusters have more hosts", 5, due)
		w.sim.ClearFaults()
		readings("and less again", 5, due)
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/domains/*", Before: true, Cut: vcftest.Refused})
		readings("without a connection", 2, check) // the first, twice
	}, stocking(InventoryOptions{Capacity: CapacityClusters}))
}

// Where the list of domains tells their capacities, neither they nor their clusters are
// asked.
func TestCapacities_TheListTells(t *testing.T) {
	t.Parallel()
	play(t, model(crowd), func(w *world) {
		all, err := w.sup.cfg.Client.Domains(w.t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var list []string
		half := vcf.Usage{Used: 50, Total: 100}
		for _, d := range all {
			list = append(list, telling(t, d, vcf.Capacity{CPU: half, Memory: half, Storage: half}))
		}
		w.sim.Fault(vcftest.Fault{Method: "GET", Path: "/v1/domains", Status: 200, Body: `{"elements":[` + strings.Join(list, ",") + `]}`})
		w.sim.Reset()
		time.Sleep(5*time.Minute + time.Second)
		if got := w.requests(); len(got) != 1 || got["/v1/domains"] != 1 {
			t.Errorf("asked for %v", got)
		}
		if p, known := w.domain(6).Inventory.Capacity.Storage.Percent(); p != 50 || !known {
			t.Errorf("storage %v, %v", p, known)
		}
	}, stocking(InventoryOptions{Capacity: CapacityDomains}))
}
