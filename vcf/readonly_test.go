package vcf_test

import (
	"errors"
	"testing"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

// readOnly is a client that only reads, and its simulator.
func readOnly(t *testing.T, alter func(*vcftest.Model)) (*vcf.Client, *vcftest.Server) {
	t.Helper()
	m := vcftest.Model52()
	alter(&m)
	sim := vcftest.New(m)
	c, err := vcf.ReadOnly(vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!",
		Insecure: true, Transport: sim.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	return c, sim
}

// Nothing but reads and the login leaves a client that only reads, whatever is called.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	c, sim := readOnly(t, func(*vcftest.Model) {})
	if _, err := c.Domains(t.Context()); err != nil {
		t.Fatal(err)
	}
	domain, bundle := sim.DomainID("m01"), sim.BundleID("5.2.1.0", vcftest.NSX)
	for name, call := range map[string]func() error{
		"SetTarget":       func() error { return c.SetTarget(t.Context(), domain, "5.2.1.0") },
		"Download":        func() error { _, err := c.Download(t.Context(), bundle); return err },
		"StartUpgrade":    func() error { _, err := c.StartUpgrade(t.Context(), vcf.UpgradeSpec{BundleID: bundle}); return err },
		"StartValidation": func() error { _, err := c.StartValidation(t.Context(), domain, "5.2.1.0"); return err },
		"QueryCheckSets":  func() error { _, err := c.QueryCheckSets(t.Context(), domain, nil); return err },
		"RetryTask":       func() error { return c.RetryTask(t.Context(), "t") },
		"CancelTask":      func() error { return c.CancelTask(t.Context(), "t") },
	} {
		var refused *vcf.ReadOnlyError
		if err := call(); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, r := range sim.Requests() {
		if r.Method != "GET" && (r.Method != "POST" || r.Path != "/v1/tokens") {
			t.Errorf("sent: %s %s", r.Method, r.Path)
		}
	}
}

// What SDDC Manager says of its users, its depot and its backups.
func TestSettings(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		alter  func(*vcftest.Model)
		role   string
		depot  vcf.Depot
		gone   bool
		backup vcf.Backup
	}{
		{name: "in order", alter: func(*vcftest.Model) {}, role: "ADMIN",
			depot: vcf.Depot{Account: &vcf.DepotAccount{Status: "DEPOT_CONNECTION_SUCCESSFUL"}}, backup: vcf.Backup{Place: true, Scheduled: true}},
		{name: "fresh", alter: func(m *vcftest.Model) { m.NoDepot, m.NoBackup, m.Role = true, true, "OPERATOR" }, role: "OPERATOR"},
		{name: "offline, unlisted", alter: func(m *vcftest.Model) {
			m.OfflineDepot, m.DepotStatus, m.DepotMessage, m.Unlisted = "depot.lab.example", "DEPOT_NOT_AVAILABLE", "no\x1b[31m way", true
		}, depot: vcf.Depot{Account: &vcf.DepotAccount{Status: "DEPOT_NOT_AVAILABLE", Message: "no[31m way"}, Offline: true, Host: "depot.lab.example", Port: 443},
			backup: vcf.Backup{Place: true, Scheduled: true}},
		{name: "moved", alter: func(m *vcftest.Model) { m.DepotMoved = true }, role: "ADMIN", gone: true, backup: vcf.Backup{Place: true, Scheduled: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, _ := readOnly(t, tc.alter)
			for _, user := range []string{"administrator@vsphere.local", `VSPHERE.LOCAL\Administrator`} {
				if role, err := c.RoleOf(t.Context(), user); err != nil || role != tc.role {
					t.Errorf("the role of %s is %q, want %q (%v)", user, role, tc.role, err)
				}
			}
			depot, err := c.Depot(t.Context())
			if vcf.Gone(err) != tc.gone || !tc.gone && err != nil {
				t.Errorf("depot: %v", err)
			}
			if same := depot.Account == nil && tc.depot.Account == nil || depot.Account != nil && tc.depot.Account != nil && *depot.Account == *tc.depot.Account; !same {
				t.Errorf("account %+v, want %+v", depot.Account, tc.depot.Account)
			}
			depot.Account, tc.depot.Account = nil, nil
			if depot != tc.depot {
				t.Errorf("depot %+v, want %+v", depot, tc.depot)
			}
			if b, err := c.Backup(t.Context()); err != nil || b != tc.backup {
				t.Errorf("backup %+v, want %+v (%v)", b, tc.backup, err)
			}
		})
	}
}
