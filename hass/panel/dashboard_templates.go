package panel

import (
	"strings"

	"vcf-assistant/workflow"
)

// Templates of the dashboard's markdown cards. They stand in the dashboard for everybody
// to read and change, and are rendered by Home Assistant as its states change; whoever
// may see the dashboard may see them. An entity or an attribute that is not there must
// leave no error.

// macros are what the templates share. The attributes hold a server's text: t puts a
// backslash before all ASCII punctuation, which markdown takes for the character itself
// everywhere. at is a time as the clock on the wall shows it, for is a duration.
const macros = `{%- macro t(s) %}{{ s | default('', true) | string | regex_replace('([!-/:-@\\[-` + "`" + `{-~])', '\\\\\\1') }}{% endmacro -%}
`

const times = `{%- macro at(s, form='%H:%M') %}{% set s = as_timestamp(s, 0) %}{{ s | timestamp_custom(form) if s }}{% endmacro -%}
{%- macro lasts(seconds) %}{% set s = [seconds | float(0), 0] | max %}{% set m = (s / 60) | round | int %}{% if s < 60 %}{{ s | round | int }}&nbsp;s{% else %}{% if m >= 60 %}{{ m // 60 }}&nbsp;h{{ '&nbsp;' if m % 60 }}{% endif %}{% if m < 60 or m % 60 %}{{ m % 60 }}&nbsp;min{% endif %}{% endif %}{% endmacro -%}
`

// template fills names in, KEY by KEY.
func template(text string, names ...string) string {
	return strings.NewReplacer(names...).Replace(text)
}

// needsTemplate says why a domain needs somebody, in the words of its log.
func needsTemplate(b board) string {
	return template(macros+`> [!{{ 'CAUTION' if is_state('UPGRADE', 'failed') else 'WARNING' }}]
> **{{ t(state_attr('STATUS', 'domain_name') or 'A domain') }}OF:** {{ t(states('LOG')) }}`,
		"STATUS", b.id(statusSensor), "UPGRADE", b.id(upgradeSensor), "LOG", b.id(logSensor), "OF", b.of)
}

// absentTemplate says why nothing is known of a domain.
func absentTemplate(log string) string {
	return template(macros+`{%- set log = states('LOG') -%}
> [!WARNING]
> {% if log in ('unknown', 'unavailable') %}**vcf-assistant is not connected.** It shows this domain again when it runs.
{%- elif log == 'No Messages' %}**Not known.** SDDC Manager does not list this domain now.
{%- elif log.startswith('SDDC Manager cannot be reached') %}**Not known now.** SDDC Manager cannot be reached.
{%- else %}{{ t(log) }}{% endif %}`, "LOG", log)
}

// awayTemplate says why a system cannot be asked.
func awayTemplate(status, connection string) string {
	return template(macros+`{%- set c = 'CONNECTION' -%}
{%- if states[c] is none or is_state(c, 'unavailable') -%}
> [!WARNING]
> **vcf-assistant is not connected.** What it knows comes back when it runs.
{%- elif state_attr(c, 'expected') -%}
> [!NOTE]
> **SDDC Manager is away.** It upgrades itself: an hour or two without an answer is normal.
{%- else -%}
> [!WARNING]
> **SDDC Manager cannot be reached.** {{ t((state_attr(c, 'problem') or state_attr('STATUS', 'problem') or '')[:300]) }}
{%- endif %}`, "STATUS", status, "CONNECTION", connection)
}

// releaseTemplate shows the release the domain has and may go to, and its BOM: now
// beside next where versions are shown. Only the management domain has a version of
// SDDC Manager among its own; the others have that of the system.
func releaseTemplate(b board) string {
	head := macros + `{%- set s = 'STATUS' -%}
{%- set current = state_attr(s, 'current_version') -%}
{%- set next = state_attr(s, 'next_version') -%}
{%- set next = none if next == current else next -%}
{%- set date = (state_attr(s, 'next_release_date') or '')[:10] -%}
Now **{{ t(current or 'unknown') }}**
{%- if next %}, next **{{ t(next) }}**{% if date %} of {{ t(date) }}{% endif %}{% endif %}
`
	const whyNot = `{%- if not next and states(s) not in ('unknown', 'unavailable') %}

No update applies.
{% for w in state_attr(s, 'why_not') or [] %}
- {{ t(w) }}
{%- endfor %}
{%- endif %}
`
	if !b.system.Show.Versions {
		return template(head+`{%- if next %}

| Component | Next |
|:--|:--|
{% for c in state_attr(s, 'Next VCF BOM') or [] -%}
| {{ t(c.publicName or c.name) }} | {{ t(c.version) }} |
{% endfor %}
{%- endif %}
`+whyNot, "STATUS", b.id(statusSensor))
	}
	return template(head+`{%- macro now(id) %}{% set v = states(id) %}{% if v not in ('unknown', 'unavailable', 'none', '') %}{{ t(v) }}{% for o in state_attr(id, 'others') or [] %}, {{ t(o) }}{% endfor %}{% else %}–{% endif %}{% endmacro -%}
{%- set rows = [('sddc', 'SDDC Manager', 'SDDCMANAGER'), ('nsx', 'NSX', 'NSXVERSION'), ('vcenter', 'vCenter', 'VCENTER'), ('esx', 'ESX', 'ESXVERSION')] -%}
{%- set kinds = {'sddcmanager': 'sddc', 'sddcmanagervcf': 'sddc', 'nsx': 'nsx', 'nsxt': 'nsx', 'nsxtmanager': 'nsx', 'vcenter': 'vcenter', 'esx': 'esx', 'esxi': 'esx', 'host': 'esx', 'esxhost': 'esx'} -%}
{%- set found = namespace(kinds=[]) -%}
{%- set sddc = state_attr(s, 'sddc_manager_version') if states('SDDCMANAGER') == 'unknown' else none -%}
{%- if next or states('SDDCMANAGER') ~ states('NSXVERSION') ~ states('VCENTER') ~ states('ESXVERSION') != 'unknown' * 4 %}

| Component | Now |{% if next %} Next |{% endif %}
|:--|:--|{% if next %}:--|{% endif %}
{% for c in state_attr(s, 'Next VCF BOM') or [] if next -%}
{%- set k = kinds.get((c.name or '') | lower | regex_replace('[^a-z0-9]', ''), '') -%}
{%- set found.kinds = found.kinds + [k] -%}
{%- set row = rows | selectattr(0, 'eq', k) | list -%}
| {{ row[0][1] if row else t(c.publicName or c.name) }} | {{ t(sddc) if k == 'sddc' and sddc else now(row[0][2]) if row else '–' }} | {{ t(c.version) }} |
{% endfor -%}
{% for k, name, id in rows if k not in found.kinds and (k == 'sddc' and sddc or states(id) not in ('unknown', 'unavailable')) -%}
| {{ name }} | {{ t(sddc) if k == 'sddc' and sddc else now(id) }} |{% if next %} – |{% endif %}
{% endfor %}
{%- endif %}
`+whyNot, "STATUS", b.id(statusSensor), "SDDCMANAGER", b.id("sensor.vcf_domain%d_sddc_manager_version"), "NSXVERSION", b.id("sensor.vcf_domain%d_nsx_version"),
		"'VCENTER'", "'"+b.id("sensor.vcf_domain%d_vcenter_version")+"'", "ESXVERSION", b.id("sensor.vcf_domain%d_esx_version"))
}

// stepsTemplate lists the parts of an upgrade with their times.
func stepsTemplate(progress string) string {
	return template(macros+times+`{%- set p = 'PROGRESS' -%}
{%- set marks = {'done': '✅', 'running': '⏳', 'failed': '❌', 'skipped': '⏭️'} -%}
{%- set left = state_attr(p, 'left') -%}
{%- set runs = state_attr(p, 'estimated_from') | int(0) -%}
{%- if is_number(states(p)) %}**{{ states(p) }} %**{% endif %}
{%- if left is number and runs %} · about **{{ lasts(left) }}** left, an estimate from {{ runs }} earlier upgrade{{ 's' if runs > 1 }}{% endif %}

| | Step | Time |
|:--|:--|:--|
{% for x in state_attr(p, 'phases') or [] -%}
| {{ marks.get(x.state, '▫️') }} | {% if x.state in ('running', 'failed') %}**{{ t(x.name) }}**{% else %}{{ t(x.name) }}{% endif %} | {% if x.state == 'skipped' %}nothing to do
{%- else %}{{ at(x.started) }}{{ ' · ' if x.started and (x.ended or x.expected) }}
{%- if x.started and x.ended %}{{ lasts(as_timestamp(x.ended, 0) - as_timestamp(x.started, 0)) }}
{%- elif x.expected and x.state != 'failed' %}*≈ {{ lasts(x.expected) }}*{% endif %}{% endif %} |
{% endfor %}
`, "PROGRESS", progress)
}

// historyTemplate lists the upgrades that have ended. One that has just succeeded comes
// among them when it is not shown as the present any more.
func historyTemplate(last, upgrade string) string {
	return template(macros+times+`{%- set runs = state_attr('LAST', 'history') or [] -%}
{%- if runs %}
| | Upgrade | Ended |
|:--|:--|:--|
{% for r in runs -%}
| {{ '✅' if r.result in ('completed', 'successfuly_completed') else '❌' }} | **{{ t(r.from) }} → {{ t(r.to) }}**<br>{{ t(r.started_by or 'unknown') }}{% if r.acknowledged_by and r.acknowledged_by != r.started_by %}, acknowledged by {{ t(r.acknowledged_by) }}{% endif %}{% if r.reason %}<br>*{{ t(r.reason[:120]) }}{{ '…' if r.reason | length > 120 }}*{% endif %} | {{ at(r.ended, '%d&nbsp;%b&nbsp;%Y') }}{% if r.minutes is number %}<br>{{ lasts(as_timestamp(r.ended, 0) - as_timestamp(r.started, 0)) }}{% endif %} |
{% endfor %}
{%- elif states['LAST'] is none %}
Not known now.
{%- elif is_state('UPGRADE', 'successfuly_completed') %}
This one is the first.
{%- else %}
None yet.
{%- endif %}
`, "LAST", last, "UPGRADE", upgrade)
}

// capacityTemplate says what the gauges are made of, and how the clusters stand.
func capacityTemplate(b board) string {
	text := macros + `{%- macro n(x) %}{{ x | round(1) if x < 100 else x | round | int }}{% endmacro -%}
{%- macro used(id, name) %}{% set total = state_attr(id, 'total') %}{% if total is number %}{{ name }} {{ n(state_attr(id, 'used') | float(0)) }} of {{ n(total) }} {{ t(state_attr(id, 'unit')) }}  
{% endif %}{% endmacro -%}
{%- set rows = used('CPU', 'CPU') ~ used('MEMORY', 'Memory') ~ used('STORAGE', 'Storage') -%}
{%- if rows | trim %}
{{ rows }}
{%- else %}
Not known now.
{%- endif %}
`
	if b.system.Show.Capacity >= workflow.CapacityClusters {
		text += `{%- macro share(x) %}{{ (x | round | int) ~ ' %' if x is number else '–' }}{% endmacro -%}
{%- set rows = state_attr('HOSTS', 'clusters') or [] -%}
{%- if rows %}

| Cluster | Hosts | CPU | Mem | Disk |
|:--|--:|--:|--:|--:|
{% for c in rows -%}
| {{ t(c.name) }} | {{ c.hosts | int('–') }} | {{ share(c.cpu_used) }} | {{ share(c.memory_used) }} | {{ share(c.storage_used) }} |
{% endfor %}
{%- endif %}
`
	}
	return template(text, "'CPU', 'CPU'", "'"+b.id("sensor.vcf_domain%d_cpu_used")+"', 'CPU'", "'MEMORY'", "'"+b.id("sensor.vcf_domain%d_memory_used")+"'",
		"'STORAGE'", "'"+b.id("sensor.vcf_domain%d_storage_used")+"'", "HOSTS", b.id("sensor.vcf_domain%d_hosts"))
}
