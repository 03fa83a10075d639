package vcftest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestFaults(t *testing.T) {
	isReset := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
	isHang := func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
	for _, tt := range []struct {
		name     string
		fault    Fault
		status   int
		err      func(error) bool
		accepted int
	}{
		{"lost answer", Fault{After: true}, 0, isReset, 1},
		{"lost answer, hanging", Fault{After: true, Cut: Hang}, 0, isHang, 1},
		{"torn answer", Fault{After: true, Cut: Torn}, 202, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }, 1},
		{"done, but 502", Fault{After: true, Status: 502, Body: "<html>", ContentType: "text/html"}, 502, nil, 1},
		{"cut before", Fault{Before: true}, 0, isReset, 0},
		{"refused", Fault{Before: true, Cut: Refused}, 0, func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }, 0},
		{"not done, 500", Fault{Status: 500}, 500, nil, 0},
		{"slow", Fault{Delay: 10 * time.Second}, 202, nil, 1},
		{"too slow", Fault{Delay: time.Minute}, 0, isHang, 0},
		{"another bundle", Fault{Contains: "no such bundle", Before: true}, 202, nil, 1},
		{"another method", Fault{Method: "GET", Before: true}, 202, nil, 1},
		{"skipped", Fault{Skip: 1, Before: true}, 202, nil, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := Model52()
				m.Downloaded = true
				s := New(m)
				c := newScript(t, s)
				c.login()
				s.SetTarget("m01", "5.2.1.0")
				tt.fault.Path = "/v1/upgrades"
				s.Fault(tt.fault)
				status, _, err := c.do("POST", "/v1/upgrades", object{"bundleId": s.BundleID("5.2.1.0", SDDCManager), "resourceType": "DOMAIN",
					"resourceUpgradeSpecs": []object{{"resourceId": s.DomainID("m01"), "upgradeNow": true}}})
				if status != tt.status || (err != nil) != (tt.err != nil) || tt.err != nil && !tt.err(err) {
					t.Errorf("status %d, %v; want %d", status, err, tt.status)
				}
				if n := len(s.Accepted()); n != tt.accepted {
					t.Errorf("%d upgrades accepted, want %d", n, tt.accepted)
				}
				if n := s.Count("POST", "/v1/upgrades"); n != 1 {
					t.Errorf("%d requests counted, want 1", n)
				}
			})
		})
	}
}

func TestFaultTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Model52())
		c := newScript(t, s)
		c.login()
		s.Fault(Fault{Method: "GET", Path: "/v1/domains/", Skip: 1, Times: 2, Status: 503})
		s.Fault(Fault{Method: "GET", Path: "/v1/*/" + s.DomainID("m01"), Times: 4, Status: 504})
		s.Down(Refused, time.Minute)
		if _, _, err := c.do("GET", "/v1/domains/"+s.DomainID("m01"), nil); err == nil {
			t.Error("an answer while down")
		}
		time.Sleep(time.Minute)
		var got []int
		for range 5 {
			status, _, _ := c.do("GET", "/v1/domains/"+s.DomainID("m01"), nil)
			got = append(got, status)
		}
		want := []int{504, 503, 503, 504, 200}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("statuses %v, want %v", got, want)
			}
		}
		if n := s.Count("", "/v1/domains/*"); n != 6 {
			t.Errorf("%d requests counted, want 6", n)
		}
		if n := s.Count(http.MethodGet, "/v1/domains"); n != 0 {
			t.Errorf("%d requests of the list counted, want none", n)
		}
		s.Reset()
		if n := s.Count("", ""); n != 0 {
			t.Errorf("%d requests after Reset", n)
		}
	})
}
