package cli

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// The service is started while single sign-on is down, in the middle of an upgrade: the
// login is refused, and later it is not. The upgrade goes on, and its end is not the end
// of the service. A login that is refused then still is.
func TestLoginThatWorksAgainDoesNotEndTheService(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		home, sim := hasstest.New(hasstest.Options{}), vcftest.New(vcftest.Model52())
		defer home.Close()
		epoch := time.Now()
		start := func() (*service, func() error) {
			t.Helper()
			config := workflow.Defaults()
			config.StateDir = dir
			config.Uptime = func() (string, time.Duration) { return "bubble", time.Since(epoch) }
			s, err := newService(parts{log: slog.New(slog.DiscardHandler),
				hass: hass.Config{URL: "http://home.test:8123", Token: home.Token(), NetDial: home.Dial},
				instances: []instanceParts{{workflow: config, vcf: vcf.Config{URL: "https://sddc-manager.lab.example",
					Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!", Insecure: true, Transport: sim.Transport()}}}})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- s.run(ctx) }()
			time.Sleep(time.Minute)
			return s, func() error {
				cancel()
				return <-ended
			}
		}
		s, stop := start()
		reply := s.supervisor.Press(t.Context(), workflow.Press{Action: workflow.Start, Domain: 1, Version: "5.2.1.0"})
		if !reply.Started {
			t.Fatalf("%+v", reply)
		}
		for sim.Count("POST", "/v1/upgrades") == 0 {
			time.Sleep(time.Minute)
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}

		down := vcftest.Fault{Method: "POST", Path: "/v1/tokens", Status: 401}
		sim.Fault(down)
		s, stop = start()
		time.Sleep(25 * time.Minute)
		sim.ClearFaults()
		for range 48 {
			time.Sleep(time.Hour)
			if !s.supervisor.Unfinished() {
				break
			}
		}
		if have := sim.Release("m01"); have != "5.2.1.0" || s.supervisor.Unfinished() {
			t.Fatalf("m01 is on %s", have)
		}
		if err := stop(); err != nil {
			t.Errorf("with a login that works the service ended: %v", err)
		}

		sim.Fault(down)
		_, stop = start()
		if err := stop(); exitCode(err) != exitRefused {
			t.Errorf("with a refused login and no run the service ended as %v", err)
		}
	})
}
