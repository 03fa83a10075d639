package vcftest

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Model52())
		c := newScript(t, s)
		pair := c.must(200, "POST", "/v1/tokens", object{"username": c.user, "password": c.pass}).(object)
		c.token = pair["accessToken"].(string)
		claims, err := base64.RawURLEncoding.DecodeString(strings.Split(c.token, ".")[1])
		if err != nil {
			t.Fatal(err)
		}
		var jwt struct{ Exp int64 }
		if err := json.Unmarshal(claims, &jwt); err != nil || jwt.Exp != time.Now().Add(time.Hour).Unix() {
			t.Errorf("exp %d, %v; want now and 1 h, %d", jwt.Exp, err, time.Now().Add(time.Hour).Unix())
		}
		time.Sleep(time.Hour - time.Second)
		if status, _, _ := c.do("GET", "/v1/domains", nil); status != 200 {
			t.Errorf("status %d a second before exp, want 200", status)
		}
		time.Sleep(time.Second)
		status, v, _ := c.do("GET", "/v1/domains", nil)
		if status != 401 || v.(object)["message"] != "Authorization Header is missing or not in correct format" {
			t.Errorf("status %d, %v at exp, want the vendor's 401", status, v)
		}
		refresh := pair["refreshToken"].(object)["id"].(string)
		for _, body := range []string{refresh, `"` + refresh + `"`} {
			_, v, _ := c.do("PATCH", "/v1/tokens/access-token/refresh", body)
			c.token, _ = v.(string)
			if status, _, _ := c.do("GET", "/v1/domains", nil); status != 200 {
				t.Errorf("status %d with the refreshed token for body %s, want 200", status, body)
			}
		}
		for answer, want := range map[string]string{"quoted": `"ey`, "object": `{"acc`} {
			s.Update(func(m *Model) { m.RefreshAnswer = answer })
			r := s.handleForTest("PATCH", "/v1/tokens/access-token/refresh", refresh)
			if !strings.HasPrefix(string(r.body), want) {
				t.Errorf("refresh answer %s: %.20s", answer, r.body)
			}
		}
		c.must(204, "DELETE", "/v1/tokens/refresh-token", refresh)
		c.must(404, "PATCH", "/v1/tokens/access-token/refresh", refresh)
	})
}

// handleForTest is a request past the transport, for the exact bytes of its answer.
func (s *Server) handleForTest(method, path, body string) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handle(&call{method: method, path: path, body: []byte(body), header: map[string][]string{"Content-Type": {"application/json"}},
		now: s.advance()})
}

func TestRefusedLogins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.LockAfter, m.LockFor = 3, 10*time.Minute
		s := New(m)
		c := newScript(t, s)
		good := c.pass
		for i, want := range []string{"Invalid", "Invalid", "locked", "locked"} {
			c.pass = "wrong"
			if i == 3 {
				c.pass = good
			}
			status, v, _ := c.do("POST", "/v1/tokens", object{"username": c.user, "password": c.pass})
			if message, _ := v.(object)["message"].(string); status != 401 || !strings.Contains(message, want) {
				t.Errorf("login %d: %d %q, want 401 %s", i+1, status, message, want)
			}
		}
		time.Sleep(10 * time.Minute)
		c.pass = good
		if status := c.login(); status != 200 {
			t.Errorf("login after LockFor: %d, want 200", status)
		}
		s.Update(func(m *Model) { m.LoginStatus, m.BadLoginStatus = 201, 400 })
		if status := c.login(); status != 201 {
			t.Errorf("login %d, want the model's 201", status)
		}
		c.pass = "wrong"
		if status := c.login(); status != 400 {
			t.Errorf("refused login %d, want the model's 400", status)
		}
		for _, r := range s.Requests() {
			if strings.Contains(r.Body, good) {
				t.Error("the password is in the records")
			}
		}
	})
}

func TestSSODownDuringVCenter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.LoginDownDuringVCenter, m.LockAfter = true, 1
		s := New(m)
		c := newScript(t, s)
		c.login()
		s.SetTarget("m01", "5.2.1.0")
		if _, err := s.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: VCenter}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(m.VCenter / 2)
		if status, _, _ := c.do("GET", "/v1/domains", nil); status != 401 {
			t.Errorf("the SSO token: %d, want 401", status)
		}
		if status := c.login(); status != 401 {
			t.Errorf("the SSO account: %d, want 401", status)
		}
		local := newScript(t, s)
		local.user, local.pass = "admin@local", "VMw@re1!Local1!"
		if status := local.login(); status != 200 {
			t.Errorf("admin@local: %d, want 200", status)
		}
		local.get("/v1/domains")
		time.Sleep(m.VCenter / 2)
		if status := c.login(); status != 200 {
			t.Errorf("the SSO account afterwards: %d, want 200: a login while SSO is down locks nothing", status)
		}
	})
}

func TestReadOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.ReadOnly = true
		s := New(m)
		c := newScript(t, s)
		c.login()
		c.get("/v1/domains")
		c.must(403, "PATCH", "/v1/releases/domains/"+s.DomainID("m01"), object{"targetVersion": "5.2.1.0"})
		if got := s.Target("m01"); got != "" {
			t.Errorf("target %q was set by a viewer", got)
		}
	})
}
