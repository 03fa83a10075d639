package upgrades_test

import (
	"bytes"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"

	"benchmarks/report"
	"benchmarks/rig"

	"github.com/google/pprof/profile"
)

// part is who a sample of the processor belongs to: the innermost of these on its stack.
type part struct{ name, prefix string }

var ours = []part{
	{"simulator", "vcf-assistant/vcf/vcftest."},
	{"client: encoding/json", "encoding/json."},
	{"client: reading JSON before it is decoded", "vcf-assistant/vcf.(*scanner)."},
	{"client: net/http, go-retryablehttp", "net/http."},
	{"client: the rest", "vcf-assistant/vcf."},
	{"workflow: journal", "vcf-assistant/workflow.(*Journal)."},
	{"workflow: snapshots", "vcf-assistant/workflow.(*Supervisor).snapshot"},
	{"workflow: the rest", "vcf-assistant/workflow."},
}

const collector, others = "garbage collection and scheduling", "the benchmark itself"

// owner walks a stack from its innermost frame outwards. The simulator's JSON is the
// simulator's, and the journal's the journal's: json counts for the client only where the
// client called it.
func owner(stack []string) string {
	json := false
	for _, f := range stack {
		for _, p := range ours {
			if !strings.HasPrefix(f, p.prefix) && !(p.prefix == "vcf-assistant/vcf." && strings.HasPrefix(f, "github.com/hashicorp/go-retryablehttp.")) {
				continue
			}
			switch {
			case p.prefix == "encoding/json.":
				json = true
			case json && strings.HasPrefix(p.prefix, "vcf-assistant/vcf."):
				return ours[1].name
			default:
				return p.name
			}
			break
		}
	}
	if len(stack) > 0 && !slices.ContainsFunc(stack, func(f string) bool { return strings.HasPrefix(f, "benchmarks/") || strings.HasPrefix(f, "testing") }) {
		return collector
	}
	return others
}

func shares(t *testing.T) report.Section {
	const upgrades = 40
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil {
		t.Fatal(err)
	}
	for range upgrades {
		play(t, system(2, 1, 4), rig.Memory(t), 1)
	}
	pprof.StopCPUProfile()
	p, err := profile.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	spent, all := map[string]int64{}, int64(0)
	for _, s := range p.Sample {
		var stack []string
		for _, l := range s.Location {
			for _, line := range l.Line {
				stack = append(stack, line.Function.Name)
			}
		}
		spent[owner(stack)] += s.Value[1]
		all += s.Value[1]
	}
	var rows [][]string
	for _, name := range append(names(), collector, others) {
		rows = append(rows, []string{name, fmt.Sprintf("%.0f %%", 100*float64(spent[name])/float64(max(1, all)))})
	}
	return report.Section{Title: "Where the CPU goes",
		How:  fmt.Sprintf("A profile of %d upgrades of the management domain, as in the first table. A sample belongs to the innermost of these parts on its stack; JSON counts for who called it.", upgrades),
		Head: []string{"part", "share of CPU"}, Rows: rows}
}

func names() (out []string) {
	for _, p := range ours {
		out = append(out, p.name)
	}
	return out
}
