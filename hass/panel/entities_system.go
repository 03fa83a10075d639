package panel

import (
	"fmt"
	"strconv"
	"time"

	"vcf-assistant/workflow"
)

// overallStates are the options of VCF Overall Status, the most urgent first.
var overallStates = []string{"failed", "waiting_for_acknowledgement", "upgrading", unavailable, "update_available", "up_to_date"}

// urgency is a domain's part in VCF Overall Status. A release that somebody skipped, and
// a domain whose lifecycle is driven elsewhere, ask for nothing here: both are up to date.
func urgency(v view) string {
	switch {
	case v.Run != nil && v.Run.Status == workflow.Failed:
		return "failed"
	case v.Active() && v.asks():
		return "waiting_for_acknowledgement"
	case v.installing():
		return "upgrading"
	case !v.known():
		return unavailable
	case v.Unsupported == "" && v.Next != nil && !v.skipped():
		return "update_available"
	}
	return "up_to_date"
}

// each are the domains of the system that are not gone.
func (v view) each(do func(view)) {
	for _, d := range v.s.Domains {
		if !d.Gone {
			do(view{Domain: d, Backend: v.Backend, s: v.s, o: v.o})
		}
	}
}

// overallStatus is the most urgent of the domains; without any it is not known.
func overallStatus(v view) string {
	found := map[string]bool{}
	v.each(func(d view) { found[urgency(d)] = true })
	for _, state := range overallStates {
		if found[state] {
			return state
		}
	}
	if !v.Backend.Reachable {
		return unavailable
	}
	return ""
}

func overallAttributes(v view) map[string]any {
	domains, budget := map[string]string{}, 8000
	v.each(func(d view) {
		if budget -= 60; budget >= 0 {
			domains[fmt.Sprintf("domain%d", d.Number)] = urgency(d)
		}
	})
	return map[string]any{"options": overallStates, "sddc_manager": text(v.Backend.FQDN), "sddc_manager_version": text(v.Backend.Version),
		"url": text(webAddress(v.Backend.URL)), "problem": text(v.Backend.Problem), "domains": domains}
}

// activeDomains counts what SDDC Manager calls ACTIVE.
func activeDomains(v view) string {
	if !v.Backend.Reachable {
		return unavailable
	}
	n := 0
	v.each(func(d view) {
		if d.Status == "ACTIVE" {
			n++
		}
	})
	return strconv.Itoa(n)
}

// activeAttributes name the domains; those that SDDC Manager does not list are others.
func activeAttributes(v view) map[string]any {
	var names, others []string
	if v.Backend.Reachable {
		v.each(func(d view) {
			switch d.Status {
			case "ACTIVE":
				names = append(names, label(d.Name, fmt.Sprintf("domain%d", d.Number)))
			case "":
				others = append(others, label(d.Name, fmt.Sprintf("domain%d", d.Number))+": not listed")
			default:
				others = append(others, label(d.Name, fmt.Sprintf("domain%d", d.Number))+": "+short(d.Status, 40))
			}
		})
	}
	return map[string]any{"names": texts(names, 5000), "others": texts(others, 5000)}
}

// connection is unknown until SDDC Manager was asked once.
func connection(v view) string {
	switch {
	case v.Backend.Reachable:
		return "on"
	case v.Backend.Problem != "":
		return "off"
	}
	return ""
}

// connectionAttributes: expected tells that an absence is planned, since SDDC Manager
// upgrades itself; since is when it answered last, while it does not.
func connectionAttributes(v view) map[string]any {
	expected := false
	v.each(func(d view) { expected = expected || d.Active() && d.Run.Status == workflow.UpgradingSDDC })
	a := map[string]any{"problem": text(v.Backend.Problem), "expected": expected, "since": nil}
	if !v.Backend.Reachable {
		a["since"] = timestamp(v.Backend.Refreshed)
	}
	return a
}

// updatesAvailable is on where an update entity is. It is off only if every domain could
// be asked.
func updatesAvailable(v view) string {
	on, asked := false, true
	v.each(func(d view) {
		on = on || updateState(d) == "on"
		asked = asked && d.known()
	})
	switch {
	case on:
		return "on"
	case !v.Backend.Reachable:
		return unavailable
	case !asked:
		return ""
	}
	return "off"
}

func updatesAttributes(v view) map[string]any {
	var list []string
	v.each(func(d view) {
		if updateState(d) == "on" {
			version, _ := d.next()
			list = append(list, label(d.Name, fmt.Sprintf("domain%d", d.Number))+": "+short(version, 40))
		}
	})
	return map[string]any{"domains": texts(list, 5000)}
}

// certificateExpiry stays while SDDC Manager is away: an expired certificate may be why.
func certificateExpiry(v view) string { return instant(v.Backend.CertificateExpires) }

func certificateAttributes(v view) map[string]any {
	a := map[string]any{"days_left": nil}
	if expires := v.Backend.CertificateExpires; instant(expires) != "" {
		days := expires.Sub(v.s.Time) / (24 * time.Hour)
		if expires.Before(v.s.Time) {
			days-- // a day begun is a day less, on both sides of the end
		}
		a["days_left"] = int(days)
	}
	return a
}

func lastRefresh(v view) string { return instant(v.Backend.Refreshed) }
