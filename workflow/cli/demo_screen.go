package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
	"vcf-assistant/workflow/cli/tui"
)

// seen is the newest run of a domain: its steps are shown until the next one begins,
// also when the service shows none any more.
type seen struct {
	run            string
	phases         []workflow.Phase
	left           time.Duration
	started, ended time.Time
	status         workflow.Status
}

// follow takes what the service tells of the runs; mu is held.
func (r *rehearsal) follow(s workflow.Snapshot) {
	for _, d := range s.Domains {
		x := r.seen[d.Number]
		if d.Run == nil {
			continue
		}
		if x == nil || x.run != d.Run.ID {
			x = &seen{run: d.Run.ID}
			r.seen[d.Number] = x
		}
		x.phases, x.started, x.status, x.left, x.ended = d.Run.Phases, d.Run.Started, d.Run.Status, 0, time.Time{}
		if d.Run.Estimate != nil {
			x.left = d.Run.Estimate.Left
		}
		if x.status == workflow.Completed || x.status == workflow.Failed {
			x.ended = d.Run.Entered
		}
	}
}

// inDomain finds the number in what follows the instance's prefix.
var inDomain = lazily(`^domain([0-9]+)(?:_(.+))?$`)

// screen is what there is to show now. The service is asked without mu: it holds its
// own locks while it logs, and the log is a part of the screen.
func (r *rehearsal) screen() tui.Screen {
	r.mu.Lock()
	stage := r.stage
	r.mu.Unlock()
	snapshot := stage.service.supervisor.Snapshot()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stage == stage { // else it is of the system before
		r.follow(snapshot)
	}
	s := tui.Screen{Speed: r.demo.speed, Where: "Home Assistant built in", Lost: r.lost, Broken: r.broken(),
		Log: slices.Clone(r.log), Notifications: r.notes}
	if r.demo.home == nil {
		s.Where = r.demo.hass.URL + "/" + r.demo.dashboard
	}
	for id, state := range r.states.of {
		_, object, _ := strings.Cut(id, ".")
		e := tui.Entity{ID: id, State: shownState(state), Short: strings.TrimPrefix(object, instancePrefix(r.demo.instance))}
		if m := inDomain().FindStringSubmatch(e.Short); m != nil {
			e.Domain, _ = strconv.Atoi(m[1])
			e.Short = m[2]
			if e.Short == "" { // update.vcf_domain1
				e.Short, _, _ = strings.Cut(id, ".")
			}
			if e.Short == "status" && strings.HasPrefix(id, "sensor.") {
				s.Domains = append(s.Domains, r.domain(e.Domain, state))
			}
		}
		s.Entities = append(s.Entities, e)
	}
	slices.SortFunc(s.Domains, func(a, b tui.Domain) int { return a.Number - b.Number })
	slices.SortFunc(s.Entities, func(a, b tui.Entity) int {
		if a.Domain != b.Domain {
			return b.Domain - a.Domain // the system's come last
		}
		return cmp.Or(foremost(a.Short)-foremost(b.Short), strings.Compare(a.ID, b.ID))
	})
	return s
}

// foremost orders the entities of a domain: what an upgrade changes and what is pressed
// comes before versions and capacities.
func foremost(short string) int {
	first := []string{"status", "upgrade_status", "upgrade_logs", "start_upgrade", "acknowledge_alerts", "cancel_upgrade", "ignore_alerts",
		"update", "upgrade_progress", "upgrade_estimated_end", "last_upgrade"}
	if i := slices.Index(first, short); i >= 0 {
		return i
	}
	return len(first)
}

// domain is a domain as its entities show it.
func (r *rehearsal) domain(number int, status *entityState) tui.Domain {
	of := func(platform, name string) *entityState {
		return r.states.of[instanceID(r.demo.instance, fmt.Sprintf("%s.vcf_domain%d_%s", platform, number, name))]
	}
	d := tui.Domain{Number: number, Name: status.attribute("domain_name"), Type: status.attribute("domain_type"), Status: status.State,
		Current: status.attribute("current_version"), Next: status.attribute("next_version")}
	if upgrade := of("sensor", "upgrade_status"); upgrade != nil {
		d.Upgrade, d.Progress, d.Component = upgrade.State, upgrade.number("progress"), upgrade.attribute("component")
	}
	if logs := of("sensor", "upgrade_logs"); logs != nil {
		d.Message, d.Markdown = logs.State, logs.attribute("markdown")
	}
	if ignore := of("input_boolean", "ignore_alerts"); ignore != nil {
		d.Ignore = ignore.State == "on"
	}
	if x := r.seen[number]; x != nil {
		d.Phases, d.Left, d.Started, d.Ended = x.phases, x.left, x.started, x.ended
		if x.status == workflow.Completed {
			d.Progress = 100
		}
	}
	return d
}

// shownState is a state with its unit, and a button's time as a clock shows it.
func shownState(s *entityState) string {
	if t, err := time.Parse(time.RFC3339Nano, s.State); err == nil {
		return t.Local().Format("15:04:05")
	}
	if unit := s.attribute("unit_of_measurement"); unit != "" {
		return s.State + " " + unit
	}
	return s.State
}

// What can be broken.
const (
	sddcAway = "SDDC Manager does not answer (m)"
	nextDies = "the next component will fail (f)"
	homeAway = "the service is cut off from Home Assistant (h)"
)

// broken is what is broken now, oldest first; mu is held.
func (r *rehearsal) broken() []string {
	var list []string
	for what := range r.since {
		list = append(list, what)
	}
	slices.SortFunc(list, func(a, b string) int { return r.since[a].Compare(r.since[b]) })
	return list
}

// now notes that something is broken, or mended.
func (r *rehearsal) now(what string, broken bool, done, undone string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if broken {
		r.since[what] = time.Now()
		r.line("%s", done)
		return
	}
	delete(r.since, what)
	r.line("%s", undone)
}

func (r *rehearsal) gate() *gate {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stage.gate
}

func (r *rehearsal) breakSDDC() {
	g := r.gate()
	r.now(sddcAway, g.flip(&g.closed), "broke: SDDC Manager does not answer", "mended: SDDC Manager answers again")
}

func (r *rehearsal) breakNext() {
	g := r.gate()
	r.now(nextDies, g.flip(&g.failNext), "broke: the next component whose upgrade starts will fail", "mended: no component fails")
}

// doomed is told when it is known which component fails.
func (r *rehearsal) doomed(component string) {
	names := map[string]string{vcftest.SDDCManager: "SDDC Manager", vcftest.NSX: "NSX", vcftest.VCenter: "vCenter", vcftest.Host: "ESX"}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.since, nextDies)
	r.line("%s was started, and will fail", names[component])
}

func (r *rehearsal) breakHome() {
	w := r.demo.wire
	if w == nil {
		r.say("Home Assistant is behind a proxy: the service cannot be cut off from it here")
		return
	}
	cut := !w.isCut()
	w.set(cut)
	r.now(homeAway, cut, "broke: the service is cut off from Home Assistant", "mended: the service reaches Home Assistant again")
}
