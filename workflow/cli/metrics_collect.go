package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vcf-assistant/hass"
)

// present reads how things are from the snapshots that Home Assistant is shown too, and
// from the client of Home Assistant: it waits for no lock of a supervisor, so that it
// answers also when one is stuck.
type present struct {
	instances []*instance
	home      *hass.Client
}

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(metricsNamespace+"_"+name, help, labels, nil)
}

var (
	descSDDC        = describe("sddc_manager_up", "Whether SDDC Manager answered last time, 1 or 0.", "instance")
	descRefresh     = describe("last_refresh_timestamp_seconds", "When SDDC Manager's domains were read last.", "instance")
	descCertificate = describe("sddc_manager_certificate_expiry_timestamp_seconds", "End of the certificate that SDDC Manager showed last.", "instance")
	descDomain      = describe("domain_info", "A domain with its versions; always 1. next_version is empty where no update is offered.", "instance", "domain", "name", "version", "next_version")
	descState       = describe("run_state", "The Upgrade Status of a domain, as the label state; always 1.", "instance", "domain", "state")
	descProgress    = describe("run_progress_ratio", "How far the upgrade of a domain is, 0 to 1.", "instance", "domain")
	descStarted     = describe("run_started_timestamp_seconds", "When the upgrade that is shown was started.", "instance", "domain")
	descEntered     = describe("run_step_entered_timestamp_seconds", "When the upgrade that is shown entered its step.", "instance", "domain", "step")
	descHome        = describe("home_assistant_up", "Whether there is a connection to Home Assistant, 1 or 0.")
	descAttempts    = describe("home_assistant_connection_attempts_total", "Attempts to connect to Home Assistant, successful or not.")
	descConnections = describe("home_assistant_connections_total", "Connections to Home Assistant that became usable.")
	descReconnects  = describe("home_assistant_reconnects_total", "Connections to Home Assistant that became usable, all but the first.")
	descWrites      = describe("home_assistant_state_writes_total", "States written to Home Assistant by result, ok or error.", "result")
)

// maxMetricDomains bounds the series of an instance: a system has some tens of domains.
const maxMetricDomains = 500

func (p *present) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descSDDC, descRefresh, descCertificate, descDomain, descState, descProgress, descStarted, descEntered, descHome,
		descAttempts, descConnections, descReconnects, descWrites} {
		to <- d
	}
}

func (p *present) Collect(to chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	at := func(d *prometheus.Desc, t time.Time, labels ...string) {
		if !t.IsZero() {
			gauge(d, float64(t.UnixMilli())/1000, labels...)
		}
	}
	counter := func(d *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	gauge(descHome, truth(p.home.Connected()))
	stats := p.home.Stats()
	counter(descAttempts, stats.Attempts)
	counter(descConnections, stats.Connections)
	counter(descReconnects, stats.Reconnects)
	counter(descWrites, stats.StatesWritten, "ok")
	counter(descWrites, stats.WriteFailures, "error")
	for _, i := range p.instances {
		s := i.latest()
		gauge(descSDDC, truth(s.Backend.Reachable), i.name)
		at(descRefresh, s.Backend.Refreshed, i.name)
		at(descCertificate, s.Backend.CertificateExpires, i.name)
		for _, d := range s.Domains[:min(len(s.Domains), maxMetricDomains)] {
			name, next := "domain"+strconv.Itoa(d.Number), ""
			if d.Next != nil {
				next = d.Next.Version
			}
			gauge(descDomain, 1, i.name, name, labelValue(d.Name), labelValue(d.Current), labelValue(next))
			gauge(descState, 1, i.name, name, labelValue(string(d.UpgradeStatus())))
			if r := d.Run; r != nil {
				gauge(descProgress, float64(r.Progress)/100, i.name, name)
				at(descStarted, r.Started, i.name, name)
				at(descEntered, r.Entered, i.name, name, labelValue(r.Step))
			}
		}
	}
}

var _ prometheus.Collector = (*present)(nil)

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// labelValue is a foreign text as the value of a label: valid, printable and short.
func labelValue(s string) string {
	const most = 80
	s = printable(strings.ToValidUTF8(s, "?"))
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most])
	}
	return s
}
