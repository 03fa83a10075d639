package upgrades_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"testing"

	"benchmarks/report"

	"vcf-assistant/vcf"
)

// element is one of a list, as long as a real one; %d is its number.
const (
	aHost   = `{"id":"870a025f-6bc5-43db-8386-%012[1]d","fqdn":"m01-esx%[1]d.lab.example","esxiVersion":"8.0.3-24022510","hardwareVendor":"VMware, Inc.","hardwareModel":"VMware7,1","domain":{"id":"e0baa411","name":"m01","type":"MANAGEMENT"},"cluster":{"id":"561ca8fd","name":"m01-cl01"},"status":"ASSIGNED","cpu":{"frequencyMHz":31999.9,"usedFrequencyMHz":1212.0,"cores":24},"memory":{"totalCapacityMB":131068.0,"usedCapacityMB":40231.0},"storage":{"totalCapacityMB":0.0,"usedCapacityMB":0.0}}`
	aBundle = `{"id":"bundle-%012[1]d","type":"VMWARE_SOFTWARE","description":"An upgrade of the component to a version that is described here at some length","version":"5.2.1.0-%[1]d","severity":"CRITICAL","vendor":"VMware","releasedDate":"2024-10-09T12:00:00.000Z","sizeMB":9123.5,"downloadStatus":"PENDING","components":[{"id":"c-%[1]d","type":"VCENTER","description":"vCenter","fromVersion":"8.0.2","toVersion":"8.0.3","vendor":"VMware","imageType":"PATCH"}],"isCumulative":false,"isCompliant":true}`
	aTask   = `{"id":"task-%012[1]d","name":"Upgrade of vCenter to 8.0.3","type":"VCENTER_UPGRADE","status":"SUCCESSFUL","creationTimestamp":"2026-01-01T00:00:00.000Z","completionTimestamp":"2026-01-01T01:00:00.000Z","subTasks":[{"name":"Run prechecks","type":"VCENTER_UPGRADE","description":"Run prechecks","status":"SUCCESSFUL","creationTimestamp":"2026-01-01T00:00:00.000Z","stages":[{"name":"Run prechecks","type":"STAGE","description":"Run prechecks","status":"SUCCESSFUL"}]},{"name":"Install the update","type":"VCENTER_UPGRADE","description":"Install","status":"SUCCESSFUL","creationTimestamp":"2026-01-01T00:00:00.000Z"}],"resources":[{"resourceId":"r-1","type":"VCENTER","fqdn":"m01-vc01.lab.example"}],"errors":[],"isCancellable":false,"isRetryable":false}`
	anItem  = `{"bundleId":"bundle-%012[1]d","bundleType":"VMWARE_SOFTWARE","resource":{"resourceId":"d-%[1]d","type":"DOMAIN","fqdn":"m01-vc01.lab.example"},"softwareComponents":[{"id":"s-1","type":"VCENTER"}],"status":"PENDING","errors":[{"errorCode":"NOT_YET","message":"Another component comes first"}]}`
)

// lists reads each list once, in one answer, and counts what that allocates.
func lists(t *testing.T) report.Section {
	sizes := []int{1, 10, 100, 1000}
	var rows [][]string
	for _, l := range []struct {
		name, element string
		read          func(context.Context, *vcf.Client) (int, error)
	}{
		{"hosts", aHost, func(ctx context.Context, c *vcf.Client) (int, error) { l, err := c.AllHosts(ctx); return len(l), err }},
		{"bundles", aBundle, func(ctx context.Context, c *vcf.Client) (int, error) { l, err := c.Bundles(ctx); return len(l), err }},
		{"tasks", aTask, func(ctx context.Context, c *vcf.Client) (int, error) { l, err := c.Tasks(ctx); return len(l), err }},
		{"upgradables", anItem, func(ctx context.Context, c *vcf.Client) (int, error) {
			l, err := c.SystemUpgradables(ctx)
			return len(l), err
		}},
	} {
		row := []string{l.name}
		var x, y []float64
		for _, n := range sizes {
			var b strings.Builder
			for i := range n {
				fmt.Fprintf(&b, ","+l.element, i)
			}
			c := answering(t, `{"elements":[`+b.String()[1:]+`],"pageMetadata":{"pageNumber":0,"pageSize":1000,"totalElements":`+fmt.Sprint(n)+`,"totalPages":1}}`)
			if _, err := l.read(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			const times = 20
			before := used()
			for range times {
				if got, err := l.read(t.Context(), c); err != nil || got != n {
					t.Fatalf("%s: %d of %d, %v", l.name, got, n, err)
				}
			}
			took := used().since(before)
			row = append(row, fmt.Sprintf("%s kB: %s kB, %s", report.Count(b.Len()/1000), report.Count(took.bytes/times/1000), report.MS(took.cpu/times)))
			x, y = append(x, float64(n)), append(y, float64(took.bytes))
		}
		if e := report.Exponent(x, y); !math.IsNaN(e) {
			row = append(row, fmt.Sprintf("%.2f", e))
		}
		rows = append(rows, row)
	}
	return report.Section{Title: "Lists",
		How:  "Each list read in one answer from memory, the mean of 20 readings: the size of the answer, what reading it allocates in all, and its CPU.",
		Head: []string{"list", "1 element", "10", "100", "1,000", "exponent of the bytes"}, Rows: rows}
}

// answering is a client whose calls are all answered so.
func answering(t *testing.T, body string) *vcf.Client {
	t.Helper()
	c, err := vcf.New(vcf.Config{URL: "https://sddc-manager.lab.example", Username: "a", Password: "VMw@re1!VMw@re1!", Insecure: true, Logger: slog.New(slog.DiscardHandler),
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			text := body
			if strings.HasPrefix(r.URL.Path, "/v1/tokens") {
				text = `{"accessToken":"an-access-token-of-some-length","refreshToken":{"id":"a-refresh-token"}}`
			}
			return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
				ContentLength: -1, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
