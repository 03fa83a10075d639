package workflow

import (
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// withFallback configures admin@local for the time when single sign-on is down.
func (w *world) withFallback(c *Config) {
	client, err := vcf.New(vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!",
		FallbackUsername: "admin@local", FallbackPassword: "VMw@re1!Local1!", Insecure: true, Transport: w.sim.Transport(),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		w.t.Fatal(err)
	}
	c.Client = client
}

// logins counts the logins of an account since a moment, and those that were refused.
func (w *world) logins(account string, since time.Time) (all, refused int) {
	for _, r := range w.sim.Requests() {
		if r.User == account && r.Time.After(since) {
			all++
			if r.Status != 200 {
				refused++
			}
		}
	}
	return all, refused
}

// The management vCenter is upgraded, and single sign-on with it: the token is refused
// and so is every login of the SSO account. With a fallback account the run looks on as
// that one and goes back to the SSO account after it; without one it waits. Either way
// refused logins stay few, so that nothing locks the account: three, then one in ten
// minutes, and the card says so. The same with a process that is restarted meanwhile.
func TestAway_LoginFailsWhileVCenterIsUpgraded(t *testing.T) {
	t.Parallel()
	for _, fallback := range []bool{true, false} {
		for _, restarts := range []int{0, 4} {
			m := swift(func(m *vcftest.Model) {
				m.LoginDownDuringVCenter, m.VCenter, m.KeepTokens = true, 100*time.Minute, true
			}) // down for 80
			play(t, m, func(w *world) {
				if fallback {
					w.shutdown()
					w.alter = func(c *Config) { w.withFallback(c) }
					w.boot()
				}
				w.press(Start, 1)
				w.until(1, UpgradingVCenter)
				began := time.Now()
				time.Sleep(25 * time.Minute)
				for range restarts {
					w.shutdown()
					time.Sleep(10 * time.Second)
					w.boot()
					time.Sleep(time.Minute)
				}
				time.Sleep(20*time.Minute - time.Duration(restarts)*70*time.Second)
				d := w.domain(1)
				if d.UpgradeStatus() != UpgradingVCenter {
					t.Fatalf("fallback %v: shows %s", fallback, d.UpgradeStatus())
				}
				local, _ := w.logins("admin@local", began)
				_, refused := w.logins("administrator@vsphere.local", began)
				if most := 3 + 80/10; refused > most || refused == 0 {
					t.Errorf("fallback %v, %d restarts: %d refused logins of the SSO account, want at most %d", fallback, restarts, refused, most)
				}
				if fallback && (local == 0 || !strings.Contains(d.Run.Doing, "vCenter: INPROGRESS")) {
					t.Errorf("%d logins of the fallback account; the card says %q", local, d.Run.Doing)
				}
				if !fallback && (local != 0 || !strings.Contains(d.Run.Doing, `log in to SDDC Manager as "administrator@vsphere.local": refused`) ||
					!strings.Contains(d.Run.Doing, "to keep the account from being locked")) {
					t.Errorf("%d logins of the fallback account; the card says %q", local, d.Run.Doing)
				}
				w.until(1, UpgradingESX, Failed)
				after := time.Now().Add(10 * time.Minute)
				w.completed("single sign-on down")
				if local, _ := w.logins("admin@local", after); local > 0 {
					t.Errorf("%d logins of the fallback account after single sign-on was back", local)
				}
				all, refused := w.logins("administrator@vsphere.local", began)
				if fallback && all == refused {
					t.Error("the SSO account was not used again")
				}
			})
		}
	}
}

// Single sign-on does not come back: the deadline ends the run, and the reason names
// the account.
func TestAway_LoginThatNeverWorksAgain(t *testing.T) {
	t.Parallel()
	play(t, swift(func(m *vcftest.Model) { m.LoginDownDuringVCenter, m.VCenter, m.KeepTokens = true, 100*time.Hour, true }), func(w *world) {
		w.press(Start, 1)
		w.until(1, UpgradingVCenter)
		began := time.Now()
		time.Sleep(10 * time.Hour / 8)
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/tokens", Status: 401})
		w.sim.RevokeTokens(true)
		d := w.ended(1)
		for _, says := range []string{"vCenter: not finished within 3h", `log in to SDDC Manager as "administrator@vsphere.local": refused`, "may still be running"} {
			if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, says) {
				t.Errorf("shows %s; the reason does not say %q: %s", d.UpgradeStatus(), says, d.Run.Reason)
			}
		}
		if _, refused := w.logins("administrator@vsphere.local", began); refused > 3+18 {
			t.Errorf("%d refused logins in three hours", refused)
		}
	})
}
