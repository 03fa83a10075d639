package workflow

import (
	"context"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// The look that begins with the press outlives the press: who asked may be gone before
// SDDC Manager has answered.
func TestFirst_LookOutlivesThePress(t *testing.T) {
	t.Parallel()
	play(t, model(func(m *vcftest.Model) { m.Latency = 100 * time.Millisecond }), func(w *world) {
		time.Sleep(time.Minute)
		ctx, cancel := context.WithCancel(context.Background())
		r := w.sup.Press(ctx, Press{Action: Start, Domain: 1, Version: w.domain(1).Next.Version, By: Person{ID: "u-ada", Name: "Ada"}, At: time.Now()})
		cancel()
		if d := w.until(1, DownloadingSDDC, Failed); !r.Started || d.UpgradeStatus() == Failed {
			t.Errorf("%+v, %+v", r, d.Run)
		}
	})
}

// A run that waits for its turn asks nothing: what it would see is too old when its turn
// comes.
func TestFirst_NoLookInTheQueue(t *testing.T) {
	t.Parallel()
	play(t, model(offeredTogether), func(w *world) {
		w.press(Start, 1)
		time.Sleep(time.Second)
		w.sim.Reset()
		w.press(Start, 2)
		if n := w.sim.Count("GET", "/v1/releases/domains/"+w.domain(2).ID); n != 0 {
			t.Errorf("its target is read %d times", n)
		}
	})
}
