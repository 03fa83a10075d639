package panel

import (
	"vcf-assistant/hass"
	"vcf-assistant/workflow"
)

// scope is what a row of the table stands for.
type scope int

const (
	aDomain  scope = iota
	aSystem        // the VCF instance
	aCluster       // of a domain
	aHost          // of a domain
)

// row is an entity; %d is the domain's number, %s the cluster or host. Rows with a state
// are written by us, in this order; rows with a press or without either are helpers,
// which Home Assistant keeps and people use.
type row struct {
	of         scope
	id         string
	name       string // a helper's id is the slug of its name: the two must agree
	icon       string
	state      func(view) string
	attributes func(view) map[string]any
	press      workflow.Action
}

// table is every entity of a domain. Upgrade Status comes after the logs, so that an
// automation that it triggers reads the text that belongs to it.
var table = []row{
	{id: "input_button.vcf_domain%d_start_upgrade", name: "VCF domain%d Start Upgrade", icon: "mdi:rocket-launch", press: workflow.Start},
	{id: "input_button.vcf_domain%d_acknowledge_alerts", name: "VCF domain%d Acknowledge Alerts", icon: "mdi:check-decagram", press: workflow.Acknowledge},
	{id: "input_button.vcf_domain%d_cancel_upgrade", name: "VCF domain%d Cancel Upgrade", icon: "mdi:stop-circle-outline", press: workflow.Cancel},
	{id: "input_boolean.vcf_domain%d_ignore_alerts", name: "VCF domain%d Ignore Alerts", icon: "mdi:bell-off-outline"},

	{id: "sensor.vcf_domain%d_status", name: "VCF domain%d Status", icon: "mdi:server-network", state: status, attributes: statusAttributes},
	{id: "sensor.vcf_domain%d_upgrade_logs", name: "VCF domain%d Upgrade Logs", icon: "mdi:text-box-outline", state: logState, attributes: logAttributes},
	{id: "sensor.vcf_domain%d_upgrade_status", name: "VCF domain%d Upgrade Status", icon: "mdi:progress-upload", state: upgradeStatus, attributes: upgradeAttributes},
	{id: "update.vcf_domain%d", name: "VCF domain%d Update", icon: "mdi:package-up", state: updateState, attributes: updateAttributes},
}

// The ids of table that other files look up.
const (
	startButton       = "input_button.vcf_domain%d_start_upgrade"
	acknowledgeButton = "input_button.vcf_domain%d_acknowledge_alerts"
	cancelButton      = "input_button.vcf_domain%d_cancel_upgrade"
	ignoreToggle      = "input_boolean.vcf_domain%d_ignore_alerts"
	statusSensor      = "sensor.vcf_domain%d_status"
	logSensor         = "sensor.vcf_domain%d_upgrade_logs"
	upgradeSensor     = "sensor.vcf_domain%d_upgrade_status"
	updateEntity      = "update.vcf_domain%d"
)

// Entities is what Home Assistant shows of a snapshot: the same snapshot and options
// give the same entities. Every state has at most 255 characters and every entity's
// attributes less than the recorder takes.
func Entities(s workflow.Snapshot, o Options) []hass.Entity {
	var out []hass.Entity
	name := instance(o.Instance)
	for _, d := range s.Domains {
		v := view{Domain: d, Backend: s.Backend, s: s, o: o}
		for _, r := range table {
			if r.state == nil || r.of != aDomain {
				continue
			}
			attributes := r.attributes(v)
			attributes["friendly_name"] = name.called(r.name, d.Number)
			attributes["icon"] = r.icon
			state := short(r.state(v), hass.MaxState)
			if state == "" {
				state = "unknown"
			}
			out = append(out, hass.Entity{ID: name.entityID(r.id, d.Number), State: state, Attributes: attributes})
		}
	}
	return out
}
