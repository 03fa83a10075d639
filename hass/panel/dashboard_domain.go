package panel

import "vcf-assistant/workflow"

// view is the view of a domain. It reads from the top: what the state is, what to press,
// what happens, what comes. A phone shows it in this order, a desktop in columns. The
// list of steps stands high while it is what one looks for, and below the findings or
// the failure while they are; past upgrades have the column that the log leaves free.
func (b board) view() object {
	status, upgrade, log := b.id(statusSensor), b.id(upgradeSensor), b.id(logSensor)
	waiting, approving := state(upgrade, string(workflow.WaitingForAck)), state(upgrade, string(workflow.WaitingForApproval))
	failed, action := state(upgrade, string(workflow.Failed)), b.id(actionSensor)
	running := []object{b.active(), not(upgrade, string(workflow.Completed), string(workflow.Failed))}
	running = running[:len(running):len(running)]
	steps := stepsTemplate(b.id("sensor.vcf_domain%d_upgrade_progress"))

	now := []any{heading(b.name, "mdi:server-network", object{"heading_style": "title"})}
	for _, c := range b.statusTiles() {
		now = append(now, c)
	}
	now = append(now,
		with(button(b.id(acknowledgeButton), "Acknowledge Alerts", "mdi:check-decagram", "amber",
			"Go on with the upgrade of "+b.name+" in spite of the errors and warnings on the card?"), object{"grid_options": wide}, when(waiting)),
		with(button(b.id(acknowledgeButton), "Acknowledge Alerts", "mdi:check-decagram", "amber",
			"Let the upgrade of "+b.name+" go on with the component that the card names?"), object{"grid_options": wide}, when(approving)))
	for _, c := range b.progressTiles() {
		now = append(now, c)
	}
	now = append(now,
		with(button(b.id(retryButton), "Retry Upgrade", "mdi:restart", "amber",
			"Let SDDC Manager try the failed component of "+b.name+" again, and go on with the upgrade from there? Put the cause right first."),
			object{"grid_options": wide}, when(not(status, "update_process_started", "unavailable"), failed, state(action, "retry"))),
		with(button(b.id(startButton), "Start Upgrade", "mdi:rocket-launch", "green",
			"Start the upgrade of "+b.name+" to the version shown here? It takes hours, and SDDC Manager is away for about one of them."),
			object{"grid_options": wide}, when(not(status, "update_process_started", "unavailable", "unsupported"), anyOf(state(status, "update_available"), failed))),
		with(button(b.id(cancelButton), "Cancel Upgrade", "mdi:stop-circle", "red",
			"Cancel the upgrade of "+b.name+"? It ends as failed before its next step; what runs in SDDC Manager is not stopped."),
			object{"grid_options": wide}, when(append(running, not(action, "cancel"))...)),
		with(button(b.id(cancelButton), "Cancel Upgrade again", "mdi:stop-circle", "red",
			"Cancel was pressed already. Cancel what runs for "+b.name+" in SDDC Manager too? The component may stay half upgraded."),
			object{"grid_options": wide}, when(append(running, state(action, "cancel"))...)),
		object{"type": "entities", "show_header_toggle": false, "grid_options": wide, "entities": []any{object{"entity": b.id(ignoreToggle), "name": "Ignore Alerts"}}},
		prose(absentTemplate(log), when(state(status, "unavailable"), state(log, noMessages))), // else the log tells it
		prose("No Messages", when(not(status, "unavailable"), state(log, noMessages))),
		heading("Steps", "mdi:format-list-checks", when(b.working()...)),
		prose(steps, when(b.working()...)),
	)

	happens := with(section(
		heading("What happens", "mdi:text-box-outline"),
		prose("{{ state_attr('"+log+"', 'markdown') or 'vcf-assistant is not connected.' }}"),
	), when(not(log, noMessages)))

	standing := when(state(upgrade, string(workflow.WaitingForAck), string(workflow.WaitingForApproval), string(workflow.Failed), string(workflow.Completed)))
	rest := []any{heading("Steps", "mdi:format-list-checks", standing), prose(steps, standing),
		heading("Release", "mdi:package-up"), prose(releaseTemplate(b))}
	if gauges := b.gauges(); len(gauges) > 0 {
		rest = append(rest, heading("Capacity", "mdi:gauge"))
		for _, g := range gauges {
			rest = append(rest, g)
		}
		rest = append(rest, prose(capacityTemplate(b)))
	}
	past := func(conditions ...object) []any {
		return []any{heading("Past upgrades", "mdi:history", when(conditions...)), prose(historyTemplate(b.id("sensor.vcf_domain%d_last_upgrade"), upgrade), when(conditions...))}
	}
	rest = append(rest, past(not(log, noMessages))...)
	quiet := with(section(past()...), when(state(log, noMessages)))

	return object{"title": b.name, "path": b.path, "type": "sections", "max_columns": 3,
		"sections": []any{section(now...), happens, section(rest...), quiet}}
}
