package workflow

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// The answer to NSX's POST is lost, with the effect or without it, and what is asked
// afterwards answers badly: NSX is accepted once, or nothing is claimed.
func TestOnce_ListsThatFailAreNotAbsence(t *testing.T) {
	t.Parallel()
	const none = `{"elements":[],"pageMetadata":{"pageNumber":0,"pageSize":0,"totalElements":0,"totalPages":0}}`
	lists := vcftest.Fault{Method: "GET", Path: "/v1/upgrades"}
	tasks := vcftest.Fault{Method: "GET", Path: "/v1/tasks"}
	status := func(f vcftest.Fault, code int) vcftest.Fault { f.Status = code; return f }
	page := func(f vcftest.Fault, body, kind string) vcftest.Fault {
		f.Status, f.Body, f.ContentType = 200, body, kind
		return f
	}
	for name, tc := range map[string]struct {
		faults []vcftest.Fault
		heals  time.Duration // after so long; 0: never
		effect string        // the reason where the POST had its effect; "": it is adopted
		absent string        // the reason where it had none; "": it is sent again
	}{
		"list fails for a while":    {[]vcftest.Fault{status(lists, 500)}, 10 * time.Minute, "", ""},
		"list fails for ever":       {[]vcftest.Fault{status(lists, 500)}, 0, "cannot tell whether", "cannot tell whether"},
		"list is a page":            {[]vcftest.Fault{page(lists, "<html>starting</html>", "text/html")}, 0, "cannot tell whether", "cannot tell whether"},
		"list is empty":             {[]vcftest.Fault{page(lists, none, "")}, 0, "cannot tell whether", "cannot tell whether"},
		"list is empty for a while": {[]vcftest.Fault{page(lists, none, "")}, 2 * time.Minute, "", ""},
		"list without ids":          {[]vcftest.Fault{page(lists, `{"elements":[{"status":"INPROGRESS"}]}`, "")}, 0, "cannot tell whether", "cannot tell whether"},
		"list refused":              {[]vcftest.Fault{status(lists, 403)}, 0, "403", "403"},
		"tasks fail":                {[]vcftest.Fault{status(tasks, 503)}, 0, "", "cannot tell whether"},
		"tasks are a page":          {[]vcftest.Fault{page(tasks, "<html>starting</html>", "text/html")}, 0, "", "cannot tell whether"},
		"upgradables fail":          {[]vcftest.Fault{{Method: "GET", Path: "/v1/upgradables/", Status: 500}}, 0, "find the next component", "cannot tell whether"},
		"upgradables are empty":     {[]vcftest.Fault{{Method: "GET", Path: "/v1/upgradables/", Status: 200, Body: none}}, 0, "find the next component", "cannot tell whether"},
	} {
		for _, effect := range []bool{true, false} {
			if raced && effect {
				continue
			}
			play(t, model(), func(w *world) {
				w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", After: effect, Before: !effect, Skip: 1, Times: 1, Delay: time.Minute})
				w.press(Start, 1)
				w.sent(1, vcf.NSX)
				for _, f := range tc.faults {
					w.sim.Fault(f)
				}
				if tc.heals > 0 {
					time.Sleep(tc.heals)
					w.sim.ClearFaults()
				}
				want := tc.absent
				if effect {
					want = tc.effect
				}
				if want == "" {
					d := w.until(1, UpgradingVCenter, Failed)
					if d.UpgradeStatus() == Failed {
						t.Errorf("%s, effect %v: failed: %s", name, effect, d.Run.Reason)
					}
				} else if d := w.ended(1); d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, want) {
					t.Errorf("%s, effect %v: ended as %s: %s, want failed with %q", name, effect, d.UpgradeStatus(), d.Run.Reason, want)
				}
				accepted := once4[:2]
				if !effect && want != "" {
					accepted = once4[:1]
				}
				if diff := cmp.Diff(accepted, components(w.sim)[:min(2, len(components(w.sim)))]); diff != "" || w.accepted(vcftest.NSX) > 1 {
					t.Errorf("%s, effect %v: accepted %q", name, effect, components(w.sim))
				}
			})
		}
	}
}

// sent waits until the POST of a component is on its way.
func (w *world) sent(n int, component vcf.Component) {
	w.t.Helper()
	for range 24 * 180 {
		synctest.Wait()
		run := w.sup.numbered(n).run
		if run == nil {
			break
		}
		if u := run.State().current(); u != nil && u.Component == component && u.Sent > 0 {
			return
		}
		time.Sleep(20 * time.Second)
	}
	w.t.Fatalf("no POST of %s", component)
}

// accepted is how often a component's upgrade was accepted.
func (w *world) accepted(component string) int {
	n := 0
	for _, c := range components(w.sim) {
		if c == component {
			n++
		}
	}
	return n
}

// What the POST itself answers, beyond a lost answer: whatever it is, NSX is accepted
// once and the run ends well.
func TestOnce_OddAnswers(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]vcftest.Fault{
		"accepted, a page with 200":            {After: true, Status: 200, Body: "<html>ok</html>", ContentType: "text/html"},
		"accepted, no id":                      {After: true, Status: 202, Body: `{"name":"Upgrade"}`},
		"accepted, null":                       {After: true, Status: 202, Body: `null`},
		"accepted, nothing":                    {After: true, Status: 202, Body: ` `},
		"accepted, 503":                        {After: true, Status: 503},
		"accepted, 408":                        {After: true, Status: 408},
		"accepted, 429":                        {After: true, Status: 429},
		"accepted, 404 of a proxy":             {After: true, Status: 404, Body: "<html>not found</html>", ContentType: "text/html"},
		"accepted, and refused as a duplicate": {After: true, Status: 409},
		"no effect, 503":                       {Status: 503},
		"no effect, 429":                       {Status: 429},
		"no effect, 401":                       {Status: 401},
	} {
		if raced && !strings.HasPrefix(name, "accepted, n") {
			continue
		}
		f.Method, f.Path, f.Skip, f.Times = "POST", "/v1/upgrades", 1, 1
		play(t, model(), func(w *world) {
			w.sim.Fault(f)
			if d := w.upgrade(1); d.UpgradeStatus() != Completed {
				t.Fatalf("%s: ended as %s: %s", name, d.UpgradeStatus(), d.Run.Reason)
			}
			if diff := cmp.Diff(once4, components(w.sim)); diff != "" {
				t.Errorf("%s: accepted upgrades (-want +got):\n%s", name, diff)
			}
		})
	}
}
