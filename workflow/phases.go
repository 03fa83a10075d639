package workflow

import (
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// planned is a phase with what an estimate needs.
type planned struct {
	Phase
	kind    string        // under which its duration is learned
	worked  time.Duration // up to the last line
	waited  time.Duration // of it, for SDDC Manager
	of      string        // what it is about, where several are of one kind
	adopted bool          // somebody else began it, or nobody knows when: its duration says nothing
	more    bool          // behind it comes what nobody can count yet
}

// stock is what the inventory knows of a domain, for phases that are to come. The zero
// stock knows nothing.
type stock struct {
	clusters []vcf.Reference
	hosts    []vcf.Host
	versions map[vcf.Component][]string // a component that was looked for and not found has none
	parallel bool                       // all clusters are upgraded at once
}

// reached tells whether a component has the version certainly; absent, whether the
// domain does not have it. NSX may not name the domains that share it.
func (s stock) reached(c vcf.Component, want string) (reached, absent bool) {
	have, looked := s.versions[c]
	if len(have) == 0 {
		return false, looked && c != vcf.NSX && c != vcf.SDDCManagerComponent
	}
	for _, v := range have {
		if ok, certain := atLeast(v, want); !ok || !certain {
			return false, false
		}
	}
	return want != "", false
}

// phases are the parts of a run in the order of an upgrade: those that the journal
// tells, and behind them what the target's BOM and the inventory let expect.
func (l *timeline) phases(last Transition, have stock) []planned {
	st := last.State
	i, err := stepIndex(last.Step)
	if err != nil {
		return nil
	}
	passed := func(step string) bool {
		n, _ := stepIndex(step)
		return i > n
	}
	var out []planned
	fixed := func(title, name string, passed bool) *planned {
		out = append(out, l.phase(title, part{name: name}, name, passed))
		return &out[len(out)-1]
	}
	fixed("Target version", partTarget, passed("find-upgradables"))
	out = append(out, l.sddcManager(st, have, passed("sddc-manager-next"))...)
	fixed("Bundles", partBundles, passed("download-bundles"))
	fixed("Prechecks", partChecks, passed("precheck-report"))
	if ack := fixed("Acknowledgement", partAck, passed("alerts-acknowledged")); ack.State == PhaseDone && !mustAcknowledge(st) {
		ack.State, ack.Started, ack.Ended = PhaseSkipped, time.Time{}, time.Time{}
	}
	first := len(out)
	out = append(out, l.components(st, have, passed("component-next"))...)
	fixed("Validation", partValidation, passed("read-back"))
	if u := l.at.upgrade; l.failed && l.at.name == partUpgrade && u < len(st.Upgrades) && st.Upgrades[u].Result != "" {
		if next := slices.IndexFunc(out, func(p planned) bool { return p.State == PhaseToCome }); next >= 0 {
			p := &out[next]
			p.State, p.Started, p.Ended = PhaseFailed, st.Upgrades[u].Ended, l.over
		}
	}
	if s := l.spans[part{name: partNext}]; s != nil && l.at.name == partNext {
		next := first
		for next < len(out)-1 && out[next].State != PhaseToCome {
			next++
		}
		p := &out[next]
		p.State, p.Started, p.Ended, p.worked = l.present(), s.started, s.ended, s.worked
	}
	return out
}

// phase is one phase; passed tells that the run is behind it.
func (l *timeline) phase(title string, p part, kind string, passed bool) planned {
	out := planned{Phase: Phase{Name: title, State: PhaseToCome}, kind: kind}
	s := l.spans[p]
	switch {
	case l.at == p && s != nil:
		out.State = l.present()
	case passed && s == nil:
		out.State = PhaseSkipped
		return out
	case passed:
		out.State = PhaseDone
	default:
		return out
	}
	out.Started, out.Ended, out.worked, out.waited = s.started, s.ended, s.worked, s.waited
	return out
}

// present is the state of the phase in which the last line stands.
func (l *timeline) present() string {
	switch {
	case l.over.IsZero():
		return PhaseRunning
	case l.failed:
		return PhaseFailed
	}
	return PhaseDone
}

// sddcManager are the phases of SDDC Manager's own upgrade, which comes before the
// bundles of all others; in the management domain only.
func (l *timeline) sddcManager(st State, have stock, passed bool) (out []planned) {
	for n := range min(l.early, len(st.Upgrades)) {
		if st.Upgrades[n].Component == vcf.SDDCManagerComponent {
			out = append(out, l.upgrade(st, n))
		}
	}
	if want := st.bomVersion(vcf.SDDCManagerComponent); len(out) == 0 && st.Domain.management() && want != "" {
		reached, _ := have.reached(vcf.SDDCManagerComponent, want)
		out = append(out, expected(Upgrade{Component: vcf.SDDCManagerComponent}, passed || reached))
	}
	return out
}

// components are the phases of all others: those that were chosen, and those of the BOM
// that may follow.
func (l *timeline) components(st State, have stock, passed bool) (out []planned) {
	chosen := map[vcf.Component]bool{}
	for n, u := range st.Upgrades {
		if u.Component == vcf.SDDCManagerComponent && n < l.early {
			continue
		}
		chosen[u.Component] = true
		out = append(out, l.upgrade(st, n))
	}
	for _, c := range []vcf.Component{vcf.NSX, vcf.VCenterComponent} {
		want := st.bomVersion(c)
		if reached, absent := have.reached(c, want); want != "" && !chosen[c] && !absent {
			out = append(out, expected(Upgrade{Component: c}, passed || reached))
		}
	}
	want := st.bomVersion(vcf.ESX)
	if reached, absent := have.reached(vcf.ESX, want); want == "" || absent || len(have.clusters) == 0 {
		if want != "" && !absent && !chosen[vcf.ESX] {
			out = append(out, expected(Upgrade{Component: vcf.ESX}, passed || reached))
		}
		if want != "" && !absent && !passed && !reached { // how many clusters there are is not known
			out[len(out)-1].more = true
		}
		return out
	}
	var left []planned
	together := Upgrade{Component: vcf.ESX}
	for _, c := range have.clusters {
		if slices.ContainsFunc(st.Upgrades, func(u Upgrade) bool { return u.Component == vcf.ESX && slices.Contains(u.Resources, c.ID) }) {
			continue
		}
		skipped := passed || done(have.hosts, c.ID, want)
		left = append(left, expected(Upgrade{Component: vcf.ESX, Name: c.Name, Resources: []string{c.ID}}, skipped))
		if !skipped {
			together.Resources = append(together.Resources, c.ID)
		}
	}
	if have.parallel && len(together.Resources) > 1 {
		left = []planned{expected(together, false)}
	}
	return append(out, left...)
}

func (l *timeline) upgrade(st State, n int) planned {
	u := st.Upgrades[n]
	p := l.phase(u.Label(), part{partUpgrade, n}, kindOf(u), u.Result != "")
	p.of = actsOn(u)
	p.adopted = u.Adopted || u.Retry != nil // what is tried again does not begin at its beginning
	switch {
	case u.Result == "":
	case p.State == PhaseSkipped: // its lines cannot be read any more
		p.State, p.Started, p.Ended, p.adopted = PhaseDone, u.Started, u.Ended, true
	case p.State == PhaseFailed: // the run failed behind it
		p.State, p.Ended = PhaseDone, u.Ended
	}
	return p
}

// expected is the phase of an upgrade that was not chosen; skipped: there is nothing to do.
func expected(u Upgrade, skipped bool) planned {
	p := planned{Phase: Phase{Name: u.Label(), State: PhaseToCome}, kind: kindOf(u)}
	if skipped {
		p.State = PhaseSkipped
	}
	return p
}

// actsOn names what an upgrade acts upon.
func actsOn(u Upgrade) string { return strings.Join(u.Resources, " ") }

// kindOf names upgrades that take about the same time.
func kindOf(u Upgrade) string {
	switch {
	case u.Component == vcf.ESX && len(u.Resources) > 1:
		return "clusters at once"
	case u.Name == driftName:
		return driftName
	}
	return "component " + string(u.Component)
}
