package vcf

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Observation is one exchange with SDDC Manager: a call of the client may be several.
type Observation struct {
	Method   string        // GET
	Endpoint string        // /v1/tasks/{id}: ids are left out, so that there are few; other: none that the client calls
	Status   int           // of the answer; 0: there was none
	Elapsed  time.Duration // until the whole answer was read
}

// endpoints are all that the client calls, a literal segment before {id}.
var endpoints = []string{
	"/v1/tokens", "/v1/tokens/access-token/refresh",
	"/v1/domains", "/v1/domains/{id}", "/v1/sddc-managers", "/v1/clusters", "/v1/clusters/{id}", "/v1/hosts", "/v1/vcenters", "/v1/nsxt-clusters",
	"/v1/personalities",
	"/v1/releases", "/v1/releases/domains/validations/{id}", "/v1/releases/domains/{id}", "/v1/releases/domains/{id}/future-releases",
	"/v1/releases/domains/{id}/validations",
	"/v1/bundles", "/v1/bundles/download-status", "/v1/bundles/{id}",
	"/v1/upgradables/domains/{id}", "/v1/upgradables/domains/{id}/nsxt", "/v1/upgradables/domains/{id}/clusters", "/v1/system/upgradables",
	"/v1/system/check-sets/queries", "/v1/system/check-sets", "/v1/system/check-sets/{id}",
	"/v1/upgrades", "/v1/upgrades/{id}", "/v1/tasks", "/v1/tasks/{id}", "/v1/resource-functionalities/global",
	"/v1/users", "/v1/roles", "/v1/system/settings/depot", "/v1/system/backup-configuration",
}

// Endpoint is a path of the API without its ids, as Observation has it: "other" where the
// client does not call it. The path is escaped.
func Endpoint(path string) string {
	for _, e := range endpoints {
		if isAt(e, path) {
			return e
		}
	}
	return "other"
}

// isAt compares segment by segment; {id} stands for anything.
func isAt(endpoint, path string) bool {
	for more := true; more; {
		var want, have string
		var on bool
		want, endpoint, more = strings.Cut(endpoint, "/")
		have, path, on = strings.Cut(path, "/")
		if more != on || want != have && (want != "{id}" || have == "") {
			return false
		}
	}
	return true
}

// observed is a transport that tells of every exchange, those that are repeated too.
type observed struct {
	next http.RoundTripper
	tell func(Observation)
}

func (t *observed) RoundTrip(req *http.Request) (*http.Response, error) {
	o := Observation{Method: req.Method, Endpoint: Endpoint(req.URL.EscapedPath())}
	began := time.Now()
	resp, err := t.next.RoundTrip(req)
	if err != nil || resp.Body == nil {
		if resp != nil {
			o.Status = resp.StatusCode
		}
		o.Elapsed = time.Since(began)
		t.tell(o)
		return resp, err
	}
	o.Status = resp.StatusCode
	resp.Body = &observedBody{ReadCloser: resp.Body, end: sync.OnceFunc(func() {
		o.Elapsed = time.Since(began)
		t.tell(o)
	})}
	return resp, nil
}

// CloseIdleConnections is called by http.Client.
func (t *observed) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// observedBody tells when it is closed: it has been read, has failed, or nobody wants the
// rest.
type observedBody struct {
	io.ReadCloser
	end func()
}

func (b *observedBody) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
