package cli

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"vcf-assistant/workflow"
	"vcf-assistant/workflow/cli/tui"
)

func (w *watcher) print(format string, args ...any) { fmt.Fprintf(w.out, format+"\n", args...) }

// say prints a line with the time.
func (w *watcher) say(format string, args ...any) {
	w.print("%s "+format, append([]any{time.Now().Format("15:04:05.0")}, args...)...)
}

func (w *watcher) style(code, s string) string {
	if !w.color {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (w *watcher) opening(dashboard string) {
	w.started = time.Now()
	w.print("A simulated VCF 5.2.0.0 with two domains, %g times as fast as life. Nothing real is touched.", w.demo.speed)
	if w.demo.home != nil {
		w.print("Home Assistant is built in. HASS_URL and HASS_TOKEN show the same in yours.")
	} else {
		w.print("Home Assistant: open %s/%s to watch.", w.demo.hass.URL, dashboard)
	}
	w.print("")
}

// transition prints a change of the upgrade status, and the card.
func (w *watcher) transition(ctx context.Context) {
	upgrade := w.state(demoUpgrade)
	if workflow.Status(upgrade.State) == workflow.WaitingForInitiation {
		clear(w.shown) // the card begins anew
	}
	line := w.style("1;36", printable(upgrade.State))
	if percent := upgrade.number("progress"); percent > 0 {
		line += fmt.Sprintf("  %g %%", percent)
	}
	w.say("%s", line)
	w.notifications(ctx)
	w.card()
}

// numbers are what changes in a line of the card while it says the same.
var numbers = lazily(`[0-9]{2}:[0-9]{2}|[0-9]+ (%|s\b)|[█░]+`)

// card prints the lines of the card that were not printed before.
func (w *watcher) card() {
	for _, line := range tui.Markdown(w.state(demoLogs).attribute("markdown"), 0, w.color) {
		if key := numbers().ReplaceAllString(line, "0"); !w.shown[key] {
			w.shown[key] = true
			w.print("           │ %s", line)
		}
	}
}

// summary tells what came of it; anything but one POST per component is a failure.
func (w *watcher) summary() error {
	took := time.Since(w.started)
	posts := w.stage.sim.Count(http.MethodPost, "/v1/upgrades")
	w.print("")
	w.print("%s", w.style("1;32", fmt.Sprintf("Upgraded from %s to %s in %s, %s in a data centre.", w.run.From, w.run.Target, seconds(took), w.real(took))))
	for _, u := range w.run.Upgrades {
		d := u.Ended.Sub(u.Started)
		span := strings.TrimPrefix(u.From+" → "+u.Version, " → ")
		w.print("  %-24s %-44s %6s  (%s)", u.Label(), span, seconds(d), w.real(d))
	}
	w.print("  POST /v1/upgrades: %d, for %s", posts, plural(len(w.run.Upgrades), "component"))
	w.print("  requests to SDDC Manager: %d", len(w.stage.sim.Requests()))
	if w.demo.home != nil {
		w.print("  states posted to Home Assistant: %d", len(w.demo.home.Posts()))
	} else {
		w.print("  changes seen in Home Assistant: %d; demo --remove takes everything away there again", w.states.changes)
	}
	if posts != len(w.run.Upgrades) || posts == 0 {
		return fmt.Errorf("demo: POST /v1/upgrades was sent %d times for %s", posts, plural(len(w.run.Upgrades), "component"))
	}
	return nil
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

// real is how long it would have taken in a data centre.
func (w *watcher) real(d time.Duration) string {
	d = time.Duration(float64(d) * w.demo.speed).Round(time.Minute)
	if d < time.Hour {
		return fmt.Sprintf("%d min", int(d/time.Minute))
	}
	return fmt.Sprintf("%d h %02d min", int(d/time.Hour), int(d%time.Hour/time.Minute))
}
