package vcftest

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"vcf-assistant/vcf"
)

// check starts a precheck by the client's own calls.
func (g *stage) check(ctx context.Context, version string) (string, error) {
	found, err := g.client.QueryCheckSets(ctx, g.server.DomainID("m01"), nil)
	if err != nil {
		return "", err
	}
	return g.client.StartCheckSets(ctx, vcf.CheckSetRun{QueryID: found.QueryID, Metadata: &vcf.CheckSetMetadata{TargetVersion: version},
		Resources: found.Resources})
}

// specs are requests for upgrades that together have every option the client can send.
func (g *stage) specs(version string) []vcf.UpgradeSpec {
	domain, cluster := g.server.DomainID("m01"), g.server.ClusterID("m01-cl01")
	yes, no, number := new(bool), new(bool), new(int)
	*yes, *number = true, 300
	now := []vcf.ResourceUpgradeSpec{{ResourceID: domain, UpgradeNow: true}}
	options := func(action string, failure *vcf.ESXFailureAction) *vcf.ESXOptions {
		return &vcf.ESXOptions{EnforceHCL: true, QuickPatch: true, QuickBoot: true, EvacuateOfflineVMs: true, PowerAction: action, FailureAction: failure}
	}
	image := func(o *vcf.ESXOptions) vcf.UpgradeSpec {
		return vcf.UpgradeSpec{BundleID: g.server.BundleID(version, Host), ResourceType: "CLUSTER", Parallel: no, Resources: []vcf.ResourceUpgradeSpec{
			{ResourceID: cluster, UpgradeNow: true, Personality: &vcf.PersonalitySpec{ID: "p"}, ESXOptions: o}}}
	}
	vcenter := func(in vcf.VCenterInput) vcf.UpgradeSpec {
		in.ResourceID = "vc"
		return vcf.UpgradeSpec{BundleID: g.server.BundleID(version, VCenter), ResourceType: "DOMAIN", Resources: now, VCenter: []vcf.VCenterInput{in}}
	}
	out := []vcf.UpgradeSpec{
		{BundleID: g.server.BundleID(version, SDDCManager), ResourceType: "DOMAIN", Resources: now},
		{BundleID: g.server.BundleID(version, NSX), ResourceType: "DOMAIN", Parallel: yes, Draft: yes,
			Resources: []vcf.ResourceUpgradeSpec{{ResourceID: domain, Scheduled: time.Now().Add(time.Hour).Format(time.RFC3339)}},
			NSX: []vcf.NSXInput{{ID: "nsx", Options: &vcf.NSXOptions{EdgeOnly: true, HostClustersParallel: true, EdgeClustersParallel: true},
				HostClusters: []vcf.NSXHostClusterSpec{{ID: cluster, LiveUpgrade: true, HostParallel: true}}}}},
		vcenter(vcf.VCenterInput{Mechanism: "InPlace"}),
		vcenter(vcf.VCenterInput{Mechanism: "ReducedDowntimeMigration", TemporaryNetwork: &vcf.TemporaryNetwork{Mode: "AUTOMATIC"}}),
		vcenter(vcf.VCenterInput{Mechanism: "ReducedDowntimeMigration", TemporaryNetwork: &vcf.TemporaryNetwork{Mode: "STATIC", IP: "192.0.2.9",
			Netmask: "255.255.255.0", Gateway: "192.0.2.1"}}),
		image(options("", &vcf.ESXFailureAction{Action: "FAIL"})),
		image(options("", &vcf.ESXFailureAction{Action: "RETRY", RetryDelay: number, RetryCount: number})),
		{BundleID: g.server.BundleID(version, Host), ResourceType: "CLUSTER", Resources: []vcf.ResourceUpgradeSpec{
			{ResourceID: cluster, UpgradeNow: true, QuickBoot: yes, EvacuateOff: yes}}},
	}
	for _, action := range []string{"POWER_OFF_VMS", "SUSPEND_VMS", "DO_NOT_CHANGE_VMS_POWER_STATE", "SUSPEND_VMS_TO_MEMORY"} {
		out = append(out, image(options(action, nil)))
	}
	used := map[string]bool{}
	for _, spec := range out {
		mark(reflect.ValueOf(spec), used)
	}
	for name, sent := range used {
		if !sent {
			g.t.Errorf("the option %s is never sent here: add it", name)
		}
	}
	return out
}

// mark notes of every field that can be sent whether it was.
func mark(v reflect.Value, used map[string]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			v = reflect.New(v.Type().Elem())
		}
		mark(v.Elem(), used)
	case reflect.Slice:
		if v.Len() == 0 {
			v = reflect.MakeSlice(v.Type(), 1, 1)
		}
		for i := range v.Len() {
			mark(v.Index(i), used)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Name() + "." + v.Type().Field(i).Name
			used[name] = used[name] || !v.Field(i).IsZero()
			mark(v.Field(i), used)
		}
	}
}

// tokens gets, refreshes and revokes tokens in every way there is.
func tokens(g *stage) {
	ctx := g.t.Context()
	for _, status := range []int{0, 201} {
		for _, answer := range []string{"", "quoted", "object"} {
			g.server.Update(func(m *Model) { m.LoginStatus, m.RefreshAnswer = status, answer })
			g.server.RevokeTokens(true)
			if _, err := g.client.Domains(ctx); err != nil {
				g.t.Error(err)
			}
			time.Sleep(57 * time.Minute) // the token is due: it is refreshed
			if _, err := g.client.Domains(ctx); err != nil {
				g.t.Error(err)
			}
		}
	}
	refresh := g.server.Count("PATCH", "/v1/tokens/access-token/refresh")
	if refresh < 6 {
		g.t.Errorf("%d tokens were refreshed, want 6", refresh)
	}
	pair := g.must(201, "POST", "/v1/tokens", object{"username": g.user, "password": g.pass}).(object)
	id := pair["refreshToken"].(object)["id"].(string)
	for _, body := range []string{id, `"` + id + `"`, `"4711"`, ""} {
		g.do("PATCH", "/v1/tokens/access-token/refresh", body)
	}
	g.do("DELETE", "/v1/tokens/refresh-token", `"`+id+`"`)
	g.do("DELETE", "/v1/tokens/refresh-token", "")
	for _, status := range []int{400, 401} {
		g.server.Update(func(m *Model) { m.BadLoginStatus, m.LockAfter = status, 2 })
		g.must(status, "POST", "/v1/tokens", object{"username": g.user, "password": "wrong"})
	}
	g.must(400, "POST", "/v1/tokens", object{"username": g.user})
	g.must(401, "POST", "/v1/tokens", object{"username": g.user, "password": g.pass}) // locked
	g.server.Unlock()

	// The management vCenter is upgraded: the local account logs in.
	g.server.Update(func(m *Model) { m.LoginDownDuringVCenter = true })
	g.server.SetTarget("m01", g.target())
	if _, err := g.server.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: VCenter}); err != nil {
		g.t.Fatal(err)
	}
	time.Sleep(30 * time.Minute)
	g.client.SSODown(true)
	g.server.RevokeTokens(false)
	if _, err := g.client.Domains(ctx); err != nil {
		g.t.Error(err)
	}
	g.do("PATCH", "/v1/tokens/access-token/refresh", `"`+id+`"`)
	if got := g.login(); got != http.StatusUnauthorized {
		g.t.Errorf("login answered %d", got)
	}
}
