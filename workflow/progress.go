package workflow

import (
	"math"

	"vcf-assistant/vcf"
)

// progress is the share of the whole upgrade in percent: a fixed part for what comes
// before and after, the rest shared by the components of the BOM. The clusters share
// what ESX has; where nobody knows how many there are, each has half of what is left.
func progress(last Transition, percent, clusters int) int {
	st := last.State
	switch last.Status {
	case Completed:
		return 100
	case WaitingForInitiation:
		return 0
	}
	i, err := stepIndex(last.Step)
	if err != nil {
		return 0
	}
	at := func(step string) bool { j, _ := stepIndex(step); return i >= j }
	const before, checks, after = 5, 10, 5
	if at("validate") {
		return 100 - after
	}
	done := 0.0
	if at("find-upgradables") {
		done += before
	}
	if at("component-first") {
		done += checks
	}
	parts := map[vcf.Component]bool{}
	for _, e := range st.BOM {
		if e.Component().Known() {
			parts[e.Component()] = true
		}
	}
	if len(parts) > 0 {
		done += (100 - before - checks - after) * min(1, finished(st, percent, clusters)/float64(len(parts)))
	}
	return min(95, int(done))
}

// finished is how many components of the BOM are upgraded, with fractions. A component
// may take more than one upgrade: NSX its second pass, SDDC Manager its drift.
func finished(st State, percent, clusters int) float64 {
	ended, esx, now := map[vcf.Component]bool{}, 0, 0.0
	running := float64(min(max(percent, 0), 99)) / 100
	sum := 0.0
	for _, u := range st.Upgrades {
		open := u.Result == ""
		switch {
		case u.Component == vcf.ESX && open && u.ID != "":
			now = running * float64(max(1, len(u.Resources)))
		case u.Component == vcf.ESX && !open:
			esx += max(1, len(u.Resources))
		case !open && !ended[u.Component]:
			ended[u.Component] = true
			sum++
		case open && u.ID != "" && !ended[u.Component]:
			sum += running
		}
	}
	if clusters > 0 {
		return sum + min(1, (float64(esx)+now)/float64(clusters))
	}
	left := math.Pow(0.5, float64(esx))
	return sum + 1 - left + left/2*min(1, now)
}
