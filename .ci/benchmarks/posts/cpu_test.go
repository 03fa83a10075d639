package posts_test

import (
	"bytes"
	"context"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"vcf-assistant/hass/panel"
)

// labelled runs the panel, and with it the client, so that a CPU profile tells its samples
// from those of the fakes and of the supervisor.
func labelled(ctx context.Context, p *panel.Panel) (err error) {
	pprof.Do(ctx, pprof.Labels("side", "panel"), func(ctx context.Context) { err = p.Run(ctx) })
	return err
}

// cpuOf is how much CPU the panel and the client take while f runs. Not within a bubble:
// the profiler sleeps.
func cpuOf(t *testing.T, f func()) time.Duration {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil {
		t.Fatal(err)
	}
	f()
	pprof.StopCPUProfile()
	p, err := profile.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, s := range p.Sample {
		if s.HasLabel("side", "panel") && !within(s, "vcf-assistant/vcf/vcftest", "vcf-assistant/workflow.") {
			sum += s.Value[1]
		}
	}
	return time.Duration(sum)
}

// within tells whether a function of one of the packages is on the stack: what the panel
// asks of the others is theirs.
func within(s *profile.Sample, packages ...string) bool {
	for _, l := range s.Location {
		for _, line := range l.Line {
			for _, p := range packages {
				if strings.HasPrefix(line.Function.Name, p) {
					return true
				}
			}
		}
	}
	return false
}
