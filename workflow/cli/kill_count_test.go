package cli

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"vcf-assistant/workflow"
)

// watch looks, at every change in Home Assistant, whether a success is shown that the
// simulator does not confirm.
func (k *killTrial) watch(ctx context.Context) {
	id := fmt.Sprintf("sensor.vcf_domain%d_upgrade_status", k.number)
	_ = k.home.Await(ctx, func() bool {
		if s, _ := k.home.State(id); s.State == string(workflow.Completed) && k.sim.Release(k.domain) != k.target {
			k.mu.Lock()
			k.lied = true
			k.mu.Unlock()
			return true
		}
		return false
	})
}

// count compares what the journal wanted with what the simulator accepted.
func (k *killTrial) count(c *killCounts) error {
	find := func(format string, args ...any) { c.findings = append(c.findings, fmt.Sprintf(format, args...)) }
	runs, err := workflow.History(k.stateDir())
	if err != nil {
		return err
	}
	if len(runs) != 1 {
		return fmt.Errorf("%d runs for one press", len(runs))
	}
	run, accepted := runs[0], k.sim.Accepted()
	c.trials, c.posts = 1, k.sim.Count(http.MethodPost, "/v1/upgrades")
	k.mu.Lock()
	lied := k.lied
	k.mu.Unlock()
	if lied {
		find("Home Assistant showed successfuly_completed while %s was on another release", k.domain)
	}
	last, explained := 0, 0
	for _, u := range run.Upgrades {
		if !u.Intended {
			continue
		}
		c.wanted++
		last = 0
		for _, a := range accepted {
			if a.BundleID == u.BundleID && slices.ContainsFunc(a.Resources, func(id string) bool { return slices.Contains(u.Resources, id) }) {
				last++
			}
		}
		explained += last
		switch {
		case last == 1:
			c.once++
		case last > 1:
			c.twice++
			find("%s was accepted %d times", u.Label(), last)
		}
	}
	if explained != len(accepted) {
		find("the simulator accepted %d upgrades, the journal wanted %d of them", len(accepted), explained)
	}
	switch {
	case run.Reason == "":
		c.completed++
		if have := k.sim.Release(k.domain); have != k.target {
			find("the run completed, but %s is on %s", k.domain, have)
		}
	case strings.Contains(run.Reason, "cannot tell whether"):
		if last > 0 {
			c.doubtRan++
		} else {
			c.doubtIdle++
		}
		if !k.row.blind && k.row.list < 1 {
			find("at a delay of %g intervals.adopt: %s", k.row.list, run.Reason)
		}
	case k.row.blind && last == 1 && (strings.Contains(run.Reason, "already in progress") || strings.Contains(run.Reason, "UPGRADE_NOT_ALLOWED")):
		c.declined++
	case strings.Contains(run.Reason, "never accepted") && last == 0:
		c.exhausted++
	default:
		c.otherwise++
		find("the run failed: %s", run.Reason)
	}
	return nil
}
