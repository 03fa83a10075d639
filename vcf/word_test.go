package vcf

import (
	"net/http"
	"testing"
)

// TestNotFoundIsSDDCManagersOwnWord: a gateway's 404 while services restart says nothing
// about what is there, and is worth asking again.
func TestNotFoundIsSDDCManagersOwnWord(t *testing.T) {
	for _, tc := range []struct {
		kind, body string
		own        bool
	}{
		{"application/json", `{"errorCode":"UPGRADE_NOT_FOUND","message":"no such upgrade"}`, true},
		{"", "", true},
		{"text/plain", "default backend - 404", false},
		{"application/json", `{"timestamp":1,"status":404,"path":"/v1/x"}`, false},
		{"application/json", `{"timestamp":1,"status":404,"error":"Not Found","message":"No message available","path":"/v1/x"}`, false},
		{"text/html", "<html>404</html>", false},
	} {
		err := fail(t, func() (*http.Response, error) {
			return reply(404, tc.body, "Content-Type", tc.kind), nil
		})
		if NotFound(err) != tc.own || Transient(err) == tc.own {
			t.Errorf("%s %q: not found %v, worth asking again %v", tc.kind, tc.body, NotFound(err), Transient(err))
		}
	}
}
