package vcftest

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"vcf-assistant/vcf"
)

// silent are the methods of the client that send nothing.
var silent = []string{"KeepRefusals", "SSODown", "SetPasswords", "URL", "Close", "ClockSkew", "CertificateExpires"}

// fails is a failed upgrade of w01.
func (g *stage) fails() string {
	g.server.SetTarget("w01", g.target())
	g.server.Update(func(m *Model) { m.FailComponent, m.FailTimes = NSX, 0 })
	id, err := g.server.StartUpgrade(ForeignUpgrade{Domain: "w01", Component: NSX})
	if err != nil {
		g.t.Fatal(err)
	}
	g.server.CompleteAll()
	g.server.Update(func(m *Model) { m.FailComponent = "" })
	return id
}

// everyCall makes every call that the client has, and each write with every option that it has.
func everyCall(g *stage) {
	version, ctx := g.target(), g.t.Context()
	domain, cluster := g.server.DomainID("m01"), g.server.ClusterID("m01-cl01")
	g.server.Update(func(m *Model) { m.Lenient = true })
	var future []vcf.Release
	calls := map[string]func(context.Context, *vcf.Client) error{
		"Login":               func(ctx context.Context, c *vcf.Client) error { return c.Login(ctx) },
		"Domains":             func(ctx context.Context, c *vcf.Client) error { _, err := c.Domains(ctx); return err },
		"Domain":              func(ctx context.Context, c *vcf.Client) error { _, err := c.Domain(ctx, domain); return err },
		"SDDCManagers":        func(ctx context.Context, c *vcf.Client) error { _, err := c.SDDCManagers(ctx); return err },
		"VCenters":            func(ctx context.Context, c *vcf.Client) error { _, err := c.VCenters(ctx); return err },
		"NSXClusters":         func(ctx context.Context, c *vcf.Client) error { _, err := c.NSXClusters(ctx); return err },
		"Clusters":            func(ctx context.Context, c *vcf.Client) error { _, err := c.Clusters(ctx); return err },
		"AllHosts":            func(ctx context.Context, c *vcf.Client) error { _, err := c.AllHosts(ctx); return err },
		"Cluster":             func(ctx context.Context, c *vcf.Client) error { _, err := c.Cluster(ctx, cluster); return err },
		"Hosts":               func(ctx context.Context, c *vcf.Client) error { _, err := c.Hosts(ctx, domain); return err },
		"GlobalFunctionality": func(ctx context.Context, c *vcf.Client) error { _, err := c.GlobalFunctionality(ctx); return err },
		"CurrentRelease":      func(ctx context.Context, c *vcf.Client) error { _, err := c.CurrentRelease(ctx, domain); return err },
		"FutureReleases": func(ctx context.Context, c *vcf.Client) (err error) {
			future, err = c.FutureReleases(ctx, domain)
			return err
		},
		"Target":    func(ctx context.Context, c *vcf.Client) error { _, err := c.Target(ctx, domain); return err },
		"SetTarget": func(ctx context.Context, c *vcf.Client) error { return c.SetTarget(ctx, domain, version) },
		"Bundle": func(ctx context.Context, c *vcf.Client) error {
			_, err := c.Bundle(ctx, g.server.BundleID(version, NSX))
			return err
		},
		"Bundles": func(ctx context.Context, c *vcf.Client) error { _, err := c.Bundles(ctx); return err },
		"Download": func(ctx context.Context, c *vcf.Client) error {
			_, err := c.Download(ctx, g.server.BundleID(version, Host))
			return err
		},
		"DownloadStatus": func(ctx context.Context, c *vcf.Client) error {
			if !g.server.nine() {
				return nil // 5.2.1 has no such call
			}
			_, err := c.DownloadStatus(ctx, g.server.BundleID(version, Host))
			return err
		},
		"DomainUpgradables": func(ctx context.Context, c *vcf.Client) error {
			if _, err := c.DomainUpgradables(ctx, domain, ""); err != nil {
				return err
			}
			_, err := c.DomainUpgradables(ctx, domain, version)
			return err
		},
		"SystemUpgradables": func(ctx context.Context, c *vcf.Client) error { _, err := c.SystemUpgradables(ctx); return err },
		"NSXUpgradables": func(ctx context.Context, c *vcf.Client) error {
			_, err := c.NSXUpgradables(ctx, domain, g.server.BundleID(version, NSX))
			return err
		},
		"ClusterUpgradables": func(ctx context.Context, c *vcf.Client) error {
			_, err := c.ClusterUpgradables(ctx, domain)
			return err
		},
		"Personalities": func(ctx context.Context, c *vcf.Client) error { _, err := c.Personalities(ctx); return err },
		"QueryCheckSets": func(ctx context.Context, c *vcf.Client) error {
			_, err := c.QueryCheckSets(ctx, domain, []vcf.BOMEntry{{Name: Host, Version: "9"}, {Name: NSX, Version: "9"}, {Name: VCenter, Version: "9"},
				{Name: SDDCManager, Version: "9"}})
			return err
		},
		"StartCheckSets": func(ctx context.Context, c *vcf.Client) error { _, err := g.check(ctx, version); return err },
		"Assessment": func(ctx context.Context, c *vcf.Client) error {
			id, err := g.check(ctx, version)
			if err == nil {
				_, err = c.Assessment(ctx, id)
			}
			return err
		},
		"StartUpgrade": func(ctx context.Context, c *vcf.Client) error {
			g.server.DownloadAll()
			accepted := 0
			for _, spec := range g.specs(version) { // most are refused: it is what is sent that counts
				if _, err := c.StartUpgrade(ctx, spec); err == nil {
					accepted++
				}
			}
			if accepted != 1 {
				g.t.Errorf("%d upgrades were accepted, want that of the cluster", accepted)
			}
			return nil
		},
		"Upgrades": func(ctx context.Context, c *vcf.Client) error { _, err := c.Upgrades(ctx); return err },
		"Upgrade": func(ctx context.Context, c *vcf.Client) error {
			_, err := c.Upgrade(ctx, g.server.Upgrades()[0].ID)
			return err
		},
		"Task": func(ctx context.Context, c *vcf.Client) error {
			_, err := c.Task(ctx, g.server.Upgrades()[0].ID)
			return err
		},
		"RetryTask": func(ctx context.Context, c *vcf.Client) error {
			id := g.fails()
			if err := c.RetryTask(ctx, id); err != nil {
				return err
			}
			if err := c.RetryTask(ctx, id); vcf.StatusOf(err) != 409 {
				g.t.Errorf("retried while it runs: %v", err)
			}
			g.server.CompleteAll()
			return nil
		},
		"CancelTask": func(ctx context.Context, c *vcf.Client) error {
			id := g.fails()
			if err := c.CancelTask(ctx, id); vcf.StatusOf(err) != 409 {
				g.t.Errorf("cancelled after its end: %v", err)
			}
			if err := c.RetryTask(ctx, id); err != nil {
				return err
			}
			return c.CancelTask(ctx, id)
		},
		"Tasks":  func(ctx context.Context, c *vcf.Client) error { _, err := c.Tasks(ctx); return err },
		"Depot":  func(ctx context.Context, c *vcf.Client) error { _, err := c.Depot(ctx); return err },
		"Backup": func(ctx context.Context, c *vcf.Client) error { _, err := c.Backup(ctx); return err },
		"RoleOf": func(ctx context.Context, c *vcf.Client) error {
			_, err := c.RoleOf(ctx, "administrator@vsphere.local")
			return err
		},
		"StartValidation": func(ctx context.Context, c *vcf.Client) error {
			_, err := c.StartValidation(ctx, domain, version)
			return err
		},
		"Validation": func(ctx context.Context, c *vcf.Client) error {
			v, err := c.StartValidation(ctx, domain, version)
			if err == nil {
				_, err = c.Validation(ctx, v.ID)
			}
			return err
		},
	}
	names := reflect.TypeFor[*vcf.Client]()
	for i := range names.NumMethod() {
		if name := names.Method(i).Name; calls[name] == nil && !slices.Contains(silent, name) {
			g.t.Errorf("the client's call %s is not judged: add it here", name)
		}
	}
	g.server.SetTarget("m01", version)
	for _, component := range []string{SDDCManager, NSX, VCenter} { // then it is the hosts' turn
		if _, err := g.server.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: component}); err != nil {
			g.t.Fatal(err)
		}
		g.server.CompleteAll()
	}
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		if err := calls[name](ctx, g.client); err != nil {
			g.t.Errorf("%s: %v", name, err)
		}
	}
	if len(future) == 0 {
		g.t.Error("no future releases")
	}
	// A server that has more pages is asked for them.
	one := `{"pageNumber":0,"pageSize":1,"totalElements":2,"totalPages":2}`
	g.server.Fault(Fault{Method: "GET", Set: map[string]string{"pageMetadata": one}})
	for _, name := range []string{"Domains", "Hosts", "Bundles", "Upgrades", "Tasks", "Personalities", "FutureReleases", "SystemUpgradables"} {
		_ = calls[name](ctx, g.client) // the second page is like the first, which the client may take for an error
	}
}
