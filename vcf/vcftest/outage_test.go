package vcftest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// kindOf names what a request met.
func (c *script) kindOf() string {
	status, v, err := c.do("GET", "/v1/domains", nil)
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) && errors.As(err, &op) && op.Op == "dial":
		return Refused
	case errors.Is(err, syscall.ECONNRESET):
		return Reset
	case errors.Is(err, context.DeadlineExceeded):
		return Hang
	case err != nil:
		return TLS
	case status == http.StatusUnauthorized:
		return "401"
	}
	if text, isText := v.(string); isText && strings.Contains(text, "<html>") {
		if status == http.StatusOK {
			return HTML
		}
		return http.StatusText(status)
	}
	return "up"
}

func TestOutageOfTheUpgrade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.OutageKinds = []string{Refused, "503", Hang, Reset, HTML, TLS}
		m.FalseRecovery, m.SecondOutage = 6*time.Minute, 12*time.Minute
		m.Starting = true
		s := New(m)
		c := newScript(t, s)
		c.login()
		old := c.token
		s.SetTarget("m01", "5.2.1.0")
		id, err := s.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: SDDCManager})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		at := func(d time.Duration, want string) {
			t.Helper()
			time.Sleep(time.Until(start.Add(d)))
			if got := c.kindOf(); got != want {
				t.Errorf("after %v: %s, want %s", d, got, want)
			}
		}
		at(14*time.Minute, "up")
		at(16*time.Minute, Refused)
		at(26*time.Minute, "Service Unavailable")
		at(36*time.Minute, Hang)
		at(46*time.Minute, Reset)
		at(56*time.Minute, HTML)
		at(66*time.Minute, TLS)
		at(76*time.Minute, "401") // back, with dead tokens
		c.login()
		at(77*time.Minute, "up")
		if got := c.get("/v1/sddc-managers")["elements"].([]any)[0].(object)["version"]; got != release5200.SDDCManager {
			t.Errorf("version %v in the false recovery, want the old one", got)
		}
		at(82*time.Minute, Refused)
		at(94*time.Minute, "401")
		c.login()
		c.must(500, "GET", "/v1/upgrades/"+id, nil)
		at(95*time.Minute, "up")
		at(97*time.Minute+time.Second, "up")
		if got := c.get("/v1/upgrades/" + id)["status"]; got != "COMPLETED_WITH_SUCCESS" {
			t.Errorf("upgrade %v at the end", got)
		}
		if c.token == old {
			t.Error("the token from before the outage lived on")
		}
	})
}

func TestDownKeepsTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Model52())
		c := newScript(t, s)
		c.login()
		s.Down("502", time.Minute)
		if got := c.kindOf(); got != "Bad Gateway" {
			t.Errorf("%s while down, want Bad Gateway", got)
		}
		time.Sleep(time.Minute)
		if got := c.kindOf(); got != "up" {
			t.Errorf("%s afterwards, want up", got)
		}
	})
}
