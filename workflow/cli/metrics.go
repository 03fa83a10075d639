package cli

import (
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// metrics are what the service counts for Prometheus. What only tells how things are is
// read from the service when it is asked for: see metrics_collect.go.
type metrics struct {
	registry *prometheus.Registry

	requests      *prometheus.CounterVec
	requestTime   *prometheus.HistogramVec
	journalWrites *prometheus.CounterVec
	journalTime   *prometheus.HistogramVec
	steps         *prometheus.HistogramVec

	mu   sync.Mutex
	last map[string]workflow.Transition // the newest line of a run that has not ended, by instance and domain
}

// Names begin with this.
const metricsNamespace = "vcf_assistant"

func newMetrics() *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: metricsNamespace, Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: metricsNamespace, Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &metrics{registry: prometheus.NewRegistry(), last: map[string]workflow.Transition{},
		requests: counter("sddc_manager_requests_total",
			"Requests to SDDC Manager by endpoint, method and status code; code none: there was no answer.", "instance", "endpoint", "method", "code"),
		requestTime: histogram("sddc_manager_request_duration_seconds",
			"Time until the whole answer of SDDC Manager was read.", []float64{.05, .25, 1, 5, 15, 60}, "instance", "endpoint", "method"),
		journalWrites: counter("journal_writes_total", "Lines written to journals by result, ok or error.", "instance", "result"),
		journalTime: histogram("journal_write_duration_seconds",
			"Time that a line of a journal took until it was on disk.", []float64{.001, .005, .025, .1, .5, 2, 10}, "instance"),
		steps: histogram("step_seconds",
			"Time that steps of upgrades took, waits for people and restarts of the service included.",
			[]float64{1, 10, 60, 300, 900, 1800, 3600, 7200, 14400, 43200}, "instance", "step"),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{Namespace: metricsNamespace, Name: "build_info", Help: "The version that runs; always 1.",
		ConstLabels: prometheus.Labels{"version": version(), "goversion": runtime.Version()}})
	build.Set(1)
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build, m.requests, m.requestTime, m.journalWrites, m.journalTime, m.steps)
	return m
}

// observe lets an instance's parts tell what they do. Series that an alert waits for are
// there, at zero, before anything happened.
func (m *metrics) observe(p *instanceParts) {
	name := p.name
	for _, result := range []string{"ok", "error"} {
		m.journalWrites.WithLabelValues(name, result)
	}
	m.journalTime.WithLabelValues(name)
	p.vcf.Observe = func(o vcf.Observation) { m.requested(name, o) }
	p.workflow.Wrote = func(t workflow.Transition, took time.Duration, err error) { m.wrote(name, t, took, err) }
}

// requested takes one exchange. The client's own endpoints are few, and a server can name
// no other; methods and codes are bounded here.
func (m *metrics) requested(instance string, o vcf.Observation) {
	method := o.Method
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete:
	default:
		method = "other"
	}
	code := "other"
	switch {
	case o.Status == 0:
		code = "none"
	case o.Status >= 100 && o.Status <= 599:
		code = strconv.Itoa(o.Status)
	}
	m.requests.WithLabelValues(instance, o.Endpoint, method, code).Inc()
	m.requestTime.WithLabelValues(instance, o.Endpoint, method).Observe(o.Elapsed.Seconds())
}

// wrote takes a line of a journal. A step ends with the line of the next one, or with the
// end of the run; one that this process has not heard of before is not timed.
func (m *metrics) wrote(instance string, t workflow.Transition, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.journalWrites.WithLabelValues(instance, result).Inc()
	m.journalTime.WithLabelValues(instance).Observe(took.Seconds())
	if err != nil {
		return
	}
	key := instance + "/" + strconv.Itoa(t.State.Domain.Number)
	m.mu.Lock()
	before, known := m.last[key]
	known = known && before.State.Started.Equal(t.State.Started)
	if t.Ended {
		delete(m.last, key)
	} else {
		m.last[key] = t
	}
	m.mu.Unlock()
	if known && before.Step != t.Step {
		m.stepEnded(instance, before.Step, t.Entered.Sub(before.Entered))
	}
	if known && t.Ended {
		m.stepEnded(instance, t.Step, t.Time.Sub(t.Entered))
	}
}

func (m *metrics) stepEnded(instance, step string, took time.Duration) {
	m.steps.WithLabelValues(instance, step).Observe(max(0, took).Seconds())
}
