package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sort"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// ListDomains are the domains that SDDC Manager lists, with the numbers that they have or
// would get next. It writes nothing and takes no lock. Without a StateDir none has one yet.
func ListDomains(ctx context.Context, cfg Config) ([]DomainRef, error) {
	listed, err := cfg.Client.Domains(ctx)
	if err != nil {
		return nil, err
	}
	n := numbers{}
	if cfg.StateDir != "" {
		if n, err = (&stateDir{path: cfg.StateDir}).numbers(); err != nil {
			return nil, err
		}
	}
	sort.SliceStable(listed, func(i, j int) bool { return listed[i].Management() && !listed[j].Management() })
	var out []DomainRef
	for _, d := range listed {
		if _, numbered := n[d.ID]; d.ID == "" || !d.Active() && !numbered {
			continue
		}
		n.assign(d)
		out = append(out, n[d.ID])
	}
	slices.SortFunc(out, func(a, b DomainRef) int { return a.Number - b.Number })
	return out, nil
}

// MakePlan tells what an upgrade of a domain would do. It reads SDDC Manager and the state
// directory, also while the service runs; a Client made by vcf.ReadOnly is enough.
func MakePlan(ctx context.Context, cfg Config, ref DomainRef) (*Plan, error) {
	r := &Run{cfg: &cfg, sddc: cfg.Client, clock: newClock(cfg.Uptime), log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		show: func() {}, noticed: func() {}, changed: make(chan struct{}, 1), logged: map[string]bool{}}
	p := &planner{r: r, out: &Plan{Made: time.Now().UTC().Round(0), Domain: ref, Components: []PlannedComponent{}, Bundles: []PlannedBundle{},
		Waits: []string{}, Deadlines: []PlannedDeadline{}, Calls: []PlannedCall{}, Later: []string{}}}
	err := p.make(ctx)
	if err != nil {
		if why := unsupported(err, p.out.Version); why != "" {
			err = errors.New(why)
		}
		return nil, fmt.Errorf("plan the upgrade of %s: %w", ref.Name, err)
	}
	return p.out, nil
}

// planner makes a plan with a run that has no journal: it never leaves its first step, and
// nothing of it is written or shown.
type planner struct {
	r   *Run
	out *Plan

	survey  survey
	adopted *Upgrade
	renews  bool // SDDC Manager is upgraded first, which may give bundles new ids
	bundles map[string]vcf.Bundle
}

func (p *planner) make(ctx context.Context) error {
	ref := p.out.Domain
	managers, err := p.r.sddc.SDDCManagers(ctx)
	if err != nil {
		return err
	}
	if len(managers) > 0 {
		p.out.Version = managers[0].Version
	}
	current, err := p.r.sddc.CurrentRelease(ctx, ref.ID)
	if err != nil {
		return err
	}
	future, err := p.r.sddc.FutureReleases(ctx, ref.ID)
	if err != nil {
		return err
	}
	next, ok := vcf.NextRelease(current.Version, future)
	p.out.From, p.out.Other = current.Version, others(current.Version, next.Version, future)
	if !ok {
		p.out.Why = fmt.Sprintf("no release that SDDC Manager knows applies to %s now", ref.Name)
		identity, err := p.r.identity(ctx)
		p.out.SDDCManager = identity
		return err
	}
	p.out.Target, p.out.ReleaseDate = next.Version, next.ReleaseDate
	p.out.Why = fmt.Sprintf("the lowest release above %s that applies", current.Version)
	p.r.last = Transition{Step: Steps[0].Name, State: State{Domain: ref, From: current.Version, Target: next.Version, BOM: next.BOM, Order: next.UpgradeOrder}}
	if p.survey, err = p.r.survey(ctx, p.r.last.State); err != nil {
		return err
	}
	p.out.SDDCManager = p.survey.identity
	if err := p.refusals(ctx); err != nil {
		return err
	}
	if err := p.upgrades(ctx); err != nil {
		return err
	}
	p.waits()
	p.deadlines()
	return nil
}

// others are the releases that were not chosen, each with why.
func others(current, chosen string, future []vcf.Release) []string {
	var out []string
	cur, _ := vcf.ParseVersion(current)
	for _, f := range future {
		v, ok := vcf.ParseVersion(f.Version)
		low, limited := vcf.ParseVersion(f.MinCompatibleVersion)
		why := ""
		switch {
		case f.Version == chosen:
			continue
		case !ok:
			why = "its version cannot be read"
		case v.CompareRelease(cur) <= 0:
			why = "it is not newer"
		case !f.Applicable():
			why = cmp.Or(strings.Join(f.WhyNot(), "; "), "SDDC Manager says that it does not apply, without a reason")
		case limited && cur.CompareRelease(low) < 0:
			why = fmt.Sprintf("it needs %s at least", f.MinCompatibleVersion)
		default:
			why = "it is higher: one release at a time"
		}
		out = append(out, shownWord(f.Version)+": "+clip(why, maxFindingText))
	}
	return out
}

// refusals asks what preflight asks, and goes on after each.
func (p *planner) refusals(ctx context.Context) error {
	refuse := func(err error) {
		if err != nil {
			p.out.Refused = append(p.out.Refused, err.Error())
		}
	}
	refuse(p.r.mayChangeMajor(p.out.From))
	refuse(p.r.mayReplace(p.survey.target, p.out.From))
	own := len(p.out.Refused)
	open, err := p.survey.adopt(p.out.Domain.Name)
	refuse(err)
	if open == nil && p.survey.blocked != "" {
		refuse(fmt.Errorf("SDDC Manager allows no upgrade now: %s", p.survey.blocked))
	}
	p.out.general = p.out.Refused[own:len(p.out.Refused):len(p.out.Refused)]
	if open != nil {
		u, err := p.r.describe(ctx, p.survey, *open)
		if err != nil && transient(err) {
			return err
		}
		refuse(err)
		if p.adopted = u; u != nil {
			p.out.Follows = fmt.Sprintf("%s%s (%s)", u.Label(), to(u.Version), u.ID)
		}
	}
	if err := p.r.passable(ctx, p.survey, p.adopted); err != nil && transient(err) {
		return err
	} else {
		refuse(err)
	}
	if p.r.cfg.StateDir == "" {
		return nil
	}
	past, err := Unfinished(p.r.cfg.StateDir)
	if err != nil {
		return err
	}
	for _, run := range past {
		if run.Domain.ID == p.out.Domain.ID {
			p.out.Refused = append(p.out.Refused, fmt.Sprintf("the upgrade %s to %s has not ended (%s): vcf-assistant status %s shows it", run.ID, run.Target, run.Status, run.ID))
		}
	}
	return nil
}

// waits are for people and for the clock.
func (p *planner) waits() {
	o := p.r.cfg.Options
	add := func(format string, args ...any) { p.out.Waits = append(p.out.Waits, fmt.Sprintf(format, args...)) }
	if open, next := within(o.Windows, time.Now().Round(0)); len(o.Windows) > 0 {
		switch {
		case open:
			add("a maintenance window is open now; outside of the windows nothing that changes the data centre is sent")
		case next.IsZero():
			add("for a maintenance window (upgrade.windows), and none ever opens")
		default:
			add("for the maintenance window that opens %s; outside of the windows nothing that changes the data centre is sent", next.Format("Mon 2006-01-02 15:04 MST"))
		}
	}
	if o.Pause {
		add("for an approval (Acknowledge Alerts) before each component: upgrade.pause is component")
	}
	add("for Acknowledge Alerts after the prechecks, if these find an error or a warning and Ignore Alerts is off; no time limit")
}

// deadlines are those of the parts that the plan has.
func (p *planner) deadlines() {
	t := p.r.cfg.Timeouts
	add := func(part string, d time.Duration) {
		p.out.Deadlines = append(p.out.Deadlines, PlannedDeadline{part, int(d / time.Second)})
	}
	add("setting the target, looking what can be upgraded", lookups)
	if slices.ContainsFunc(p.out.Bundles, func(b PlannedBundle) bool { return !b.Present }) {
		add("each bundle's download", t.Bundle)
	}
	checked := false
	for _, c := range p.out.Components {
		if c.Component != vcf.SDDCManagerComponent && !checked {
			checked = true
			add("the prechecks", t.Prechecks)
		}
		switch {
		case c.State != PlanUpgrade && c.State != PlanRuns:
		case c.Component == vcf.ESX:
			add("ESX, each request", t.component(c.Component))
		default:
			add(c.Component.String(), t.component(c.Component))
		}
	}
	add("the validation", t.Validation)
}
