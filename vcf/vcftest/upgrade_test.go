package vcftest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestUpgradeBothDomains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := Model52()
		m.OutageKinds = []string{Refused, "503", HTML, Hang, Reset, "401", TLS}
		s := New(m)
		c := newScript(t, s)
		c.login()
		start := time.Now()
		for _, domain := range []string{"m01", "w01"} {
			order, err := c.upgrade(s.DomainID(domain), "5.2.1.0")
			want := []string{SDDCManager, NSX, VCenter, Host}
			if domain == "w01" {
				want = want[1:]
			}
			if diff := cmp.Diff(want, order); diff != "" || err != nil {
				t.Fatalf("%s: %v, components (-want +got):\n%s", domain, err, diff)
			}
			if got := c.list("/v1/releases?domainId=" + s.DomainID(domain))[0]["version"]; got != "5.2.1.0" {
				t.Errorf("%s is on %v, want 5.2.1.0", domain, got)
			}
		}
		want := map[string]string{NSX: release5210.NSX, VCenter: release5210.VCenter, Host: release5210.ESX, SDDCManager: release5210.SDDCManager}
		if diff := cmp.Diff(want, s.Versions("m01")); diff != "" {
			t.Errorf("versions (-want +got):\n%s", diff)
		}
		if n := len(s.Accepted()); n != 7 {
			t.Errorf("%d upgrades were accepted, want 7", n)
		}
		if took := time.Since(start); took < 8*time.Hour {
			t.Errorf("it took %v, want the model's hours", took)
		}
	})
}
