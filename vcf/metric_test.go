package vcf

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var roughly = cmpopts.EquateApprox(1e-9, 0)

// TestCapacityOfDomainsAndClusters: metrics, in the units of the specs and their likes.
func TestCapacityOfDomainsAndClusters(t *testing.T) {
	const tb = 1 << 40
	lab := Capacity{CPU: Usage{18.49e9, 95.99e9}, Memory: Usage{96.6 * (1 << 30), 384 << 30}, Storage: Usage{0.65 * tb, 2.05 * tb}}
	cpu := func(used, total float64) *Capacity { return &Capacity{CPU: Usage{used, total}} }
	memory := func(used, total float64) *Capacity { return &Capacity{Memory: Usage{used, total}} }
	for _, tc := range []struct {
		capacity string
		want     *Capacity
	}{
		{`{"cpu":{"used":{"value":18.49,"unit":"GHz"},"total":{"value":95.99,"unit":"GHz"},"numberOfCores":48},
		"memory":{"used":{"value":96.6,"unit":"GB"},"total":{"value":384.0,"unit":"GB"}},
		"storage":{"used":{"value":0.65,"unit":"TB"},"total":{"value":2.05,"unit":"TB"}}}`, &lab},
		{group("cpu", `{"value":500,"unit":"MHz"}`, `{"value":1.2,"unit":"THz"}`), cpu(500e6, 1.2e12)},
		{group("cpu", `{"value":5,"unit":"Hz"}`, `{"value":1,"unit":"khz"}`), cpu(5, 1000)},
		{group("cpu", `{"value":"1.5","unit":" ghz "}`, `{"value":" 2 ","unit":"GHZ"}`), cpu(1.5e9, 2e9)},
		{group("cpu", `{"value":0,"unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), cpu(0, 2e9)},
		{group("cpu", `{"value":3,"unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), cpu(3e9, 2e9)},
		{group("memory", `{"value":1,"unit":"B"}`, `{"value":1,"unit":"KB"}`), memory(1, 1024)},
		{group("memory", `{"value":1,"unit":"mb"}`, `{"value":1,"unit":"PB"}`), memory(1<<20, 1<<50)},
		{group("memory", `{"value":1,"unit":"KiB"}`, `{"value":1,"unit":"MiB"}`), memory(1<<10, 1<<20)},
		{group("memory", `{"value":1,"unit":"GiB"}`, `{"value":1,"unit":"TiB"}`), memory(1<<30, 1<<40)},
		{group("memory", `{"value":1,"unit":"PiB"}`, `{"value":2,"unit":"PiB"}`), memory(1<<50, 2<<50)},
		// One part that cannot be read leaves the others.
		{`{"cpu":[],"memory":{"used":{"value":1,"unit":"B"},"total":{"value":2,"unit":"B"}},"storage":"none"}`, memory(1, 2)},
		// Not known, and never a guess.
		{group("cpu", `{"value":1,"unit":"PHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":1,"unit":"GHz"}`, `{"value":2,"unit":""}`), nil},
		{group("cpu", `{"value":1,"unit":"GB"}`, `{"value":2,"unit":"GB"}`), nil},
		{group("memory", `{"value":1,"unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":1}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":null,"unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":1,"unit":null}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":1,"unit":5}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":true,"unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":"","unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":"NaN","unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":"Infinity","unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":-1,"unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":1,"unit":"GHz"}`, `{"value":-2,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":1,"unit":"GHz"}`, `{"value":0,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":1,"unit":"GHz"}`, `{"value":1e300,"unit":"GHz"}`), nil},
		{group("cpu", `{"value":1e400,"unit":"GHz"}`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `1`, `2`), nil},
		{group("cpu", `null`, `{"value":2,"unit":"GHz"}`), nil},
		{group("cpu", `[{"value":1,"unit":"GHz"}]`, `{"value":2,"unit":"GHz"}`), nil},
		{`{"cpu":null,"memory":5,"storage":{}}`, nil},
		{`{}`, nil}, {`null`, nil}, {`[]`, nil}, {`"many"`, nil}, {`7`, nil}, {`true`, nil},
	} {
		const element = `{"id":"x-1","name":"n","status":"ACTIVE","hosts":[{"id":"h"}],"clusters":[{"id":"c"}],"domain":{"id":"d-1"},"capacity":%s}`
		one := fmt.Sprintf(element, tc.capacity)
		w := &wire{handle: func(r request) (*http.Response, error) {
			if strings.HasSuffix(r.Path, "/x-1") {
				return reply(200, one), nil
			}
			return reply(200, `{"elements":[`+one+`,{"id":"other"}]}`), nil
		}}
		c, ctx := newTest(t, testConfig(w)), t.Context()
		domain, err := c.Domain(ctx, "x-1")
		domains, err2 := c.Domains(ctx)
		cluster, err3 := c.Cluster(ctx, "x-1")
		clusters, err4 := c.Clusters(ctx)
		if err != nil || err2 != nil || err3 != nil || err4 != nil || len(domains) != 2 || len(clusters) != 2 {
			t.Errorf("%s: %v, %v, %v, %v", tc.capacity, err, err2, err3, err4)
			continue
		}
		for what, got := range map[string]*Capacity{"domain": domain.Capacity, "listed domain": domains[0].Capacity, "cluster": cluster.Capacity,
			"listed cluster": clusters[0].Capacity} {
			if diff := cmp.Diff(tc.want, got, roughly); diff != "" {
				t.Errorf("%s of a %s (-want +got):\n%s", tc.capacity, what, diff)
			}
		}
		if domains[1].Capacity != nil || clusters[1].Capacity != nil {
			t.Errorf("%s: the one after it has %v, %v", tc.capacity, domains[1].Capacity, clusters[1].Capacity)
		}
		if !domain.Active() || domain.Clusters[0].ID != "c" || cluster.Domain.ID != "d-1" || cluster.Hosts[0].ID != "h" {
			t.Errorf("%s: what stands beside it was lost: %+v, %+v", tc.capacity, domain, cluster)
		}
	}
}

// group is a capacity with one of its three parts.
func group(name, used, total string) string {
	return fmt.Sprintf(`{%q:{"used":%s,"total":%s}}`, name, used, total)
}

// TestCapacityOfHosts: plain numbers, in MHz and MB.
func TestCapacityOfHosts(t *testing.T) {
	const mb = 1 << 20
	lab := Capacity{CPU: Usage{6164e6, 31999.9e6}, Memory: Usage{32965 * mb, 131068 * mb}, Storage: Usage{226000 * mb, 717000 * mb}}
	noStorage := lab
	noStorage.Storage = Usage{}
	const good = `"cpu":{"frequencyMHz":31999.9,"usedFrequencyMHz":6164.0,"cores":16,"cpuCores":[{"frequencyMHz":1}]},
		"memory":{"totalCapacityMB":131068.0,"usedCapacityMB":32965.0}`
	for _, tc := range []struct {
		members string
		want    Capacity
	}{
		{good + `,"storage":{"totalCapacityMB":717000.0,"usedCapacityMB":226000.0,"disks":[{}]}`, lab},
		{good + `,"storage":{"totalCapacityMB":"717000","usedCapacityMB":" 226000.0 "}`, lab},
		{good + `,"storage":{"totalCapacityMB":0,"usedCapacityMB":0}`, noStorage}, // vSAN
		{good + `,"storage":{"totalCapacityMB":717000}`, noStorage},
		{good + `,"storage":{"usedCapacityMB":1}`, noStorage},
		{good + `,"storage":{"totalCapacityMB":null,"usedCapacityMB":1}`, noStorage},
		{good + `,"storage":{"totalCapacityMB":-1,"usedCapacityMB":1}`, noStorage},
		{good + `,"storage":{"totalCapacityMB":1e300,"usedCapacityMB":1}`, noStorage},
		{good + `,"storage":{"totalCapacityMB":{"value":1,"unit":"MB"},"usedCapacityMB":1}`, noStorage},
		{good + `,"storage":[]`, noStorage},
		{good + `,"storage":null`, noStorage},
		{good, noStorage},
		{good + `,"capacity":{"storage":{"used":5,"total":10}},"Capacity":5`, noStorage}, // of another shape
		{`"cpu":"fast","memory":7,"storage":true`, Capacity{}},
	} {
		w := &wire{handle: func(request) (*http.Response, error) {
			return reply(200, `{"elements":[{"id":"h-1","fqdn":"esx01",`+tc.members+`},{"id":"h-2","domain":null,"cluster":null}]}`), nil
		}}
		got, err := newTest(t, testConfig(w)).AllHosts(t.Context())
		want := []Host{{ID: "h-1", FQDN: "esx01", Capacity: tc.want}, {ID: "h-2"}}
		if diff := cmp.Diff(want, got, roughly); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tc.members, err, diff)
		}
	}
}

// TestCapacityHidesNoError: what is read leniently are numbers, not the inventory.
func TestCapacityHidesNoError(t *testing.T) {
	for _, body := range []string{`[{"id":5,"capacity":{}}]`, `[{"id":"a"},[]]`, `["x"]`} {
		w := &wire{handle: func(request) (*http.Response, error) { return reply(200, body), nil }}
		c := newTest(t, testConfig(w))
		domains, err := c.Domains(t.Context())
		clusters, err2 := c.Clusters(t.Context())
		hosts, err3 := c.AllHosts(t.Context())
		for _, err := range []error{err, err2, err3} {
			if err == nil || !strings.Contains(err.Error(), "has another type than expected") || strings.Contains(body, `"id":5`) && !strings.Contains(err.Error(), `"id" has`) {
				t.Errorf("%s: %v", body, err)
			}
		}
		if domains != nil || clusters != nil || hosts != nil {
			t.Errorf("%s: %v, %v, %v", body, domains, clusters, hosts)
		}
	}
}

func TestPercent(t *testing.T) {
	for _, tc := range []struct {
		usage   Usage
		percent float64
		known   bool
	}{
		{Usage{1, 4}, 25, true}, {Usage{0, 4}, 0, true}, {Usage{6, 4}, 150, true}, {Usage{0, 0}, 0, false}, {Usage{1, 0}, 0, false},
		{Usage{1, -4}, 0, false}, {Usage{-1, 4}, 0, false}, {Usage{math.NaN(), 4}, 0, false}, {Usage{1, math.NaN()}, 0, false},
	} {
		if percent, known := tc.usage.Percent(); percent != tc.percent || known != tc.known {
			t.Errorf("%+v: %v, %v; want %v, %v", tc.usage, percent, known, tc.percent, tc.known)
		}
	}
}

// TestCapacityIsPlainData: it is written to disk and read again as it is, in base units.
func TestCapacityIsPlainData(t *testing.T) {
	want := Capacity{CPU: Usage{1, 2}, Memory: Usage{3, 4}}
	b, err := json.Marshal(want)
	var got Capacity
	if err != nil || json.Unmarshal(b, &got) != nil || got != want {
		t.Errorf("%s, %v: %+v", b, err, got)
	}
}

// TestHostileCapacity: numbers and units of any length take no memory.
func TestHostileCapacity(t *testing.T) {
	long := strings.Repeat("9", maxLax+1)
	for name, body := range map[string]string{
		"a long number": `{"cpu":{"frequencyMHz":` + long + `,"usedFrequencyMHz":1}}`,
		"a long text":   `{"capacity":{"cpu":{"used":{"value":"` + long + `","unit":"GHz"},"total":{"value":1,"unit":"GHz"}}}}`,
		"a long unit":   `{"capacity":{"cpu":{"used":{"value":1,"unit":"` + long + `"}}}}`,
		"little":        `{"capacity":{"cpu":{"used":{"value":1,"unit":"PHz"},"total":{"value":1}}},"cpu":{"frequencyMHz":1},"memory":{},"storage":{}}`,
	} {
		for _, into := range []any{new(Host), new(Cluster), new(Domain)} {
			raw := []byte(body)
			var err error
			took := allocated(func() { err = into.(json.Unmarshaler).UnmarshalJSON(raw) })
			if err != nil || took > 32<<10 {
				t.Errorf("%s, %T: %v, %d KiB", name, into, err, took>>10)
			}
			switch v := into.(type) {
			case *Host:
				if v.Capacity != (Capacity{}) {
					t.Errorf("%s: %+v", name, v.Capacity)
				}
			case *Cluster:
				if v.Capacity != nil {
					t.Errorf("%s: %+v", name, v.Capacity)
				}
			}
		}
	}
}
