package vcf

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// simulated is a client of a simulated SDDC Manager.
func simulated(t *testing.T, m vcftest.Model) (*Client, *vcftest.Server) {
	t.Helper()
	s := vcftest.New(m)
	cfg := testConfig(s.Transport())
	cfg.Password = "VMw@re1!VMw@re1!"
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// until polls as a workflow does: what is transient is asked again.
func until(t *testing.T, what string, done func(context.Context) (bool, error)) {
	t.Helper()
	for range 24 * 120 {
		ok, err := done(t.Context())
		if err != nil && !Transient(err) {
			t.Fatalf("%s: %v", what, err)
		}
		if ok {
			return
		}
		time.Sleep(30 * time.Second)
	}
	t.Fatalf("%s: a day has passed", what)
}

// TestUpgradeOnSimulator drives the calls of a whole upgrade of the management domain,
// through the outage of SDDC Manager in every shape.
func TestUpgradeOnSimulator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := vcftest.Model52()
		m.OutageKinds = []string{vcftest.Refused, vcftest.Reset, vcftest.Hang, "502", "503", vcftest.HTML, "404", "500", "401", vcftest.TLS}
		m.Starting = true
		m.FalseRecovery, m.SecondOutage = 10*time.Minute, 10*time.Minute
		c, s := simulated(t, m)
		ctx := t.Context()
		domains, err := c.Domains(ctx)
		if err != nil || len(domains) != 2 || !domains[0].Management() || !domains[0].Active() {
			t.Fatalf("%v, %v", domains, err)
		}
		d := domains[0]
		current, err := c.CurrentRelease(ctx, d.ID)
		if err != nil || current.Version != "5.2.0.0" {
			t.Fatalf("%q, %v", current.Version, err)
		}
		future, err := c.FutureReleases(ctx, d.ID)
		if err != nil {
			t.Fatal(err)
		}
		next, ok := NextRelease(current.Version, future)
		if !ok || next.Version != "5.2.1.0" {
			t.Fatalf("next release %q", next.Version)
		}
		for _, r := range future {
			if !r.Applicable() && len(r.WhyNot()) == 0 {
				t.Errorf("%s does not apply, and nothing says why", r.Version)
			}
		}
		if target, err := c.Target(ctx, d.ID); err != nil || target.Version != "" {
			t.Fatalf("target %v, %v", target, err)
		}
		if err := c.SetTarget(ctx, d.ID, current.Version); !SameTarget(err) {
			t.Errorf("the present release as target: %v", err)
		}
		if err := c.SetTarget(ctx, d.ID, next.Version); err != nil {
			t.Fatal(err)
		}
		for range 10 {
			list, err := c.DomainUpgradables(ctx, d.ID, next.Version)
			if err != nil {
				t.Fatal(err)
			}
			var u Upgradable
			for _, x := range list {
				if x.Available() {
					u = x
				}
			}
			if u.BundleID == "" {
				break
			}
			upgradeOnSimulator(t, c, d, u)
		}
		if current, err := c.CurrentRelease(ctx, d.ID); err != nil || current.Version != next.Version {
			t.Errorf("after the upgrade: %q, %v", current.Version, err)
		}
		if _, err := c.StartValidation(ctx, d.ID, next.Version); err != nil && !SameTarget(err) {
			t.Errorf("validation: %v", err)
		}
		if n, all := s.Count("POST", "/v1/upgrades"), 4; n != all {
			t.Errorf("%d upgrades were POSTed, want %d", n, all)
		}
	})
}

func upgradeOnSimulator(t *testing.T, c *Client, d Domain, u Upgradable) {
	t.Helper()
	b, err := c.Bundle(t.Context(), u.BundleID)
	if err != nil {
		t.Fatal(err)
	}
	if b.Download() != Succeeded {
		if _, err := c.Download(t.Context(), b.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Download(t.Context(), b.ID); StatusOf(err) != 409 || !Refused(err) {
			t.Errorf("a second download: %v", err)
		}
		until(t, "download", func(ctx context.Context) (bool, error) {
			b, err := c.Bundle(ctx, b.ID)
			return b.Download() == Succeeded, err
		})
	}
	spec := UpgradeSpec{BundleID: b.ID, ResourceType: "DOMAIN", Resources: []ResourceUpgradeSpec{{ResourceID: d.ID, UpgradeNow: true}}}
	switch u.Component() {
	case NSX:
		n, err := c.NSXUpgradables(t.Context(), d.ID, b.ID)
		if err != nil {
			t.Fatal(err)
		}
		in := NSXInput{ID: n.Manager.ID, Options: &NSXOptions{}}
		for _, h := range n.HostClusters {
			in.HostClusters = append(in.HostClusters, NSXHostClusterSpec{ID: h.ID})
		}
		spec.NSX = []NSXInput{in}
	case VCenterComponent:
		spec.VCenter = []VCenterInput{{ResourceID: d.VCenters[0].ID, Mechanism: "InPlace"}}
	case ESX:
		spec.ResourceType = "CLUSTER"
		spec.Resources[0].ResourceID = d.Clusters[0].ID
	}
	task, err := c.StartUpgrade(t.Context(), spec)
	if err != nil {
		t.Fatalf("%s: %v", u.Component(), err)
	}
	until(t, u.Component().String(), func(ctx context.Context) (bool, error) {
		up, err := c.Upgrade(ctx, task.ID)
		if up.Outcome() == Failed {
			t.Fatalf("%s failed", u.Component())
		}
		return up.Outcome() == Succeeded, err
	})
	if tasks, err := c.Tasks(t.Context()); err != nil || len(tasks) == 0 {
		t.Errorf("tasks %v, %v", tasks, err)
	}
}

// TestPrecheckOnSimulator runs the check-sets of a domain.
func TestPrecheckOnSimulator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := simulated(t, vcftest.Model52())
		domains, err := c.Domains(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		future, err := c.FutureReleases(t.Context(), domains[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		next, _ := NextRelease("5.2.0.0", future)
		if err := c.SetTarget(t.Context(), domains[0].ID, next.Version); err != nil {
			t.Fatal(err)
		}
		found, err := c.QueryCheckSets(t.Context(), domains[0].ID, next.BOM)
		if err != nil || len(found.Resources) < 4 {
			t.Fatalf("%+v, %v", found, err)
		}
		id, err := c.StartCheckSets(t.Context(), CheckSetRun{QueryID: found.QueryID, Metadata: &CheckSetMetadata{TargetVersion: next.Version}, Resources: found.Resources})
		if err != nil {
			t.Fatal(err)
		}
		var a Assessment
		until(t, "precheck", func(ctx context.Context) (_ bool, err error) {
			a, err = c.Assessment(ctx, id)
			return a.Outcome() != Running, err
		})
		if got := a.Findings(); len(got) != 0 || a.ChecksRun() < 2 {
			t.Errorf("%d checks, findings %+v", a.ChecksRun(), got)
		}
	})
}

// TestLostAnswerOnSimulator: the POST takes effect and its answer is lost. It is sent
// once, and the error is neither a proof nor a refusal.
func TestLostAnswerOnSimulator(t *testing.T) {
	for _, f := range []vcftest.Fault{{After: true}, {After: true, Cut: vcftest.Hang}, {After: true, Status: 502}, {After: true, Cut: vcftest.Torn}, {Status: 500}} {
		synctest.Test(t, func(t *testing.T) {
			c, s := simulated(t, vcftest.Model52())
			f.Method, f.Path = "POST", "/v1/upgrades"
			s.Fault(f)
			_, err := c.StartUpgrade(t.Context(), UpgradeSpec{BundleID: "b", ResourceType: "DOMAIN", Resources: []ResourceUpgradeSpec{{ResourceID: "d", UpgradeNow: true}}})
			if n := s.Count("POST", "/v1/upgrades"); n != 1 || err == nil || Unsent(err) || Refused(err) || !Transient(err) {
				t.Errorf("%+v: sent %d times, %v", f, n, err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		c, s := simulated(t, vcftest.Model52())
		s.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Before: true, Cut: vcftest.Refused})
		if _, err := c.StartUpgrade(t.Context(), UpgradeSpec{}); !Unsent(err) {
			t.Errorf("refused: %v", err)
		}
	})
}

// TestWrongPasswordOnSimulator: the account is not locked by us.
func TestWrongPasswordOnSimulator(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := vcftest.Model52()
		m.LockAfter = 5
		s := vcftest.New(m)
		c, err := New(testConfig(s.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		var refused *CredentialsError
		for range 100 {
			if _, err := c.Domains(t.Context()); !errors.As(err, &refused) {
				t.Fatal(err)
			}
		}
		if n := s.Count("POST", "/v1/tokens"); n != 3 {
			t.Errorf("%d logins, want 3", n)
		}
	})
}
