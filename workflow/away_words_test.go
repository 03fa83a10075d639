package workflow

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// warnings is a log handler that keeps what was said about words that are not known.
type warnings struct {
	slog.Handler
	mu   sync.Mutex
	said []string
}

func (w *warnings) Enabled(context.Context, slog.Level) bool { return true }
func (w *warnings) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, "not known") {
		w.mu.Lock()
		defer w.mu.Unlock()
		r.Attrs(func(a slog.Attr) bool {
			if a.Key == "status" {
				w.said = append(w.said, a.Value.String())
			}
			return true
		})
	}
	return nil
}
func (w *warnings) WithAttrs([]slog.Attr) slog.Handler { return w }
func (w *warnings) WithGroup(string) slog.Handler      { return w }

// SDDC Manager reports a word that nobody knows, at every place where a status is read.
// It is neither success nor failure: the run waits, the card shows the word, the log has
// it once. With a word that is known again the run goes on; with none the deadline ends
// it, and the reason shows the word.
func TestAway_UnknownWords(t *testing.T) {
	for name, tc := range map[string]struct {
		path, key, word string
		model           func(*vcftest.Model)
		at              Status // from which on it is said
		step            string // where the run waits; empty: nowhere
	}{
		"upgrade":          {"/v1/upgrades/*", "status", "FROZEN", nil, UpgradingNSX, "component-await"},
		"SDDC Manager":     {"/v1/upgrades/*", "status", "COMPLETED_WITH_FROST", nil, UpgradingSDDC, "sddc-manager-await"},
		"list of upgrades": {"/v1/upgrades", "status", "FROZEN", nil, UpgradingNSX, ""},
		"task":             {"/v1/tasks/*", "status", "FROZEN", nil, UpgradingNSX, ""},
		"bundle": {"/v1/bundles/*", "downloadStatus", "FROZEN", func(m *vcftest.Model) { m.Downloaded, m.BundleDownload = false, time.Hour },
			DownloadingSDDC, "sddc-manager-download"},
		"precheck":   {"/v1/system/check-sets/*", "status", "COMPLETED_WITH_FROST", nil, EvaluatingChecks, "precheck-await"},
		"upgradable": {"/v1/upgradables/domains/*", "status", "FROZEN", nil, EvaluatingChecks, "component-first"},
		"validation": {"/v1/releases/domains/validations/*", "executionStatus", "FROZEN",
			func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalCompleted }, UpgradingESX, "validate"},
		"result of a validation": {"/v1/releases/domains/validations/*", "resultStatus", "FROZEN",
			func(m *vcftest.Model) { m.FinalValidation = vcftest.FinalCompleted }, UpgradingESX, "validate"},
		"domain": {"/v1/domains", "status", "FROZEN", nil, UpgradingNSX, ""},
	} {
		for _, ends := range []bool{true, false} {
			if !ends && (tc.step == "" || raced) {
				continue
			}
			t.Run(name+map[bool]string{false: ", for ever"}[ends], func(t *testing.T) {
				t.Parallel()
				log := &warnings{}
				play(t, swift(func(m *vcftest.Model) {
					m.SDDCManagerUpgrade, m.Outage = 10*time.Minute, 10*time.Minute
					if tc.model != nil {
						tc.model(m)
					}
				}), func(w *world) {
					w.press(Start, 1)
					w.until(1, tc.at, Failed)
					w.sim.Fault(vcftest.Fault{Method: "GET", Path: tc.path, Set: map[string]string{tc.key: `"` + tc.word + `"`}})
					if tc.step != "" {
						w.at(1, tc.step)
						time.Sleep(25 * time.Minute)
					} else {
						time.Sleep(15 * time.Minute)
					}
					d := w.domain(1)
					switch {
					case !d.Active() || tc.step != "" && d.Run.Step != tc.step:
						t.Errorf("shows %s, step %s: %s", d.UpgradeStatus(), d.Run.Step, d.Run.Reason)
					case name == "domain" && d.Status != tc.word || name != "domain" && name != "list of upgrades" && !strings.Contains(d.Run.Doing, tc.word):
						t.Errorf("the card does not show the word: status %q, %q", d.Status, d.Run.Doing)
					}
					if len(log.said) != 1 || log.said[0] != tc.word {
						t.Errorf("the log has the words %q, want %q once", log.said, tc.word)
					}
					if ends {
						w.sim.ClearFaults()
						w.completed(name)
						return
					}
					d = w.ended(1)
					if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, tc.word) || !strings.Contains(d.Run.Reason, "not finished within") {
						t.Errorf("for ever: shows %s: %s", d.UpgradeStatus(), d.Run.Reason)
					}
				}, func(c *Config) { c.Logger, c.Intervals.Refresh = slog.New(log), 5*time.Minute })
			})
		}
	}
}
