package cli

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// deaf never answers, whatever becomes of the context.
type deaf struct{ release chan struct{} }

func (d deaf) RoundTrip(*http.Request) (*http.Response, error) {
	<-d.release
	return nil, http.ErrServerClosed
}

// A supervisor whose loop never comes back from a call is stuck, though every lock is free:
// the watchdog is not fed any more. One that SDDC Manager refuses connections is not.
func TestHeartbeat_LoopThatIsStuck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		release, sim := make(chan struct{}), vcftest.New(vcftest.Model52())
		sim.Fault(vcftest.Fault{Before: true, Cut: vcftest.Refused})
		ctx, stop := context.WithCancel(t.Context())
		var all []*instance
		ended := make(chan error, 2)
		for name, transport := range map[string]http.RoundTripper{"away": sim.Transport(), "lab": deaf{release}} {
			config := workflow.Defaults()
			config.StateDir = filepath.Join(dir, name)
			i, err := newInstance(instanceParts{name: name, workflow: config, vcf: vcf.Config{URL: "https://sddc-manager.lab.example", Username: "u", Password: "p",
				Insecure: true, Transport: transport}}, slog.New(slog.DiscardHandler))
			if err == nil {
				err = i.open()
			}
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, i)
			go func() { ended <- i.run(ctx) }()
		}
		var p pulse
		time.Sleep(20 * time.Minute)
		if status, stuck := p.take(t.Context(), all, time.Second); stuck != nil {
			t.Errorf("too soon: %s", status)
		}
		time.Sleep(3 * time.Hour)
		if status, stuck := p.take(t.Context(), all, time.Second); stuck == nil || stuck.name != "lab" || !strings.HasPrefix(status, "lab: the reading of the ") {
			t.Errorf("%q, %v", status, stuck)
		}
		close(release)
		stop()
		for range all {
			<-ended
		}
	})
}
