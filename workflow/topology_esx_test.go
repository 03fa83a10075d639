package workflow

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

type object = map[string]any

// body is what was sent for an upgrade.
func body(t *testing.T, u vcftest.Upgrade) object {
	t.Helper()
	var out object
	if err := json.Unmarshal([]byte(u.Body), &out); err != nil {
		t.Fatalf("body of %s: %v", u.Component, err)
	}
	return out
}

// list follows keys through lists of objects.
func list(from object, keys ...string) []object {
	at := []object{from}
	for _, key := range keys {
		var next []object
		for _, o := range at {
			items, _ := o[key].([]any)
			for _, item := range items {
				next = append(next, item.(object))
			}
		}
		at = next
	}
	return at
}

// hostsOnly leaves nothing of the management domain's upgrade to do but ESX: somebody did the rest.
func hostsOnly(w *world) {
	w.t.Helper()
	w.sim.DownloadAll()
	w.sim.SetTarget("m01", w.domain(1).Next.Version)
	for _, c := range []string{sddc, nsx, vc} {
		if _, err := w.sim.StartUpgrade(vcftest.ForeignUpgrade{Domain: "m01", Component: c}); err != nil {
			w.t.Fatal(err)
		}
		w.sim.CompleteAll()
	}
}

// What is configured for ESX is sent exactly so: of an image cluster in its options, of a baseline cluster what baselines have.
func TestTopology_ESXOptionsAreSentAsConfigured(t *testing.T) {
	t.Parallel()
	careful := object{"enforceHclValidation": true, "enableQuickPatch": false, "enableQuickboot": false, "evacuateOfflineVms": false,
		"preRemediationPowerAction": "DO_NOT_CHANGE_VMS_POWER_STATE", "esxUpgradeFailureAction": object{"action": "FAIL"}}
	with := func(change object) object {
		out := object{}
		for _, o := range []object{careful, change} {
			for k, v := range o {
				out[k] = v
			}
		}
		return out
	}
	for _, tc := range []struct {
		name     string
		set      func(*ESXOptions)
		image    object // esxUpgradeOptionsSpec
		baseline object // beside resourceId and upgradeNow
	}{
		{"the defaults", func(*ESXOptions) {}, careful, object{"enableQuickboot": false, "evacuateOfflineVms": false}},
		{"quick boot", func(o *ESXOptions) { o.QuickBoot = true }, with(object{"enableQuickboot": true}), object{"enableQuickboot": true, "evacuateOfflineVms": false}},
		{"evacuation, no compatibility list", func(o *ESXOptions) { o.EvacuateOfflineVMs, o.EnforceHCL = true, false },
			with(object{"evacuateOfflineVms": true, "enforceHclValidation": false}), object{"enableQuickboot": false, "evacuateOfflineVms": true}},
		{"quick patch, power, least retry", func(o *ESXOptions) {
			o.QuickPatch, o.PowerAction, o.FailureAction = true, "SUSPEND_VMS_TO_MEMORY", FailureAction{Action: "RETRY", Delay: 5 * time.Minute, Count: 3}
		}, with(object{"enableQuickPatch": true, "preRemediationPowerAction": "SUSPEND_VMS_TO_MEMORY",
			"esxUpgradeFailureAction": object{"action": "RETRY", "retryDelay": 300.0, "retryCount": 3.0}}), object{"enableQuickboot": false, "evacuateOfflineVms": false}},
		{"most retry", func(o *ESXOptions) { o.FailureAction = FailureAction{Action: "RETRY", Delay: time.Hour, Count: 100} },
			with(object{"esxUpgradeFailureAction": object{"action": "RETRY", "retryDelay": 3600.0, "retryCount": 100.0}}),
			object{"enableQuickboot": false, "evacuateOfflineVms": false}},
	} {
		play(t, model(clusters(0, "A", "b"), oneImage), func(w *world) {
			hostsOnly(w)
			if d := w.upgrade(1); d.UpgradeStatus() != Completed {
				w.t.Fatalf("%s: ended as %s: %s", tc.name, d.UpgradeStatus(), d.Run.Reason)
			}
			bundle, accepted := w.sim.BundleID("5.2.1.0", host), w.sim.Accepted()
			base := object{"resourceId": w.sim.ClusterID("b"), "upgradeNow": true}
			for k, v := range tc.baseline {
				base[k] = v
			}
			client := w.config().Client
			defer client.Close()
			images, err := client.Personalities(w.t.Context())
			if err != nil {
				w.t.Fatal(err)
			}
			for i, resource := range []object{{"resourceId": w.sim.ClusterID("a"), "upgradeNow": true, "esxUpgradeOptionsSpec": tc.image,
				"personalitySpec": object{"personalityId": images[0].ID}}, base} {
				want := object{"bundleId": bundle, "resourceType": "CLUSTER", "parallelUpgrade": false, "resourceUpgradeSpecs": []any{resource}}
				if diff := cmp.Diff(want, body(w.t, accepted[i])); diff != "" {
					t.Errorf("%s: body (-want +got):\n%s", tc.name, diff)
				}
			}
		}, func(c *Config) { rarely(c); tc.set(&c.Options.ESX) })
	}
}

// A server that enforces what its schema requires takes no FAIL without numbers: it is a refusal, nothing is started, and RETRY, which
// has both, is the way on.
func TestTopology_FailureActionThatIsRefused(t *testing.T) {
	t.Parallel()
	play(t, model(clusters(0, "A"), oneImage), func(w *world) {
		hostsOnly(w)
		w.sim.Fault(vcftest.Fault{Method: "POST", Path: "/v1/upgrades", Contains: `"esxUpgradeFailureAction":{"action":"FAIL"}`, Status: 400, ContentType: "application/json",
			Body: `{"errorCode":"INVALID_REQUEST_BODY","message":"retryCount must not be null"}`})
		d := w.upgrade(1)
		if d.UpgradeStatus() != Failed || !strings.Contains(d.Run.Reason, "retryCount must not be null") {
			w.t.Fatalf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
		if n := w.sim.Count("POST", "/v1/upgrades"); n != 1 || len(w.sim.Accepted()) != 0 {
			t.Errorf("POST /v1/upgrades sent %d times, accepted %q", n, sent(w.sim))
		}
		w.shutdown()
		before := w.alter
		w.alter = func(c *Config) {
			before(c)
			c.Options.ESX.FailureAction = FailureAction{Action: "RETRY", Delay: 10 * time.Minute, Count: 5}
		}
		w.boot()
		if d := w.upgrade(1); d.UpgradeStatus() != Completed {
			t.Errorf("with RETRY: ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
		}
	})
}

// vCenter in place is sent without a network, reduced downtime with the configured one.
func TestTopology_VCenterIsSentAsConfigured(t *testing.T) {
	t.Parallel()
	static := &vcf.TemporaryNetwork{Mode: "STATIC", IP: "192.0.2.9", Netmask: "255.255.255.0", Gateway: "192.0.2.1"}
	for _, tc := range []struct {
		options VCenterOptions
		want    object
	}{
		{VCenterOptions{Mechanism: "InPlace"}, object{"upgradeMechanism": "InPlace"}},
		{VCenterOptions{Mechanism: "InPlace", TemporaryNetwork: static}, object{"upgradeMechanism": "InPlace"}},
		{VCenterOptions{Mechanism: "ReducedDowntimeMigration", TemporaryNetwork: static}, object{"upgradeMechanism": "ReducedDowntimeMigration",
			"temporaryNetwork": object{"networkMode": "STATIC", "ipAddress": "192.0.2.9", "subnetMask": "255.255.255.0", "gateway": "192.0.2.1"}}},
		{VCenterOptions{Mechanism: "ReducedDowntimeMigration", TemporaryNetwork: &vcf.TemporaryNetwork{Mode: "AUTOMATIC"}},
			object{"upgradeMechanism": "ReducedDowntimeMigration", "temporaryNetwork": object{"networkMode": "AUTOMATIC"}}},
	} {
		play(t, model(order("5.2.1.0", vc, nsx, host), func(m *vcftest.Model) { m.FailComponent = nsx }), func(w *world) {
			w.upgrade(1) // as far as NSX
			client := w.config().Client
			defer client.Close()
			d, err := client.Domain(w.t.Context(), w.sim.DomainID("m01"))
			if err != nil {
				w.t.Fatal(err)
			}
			tc.want["resourceId"] = d.VCenters[0].ID
			want := object{"bundleId": w.sim.BundleID("5.2.1.0", vc), "resourceType": "DOMAIN", "vcenterUpgradeUserInputSpecs": []any{tc.want},
				"resourceUpgradeSpecs": []any{object{"resourceId": d.ID, "upgradeNow": true}}}
			if diff := cmp.Diff(want, body(w.t, w.sim.Accepted()[1])); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		}, func(c *Config) { rarely(c); c.Options.VCenter = tc.options })
	}
}
