package workflow

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"vcf-assistant/vcf"
)

// played is a wait of that length at a pace: how many pauses it had, and when it was seen
// to be over.
func played(t *testing.T, p pace, lasts time.Duration) (pauses int, seen time.Duration) {
	t.Helper()
	for seen < lasts {
		pause := p.next(seen, pauses, false)
		if pause < p.poll/quickest-1 || pause > slowest*p.poll {
			t.Fatalf("poll %s, known %s: a pause of %s after %s", p.poll, p.took, pause, seen)
		}
		seen += pause
		pauses++
	}
	return pauses, seen
}

// Over a wait that lasts five polls or more the pauses are never shorter than poll on
// average, whatever it lasts and whatever was known; over a shorter one there are at most
// the two quick ones too many. A pause is between a sixth of poll and three times poll.
// All is in proportion to poll.
func TestPace_NeverFasterThanPollOnAverage(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(4, 8))
	for range 200 {
		p := pace{poll: 30 * time.Second}
		middle := time.Duration(math.Exp(rng.Float64()*9) * float64(10*time.Second)) // to 22 hours
		for range []int{0, 1, 1, 2, 3, 20}[rng.IntN(6)] {
			p.took = append(p.took, time.Duration(float64(middle)*math.Exp(0.4*rng.NormFloat64())))
		}
		slices.Sort(p.took)
		lasts := time.Duration(float64(min(middle, 90*time.Minute)) * math.Exp(0.8*rng.NormFloat64()))
		n, seen := played(t, p, lasts)
		switch {
		case seen >= 5*p.poll && seen < time.Duration(n)*p.poll-time.Duration(n):
			t.Errorf("known %s: %d pauses in %s", p.took, n, seen)
		case float64(n) > float64(seen)/float64(p.poll)+2:
			t.Errorf("known %s: %d pauses in %s, of a short wait", p.took, n, seen)
		case len(p.took) == 0 && seen-lasts > 3*p.poll/2:
			t.Errorf("nothing is known: the end is seen %s late", seen-lasts)
		}
		slow := pace{poll: 20 * p.poll}
		for _, d := range p.took {
			slow.took = append(slow.took, 20*d)
		}
		if m, later := played(t, slow, 20*lasts); m != n || (later-20*seen).Abs() > time.Millisecond {
			t.Errorf("known %s, 20 times as slow: %d pauses in %s, not %d in %s", p.took, m, later, n, 20*seen)
		}
	}
}

// The end is looked for where it is likely: within a third of poll in half of the cases
// with what one upgrade has taught, with random durations of which nobody knows more.
func TestPace_SeesTheEndSoon(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(8, 4))
	for _, known := range []int{0, 1, 3, 20} {
		var late []time.Duration
		draw := func() time.Duration { return time.Duration(float64(90*time.Minute) * (0.8 + 0.4*rng.Float64())) }
		for range 100 {
			p := pace{poll: 30 * time.Second}
			for range known {
				p.took = append(p.took, draw())
			}
			slices.Sort(p.took)
			lasts := draw()
			_, seen := played(t, p, lasts)
			late = append(late, seen-lasts)
		}
		slices.Sort(late)
		if median := late[len(late)/2]; (median < 10*time.Second) != (known > 0) {
			t.Errorf("%d known: the end is seen %s late", known, median)
		}
	}
}

// Right after the start it looks twice soon; not where such waits are over soon anyway, or
// the wait is taken up, and while there is no answer it looks every poll.
func TestPace_AtTheStart(t *testing.T) {
	t.Parallel()
	hour := []time.Duration{time.Hour}
	for _, c := range []struct {
		name    string
		p       pace
		elapsed time.Duration
		pauses  int
		away    bool
		want    time.Duration
	}{
		{"nothing is known", pace{}, 0, 0, false, 5 * time.Second},
		{"nothing is known, then", pace{}, 5 * time.Second, 1, false, 10 * time.Second},
		{"nothing is known, paid back", pace{}, 15 * time.Second, 2, false, 45 * time.Second},
		{"nothing is known, later", pace{}, 10 * time.Minute, 20, false, 30 * time.Second},
		{"nothing is known, no answer", pace{}, 0, 0, true, 30 * time.Second},
		{"an hour is known", pace{took: hour}, 0, 0, false, 5 * time.Second},
		{"an hour is known, then", pace{took: hour}, 15 * time.Second, 2, false, 90 * time.Second},
		{"an hour is known, and over", pace{took: hour}, 3 * time.Hour, 100, false, 30 * time.Second},
		{"an hour is known, no answer", pace{took: hour}, 10 * time.Minute, 2, true, 30 * time.Second},
		{"taken up", pace{took: hour}, 10 * time.Minute, pace{poll: 30 * time.Second}.begun(10 * time.Minute), false, 90 * time.Second},
		{"often woken", pace{took: hour}, 10 * time.Minute, 60, false, 90 * time.Second},
		{"as ever", pace{even: true}, 0, 0, false, 30 * time.Second},
	} {
		c.p.poll = 30 * time.Second
		if got := c.p.next(c.elapsed, c.pauses, c.away); got != c.want {
			t.Errorf("%s: a pause of %s, want %s", c.name, got, c.want)
		}
	}
	if got := (pace{poll: 30 * time.Second, took: []time.Duration{time.Minute}}).next(0, 0, false); got < 15*time.Second {
		t.Errorf("a minute is known: a first pause of %s", got)
	}
}

// Of an upgrade that somebody else began, or that is tried again, nobody knows how long it
// has run: nothing is expected of it. SDDC Manager's own is looked at evenly.
func TestPaceOf(t *testing.T) {
	t.Parallel()
	hour := []time.Duration{time.Hour}
	r := &Run{cfg: &Config{}, learned: func(*Run, string, string) []time.Duration { return hour }}
	for _, c := range []struct {
		u     Upgrade
		known int
		even  bool
	}{
		{Upgrade{Component: vcf.NSX}, 1, false},
		{Upgrade{Component: vcf.NSX, Adopted: true}, 0, false},
		{Upgrade{Component: vcf.NSX, Retry: &TaskRetry{}}, 0, false},
		{Upgrade{Component: vcf.SDDCManagerComponent}, 0, true},
	} {
		if p := r.paceOf(c.u); len(p.took) != c.known || p.even != c.even {
			t.Errorf("%+v: %+v", c.u, p)
		}
	}
}

// BenchmarkPace is one decision in a wait of 90 minutes of which 20 are known.
func BenchmarkPace(b *testing.B) {
	p := pace{poll: 30 * time.Second}
	for n := range 20 {
		p.took = append(p.took, time.Duration(80+n)*time.Minute)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.next(20*time.Minute, 20, false)
	}
}
