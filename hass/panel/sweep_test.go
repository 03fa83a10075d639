package panel

import (
	"slices"
	"strings"
	"testing"
	"time"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/workflow"
)

// The id of an entity that is no more is free: who takes it takes nothing of ours.
func TestStale_IDIsFreeAfterwards(t *testing.T) {
	bubble(t, Config{Show: everything}, func(h *harness) {
		const host = "sensor.vcf_domain1_host_esx02_cpu_used"
		h.sup.push(stocked())
		h.expect("there", []string{h.stateOf(host)}, "unknown")
		fewer := stocked()
		fewer.Domains[0].Inventory.Hosts = slices.DeleteFunc(fewer.Domains[0].Inventory.Hosts, func(o workflow.Host) bool { return strings.HasPrefix(o.FQDN, "esx02") })
		h.sup.push(fewer)
		h.expect("gone", []string{h.stateOf(host)}, "none")
		h.home.Register(host, "template", "x")
		h.home.SetState(host, "theirs", nil)
		time.Sleep(3 * assertInterval)
		h.expect("notifications", h.noteIDs())
		h.sup.push(stocked())
		h.expect("it is back beside theirs", []string{h.stateOf(host), h.stateOf(host + "_2")}, "theirs", "unknown")
		h.expect("notifications", h.noteIDs(), "vcf_entity_ids")
		h.sup.push(fewer)
		h.expect("gone again", []string{h.stateOf(host), h.stateOf(host + "_2")}, "theirs", "none")
		h.expect("notifications", h.noteIDs())
	})
}

// A state that Home Assistant does not let go of holds up neither the others nor what is
// newer.
func TestStale_OneIsRefused(t *testing.T) {
	left := func(home *hasstest.Server) {
		for _, id := range []string{"sensor.vcf_domain8_status", "sensor.vcf_domain9_status"} {
			home.SetState(id, "up_to_date", map[string]any{"attribution": attribution})
		}
		home.AddFault(hasstest.Fault{On: "DELETE /api/states/sensor.vcf_domain8_status", Status: 500, Body: "{}"})
	}
	bubbleAfter(t, Config{}, left, func(h *harness) {
		time.Sleep(5 * time.Second)
		h.expect("states", []string{h.stateOf("sensor.vcf_domain8_status"), h.stateOf("sensor.vcf_domain9_status")}, "up_to_date", "none")
		h.sup.push(statuses(workflow.SettingTarget, workflow.DownloadingSDDC, workflow.UpgradingSDDC)...)
		h.expect("at once", []string{h.stateOf(status1)}, string(workflow.UpgradingSDDC))
		h.home.ClearFaults()
		time.Sleep(2 * assertInterval)
		h.expect("removed in the end", []string{h.stateOf("sensor.vcf_domain8_status")}, "none")
	})
}

// Of what could not be read since the start nobody knows that it is no more.
func TestStale_NotReadSinceTheStart(t *testing.T) {
	const old = "sensor.vcf_domain1_cluster_old_hosts"
	left := func(home *hasstest.Server) {
		home.SetState(old, "12", map[string]any{"attribution": attribution})
	}
	bubbleAfter(t, Config{Show: everything}, left, func(h *harness) {
		partly := stocked()
		partly.Domains[0].Inventory.Clusters, partly.Domains[0].Inventory.Problem = nil, "clusters could not be read: 500"
		h.sup.push(partly)
		h.expect("not known", []string{h.stateOf(old)}, "unavailable")
		h.sup.push(stocked())
		h.expect("read", []string{h.stateOf(old)}, "none")
	})
}
