package panel

import "vcf-assistant/workflow"

// overview is the first view: what needs somebody, then every system and its domains.
func overview(systems []Shown) object {
	var urgent []object
	var cards []any
	for _, s := range systems {
		for _, b := range s.boards() {
			needed := state(b.id(upgradeSensor), string(workflow.WaitingForAck), string(workflow.WaitingForApproval), string(workflow.Failed))
			urgent = append(urgent, needed)
			cards = append(cards, prose(needsTemplate(b), when(needed)), tile(b.id(upgradeSensor), "Open "+b.name, "mdi:arrow-right-circle", "primary",
				object{"hide_state": true, "grid_options": wide}, when(needed), b.opens()))
		}
	}
	sections := []any{}
	if len(cards) > 0 {
		cards = append([]any{heading("Needs you", "mdi:account-alert", object{"heading_style": "title"})}, cards...)
		sections = append(sections, with(section(cards...), when(anyOf(urgent...))))
	}
	for _, s := range systems {
		if s.Show.System || len(systems) > 1 {
			sections = append(sections, s.systemSection())
		}
		for _, b := range s.boards() {
			sections = append(sections, b.block())
		}
	}
	return object{"title": "Overview", "path": "overview", "icon": "mdi:view-dashboard", "type": "sections", "max_columns": 3, "sections": sections}
}

// title is the system as a heading.
func (s Shown) title() string {
	if s.Instance != "" {
		return "VCF " + s.Instance
	}
	return "VMware Cloud Foundation"
}

// overall are the states of the overall status as people read them, one tile each: a
// state of ours has no translation in Home Assistant.
var overall = []struct{ state, name, icon, color string }{
	{"up_to_date", "Up to date", "mdi:check-circle", "green"},
	{"update_available", "Update available", "mdi:package-up", "blue"},
	{"upgrading", "Upgrade running", "mdi:progress-upload", "primary"},
	{"waiting_for_acknowledgement", "Waiting for an acknowledgement", "mdi:account-alert", "amber"},
	{"failed", "Upgrade failed", "mdi:alert-circle", "red"},
	{"unavailable", "SDDC Manager is away", "mdi:lan-disconnect", "red"},
}

// systemSection is a VCF instance as a whole.
func (s Shown) systemSection() object {
	cards := []any{heading(s.title(), "mdi:cloud", object{"heading_style": "title"})}
	if !s.Show.System {
		return section(cards...)
	}
	id := func(pattern string) string { return s.id(pattern, 0) }
	status, connection := id("sensor.vcf_overall_status"), id("binary_sensor.vcf_connection")
	for _, o := range overall {
		cards = append(cards, tile(status, o.name, o.icon, o.color,
			object{"state_content": []string{"sddc_manager", "sddc_manager_version"}, "grid_options": wide},
			when(state(status, o.state), known(connection))))
	}
	cards = append(cards, prose(awayTemplate(status, connection), when(state(connection, "off", "unavailable"))))
	for _, t := range []struct{ id, name, icon, color string }{
		{"binary_sensor.vcf_connection", "Connection", "mdi:lan-connect", "green"},
		{"binary_sensor.vcf_updates_available", "Updates", "mdi:package-up", "blue"},
		{"sensor.vcf_active_domains", "Active domains", "mdi:server-network", "primary"},
		{"sensor.vcf_certificate_expiry", "Certificate ends", "mdi:certificate", "primary"},
		{"sensor.vcf_last_refresh", "Last refresh", "mdi:update", "primary"},
	} {
		cards = append(cards, tile(id(t.id), t.name, t.icon, t.color, when(known(id(t.id)))))
	}
	cards = append(cards, button(id("input_button.vcf_check_for_updates"), "Check now", "mdi:refresh", "primary", ""))
	return section(cards...)
}

// block is a domain in short.
func (b board) block() object {
	to := object{"tap_action": object{"action": "navigate", "navigation_path": b.path}}
	cards := []any{heading(b.name, "mdi:server-network", object{"heading_style": "title"}, to)}
	cards = append(cards, prose(absentTemplate(b.id(logSensor)), when(state(b.id(statusSensor), "unavailable"))))
	for _, c := range b.statusTiles() {
		cards = append(cards, with(c, b.opens()))
	}
	for _, c := range b.progressTiles() {
		cards = append(cards, with(c, b.opens()))
	}
	for _, c := range b.gauges() {
		cards = append(cards, c)
	}
	return section(cards...)
}

// statusTiles are one tile for each thing a domain's status can be; one is seen.
func (b board) statusTiles() []object {
	status, upgrade, update := b.id(statusSensor), b.id(upgradeSensor), b.id(updateEntity)
	current := object{"state_content": []string{"current_version"}, "grid_options": wide}
	quiet := not(upgrade, string(workflow.Failed))
	return []object{
		tile(upgrade, "Upgrade failed", "mdi:alert-circle", "red", object{"hide_state": true, "grid_options": wide}, when(state(upgrade, string(workflow.Failed)))),
		tile(status, "Up to date", "mdi:check-circle", "green", current, when(state(status, "up_to_date"), quiet)),
		tile(update, "Update available", "mdi:package-up", "blue", object{"state_content": []string{"latest_version"}, "grid_options": wide},
			when(state(status, "update_available"), state(update, "on"))),
		tile(update, "Update skipped", "mdi:debug-step-over", "grey", object{"state_content": []string{"latest_version"}, "grid_options": wide},
			when(state(status, "update_available"), not(update, "on"), known(update))),
		tile(status, "Upgraded with other tools", "mdi:information", "grey", current, when(state(status, "unsupported"))),
		tile(upgrade, "Upgrade completed", "mdi:check-decagram", "green", object{"state_content": []string{"target_version"}, "grid_options": wide},
			when(state(upgrade, string(workflow.Completed)))),
		tile(upgrade, "Waiting for an acknowledgement", "mdi:account-alert", "amber", object{"state_content": []string{"target_version"}, "grid_options": wide},
			when(state(upgrade, string(workflow.WaitingForAck)))),
		tile(upgrade, "Waiting for an approval", "mdi:account-alert", "amber", object{"state_content": []string{"component"}, "grid_options": wide},
			when(state(upgrade, string(workflow.WaitingForApproval)))),
		// Not the attribute window_opens: a browser elsewhere would show it in its own zone.
		tile(b.id(logSensor), "Waiting for the maintenance window", "mdi:calendar-clock", "primary", object{"grid_options": wide},
			when(b.active(), state(upgrade, string(workflow.WaitingForWindow)))),
		tile(b.id(logSensor), "Upgrade running", "mdi:progress-upload", "primary", object{"grid_options": wide},
			when(append(b.working(), not(upgrade, string(workflow.WaitingForWindow)))...)),
	}
}

// active holds while a run has not ended.
func (b board) active() object { return state(b.id(statusSensor), "update_process_started") }

// working holds while a run needs nobody.
func (b board) working() []object {
	return []object{b.active(), not(b.id(upgradeSensor), string(workflow.WaitingForAck), string(workflow.WaitingForApproval), string(workflow.Completed), string(workflow.Failed))}
}

// progressTiles are how far an upgrade is, and when it may end.
func (b board) progressTiles() []object {
	progress, end := b.id("sensor.vcf_domain%d_upgrade_progress"), b.id("sensor.vcf_domain%d_upgrade_estimated_end")
	alone := object{"grid_options": wide}
	return []object{
		tile(progress, "Progress", "mdi:progress-clock", "primary", when(append(b.working(), known(progress), known(end))...)),
		tile(end, "Estimated end", "mdi:flag-checkered", "primary", when(append(b.working(), known(progress), known(end))...)),
		tile(progress, "Progress", "mdi:progress-clock", "primary", alone, when(append(b.working(), known(progress), state(end, "unknown", "unavailable"))...)),
	}
}

// gauges are how much of a domain is in use.
func (b board) gauges() []object {
	if b.system.Show.Capacity < workflow.CapacityDomains {
		return nil
	}
	var out []object
	for _, g := range []struct{ id, name string }{
		{"sensor.vcf_domain%d_cpu_used", "CPU"}, {"sensor.vcf_domain%d_memory_used", "Memory"}, {"sensor.vcf_domain%d_storage_used", "Storage"},
	} {
		out = append(out, object{"type": "gauge", "entity": b.id(g.id), "name": g.name, "min": 0, "max": 100,
			"severity": object{"green": 0, "yellow": 80, "red": 90}, "grid_options": object{"columns": 4, "rows": 2}},
		)
		with(out[len(out)-1], when(object{"condition": "numeric_state", "entity": b.id(g.id), "above": -1}))
	}
	return out
}
