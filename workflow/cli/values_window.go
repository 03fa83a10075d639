package cli

import (
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are known by name on machines without a database of them, too

	"github.com/goccy/go-yaml/ast"

	"vcf-assistant/workflow"
)

// aWindows is what may stand at upgrade.windows.
const aWindows = `a list of weekly windows such as ["Sat 22:00-04:00", "Mon-Fri 01:00-05:00 Europe/Berlin"]: days of Mon, Tue, Wed, Thu, Fri, Sat, Sun ` +
	`on which it begins, from and to (24:00 at most), and a zone by its IANA name, else this machine's; [] for at any time`

// maxWindows bounds the list.
const maxWindows = 100

func windows(to *[]workflow.Window) func(value) bool {
	return func(v value) bool {
		list, ok := v.node.(*ast.SequenceNode)
		if !ok || len(list.Values) > maxWindows {
			return false
		}
		var out []workflow.Window
		for _, n := range list.Values {
			s, ok := value{node: n}.scalar()
			w, good := parseWindow(s)
			if !ok || !good {
				return false
			}
			out = append(out, w)
		}
		*to = out
		return true
	}
}

// pause is whether the run waits before each component.
func pause(to *bool) func(value) bool {
	return func(v value) bool {
		var s string
		ok := word(&s, "none", "component")(v)
		if ok {
			*to = s == "component"
		}
		return ok
	}
}

var (
	dayWords      = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // by time.Weekday
	windowPattern = lazily(`^(\d\d):(\d\d)-(\d\d):(\d\d)$`)
)

// parseWindow reads "Mon-Fri 01:00-05:00 Europe/Berlin".
func parseWindow(s string) (w workflow.Window, ok bool) {
	parts := strings.Fields(s)
	if len(parts) != 2 && len(parts) != 3 {
		return w, false
	}
	for _, days := range strings.Split(strings.ToLower(parts[0]), ",") {
		first, last, isRange := strings.Cut(days, "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(dayWords, first), slices.Index(dayWords, last)
		if from < 0 || to < 0 {
			return w, false
		}
		for d := from; ; d = (d + 1) % 7 { // Fri-Mon goes over the weekend
			w.Days[d] = true
			if d == to {
				break
			}
		}
	}
	m := windowPattern().FindStringSubmatch(parts[1])
	if m == nil {
		return w, false
	}
	var from, to bool
	w.From, from = timeOfDay(m[1], m[2])
	w.To, to = timeOfDay(m[3], m[4])
	if !from || !to || w.From == 24*time.Hour {
		return w, false
	}
	if len(parts) == 3 {
		zone, err := time.LoadLocation(parts[2])
		if err != nil || parts[2] == "Local" {
			return w, false
		}
		w.Zone = zone
	}
	return w, true
}

// timeOfDay is the time since midnight of two digits each; 24:00 is the next midnight.
func timeOfDay(hours, minutes string) (time.Duration, bool) {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	d := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	return d, m < 60 && d <= 24*time.Hour
}
