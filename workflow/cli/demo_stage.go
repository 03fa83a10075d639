package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"vcf-assistant/hass"
	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
	"vcf-assistant/workflow"
)

// The account of the simulated SDDC Manager.
const (
	demoUser     = "administrator@vsphere.local"
	demoPassword = "password of the demo"
)

// theatre finds Home Assistant: the user's own, or one that is built in.
func (d *demo) theatre(ctx context.Context) error {
	url, token := d.in.env.get("HASS_URL"), d.in.env.get("HASS_TOKEN")
	if url == "" {
		d.home = hasstest.New(hasstest.Options{})
		d.hass = hass.Config{URL: "http://homeassistant.lab.example:8123", Token: d.home.Token(), NetDial: d.home.Dial}
		d.dashboard = "vcf-upgrades"
		return nil
	}
	if token == "" {
		return usage("demo: HASS_URL is set, but HASS_TOKEN is not: set it to a long-lived access token of an administrator, or unset HASS_URL")
	}
	d.in.conceal(&Config{HomeAssistant: HomeAssistant{Token: NewSecret(token)}})
	d.hass = hass.Config{URL: url, Token: token}
	d.instance, d.dashboard = demoInstance, "vcf-"+demoInstance
	if _, err := hass.New(d.hass); err != nil {
		return &exitError{exitUsage, err}
	}
	return visit(ctx, d.hass, func(ctx context.Context, home *hass.Client) error { return d.mayUse(ctx, home) })
}

// mayUse looks whether the token may do what the demo does.
func (d *demo) mayUse(ctx context.Context, home *hass.Client) error {
	info, err := home.Info(ctx)
	switch {
	case err != nil:
		return err
	case !info.IsAdmin:
		return fmt.Errorf("demo: the token is of %s, who is no administrator: make one in the profile of an administrator, under Security", info.User)
	}
	return nil
}

// model is the system that is upgraded.
func (d *demo) model() vcftest.Model {
	model := vcftest.Model52().Scale(1 / d.speed)
	model.Username, model.Password = demoUser, demoPassword
	model.Swing, model.CertificateExpires = 8, time.Now().AddDate(0, 0, 97)
	model.OutageKinds = []string{vcftest.Refused, "503", vcftest.HTML}
	model.Findings = []vcftest.Finding{
		{Resource: vcftest.NSX, Severity: "ERROR", Importance: "CRITICAL", Name: "NSX Manager backup",
			Message: "The last backup of NSX Manager is 9 days old.", Remediation: "Back NSX Manager up before it is upgraded."},
		{Resource: vcftest.VCenter, Severity: "WARNING", Importance: "WARNING", Name: "vCenter certificate",
			Message: "The certificate of vCenter expires in 41 days.", Remediation: "Renew it after the upgrade."},
	}
	return model
}

// stage is a simulated system and the service that upgrades it.
type stage struct {
	sim     *vcftest.Server
	gate    *gate
	service *service
	dir     string
	stop    context.CancelCauseFunc
	served  chan struct{} // closed when the service has ended
	err     error         // of the service; to be read after served
}

// newStage starts the service on a new system. over is told should the service end by
// itself; doomed is told of a component that will fail.
func (d *demo) newStage(ctx context.Context, over func(error), doomed func(string)) (*stage, error) {
	dir, err := os.MkdirTemp("", "vcf-assistant-demo-")
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	s := &stage{sim: vcftest.New(d.model()), dir: dir, served: make(chan struct{})}
	s.gate = newGate(s.sim, doomed)
	home := d.hass
	if d.wire != nil {
		home.NetDial = d.wire.Dial
	}
	s.service, err = newService(parts{hass: home, log: d.log, dashboard: d.dashboard, show: defaults().HomeAssistant.Entities, instances: []instanceParts{{
		name: d.instance,
		vcf: vcf.Config{URL: "https://sddc-manager.lab.example", Username: demoUser, Password: demoPassword,
			Transport: s.gate},
		workflow: d.workflow(dir)}}})
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	ctx, s.stop = context.WithCancelCause(ctx)
	go func() {
		err := s.service.run(ctx)
		s.err = err
		close(s.served)
		if err == nil {
			err = errors.New("the service has ended")
		}
		if ctx.Err() == nil {
			over(err) // the show cannot go on without it
		}
	}()
	return s, nil
}

// end stops the service and forgets the system. It may be called again: a quit meets a
// reset.
func (s *stage) end() error {
	s.stop(nil)
	<-s.served
	os.RemoveAll(s.dir)
	return s.err
}

// workflow is the configuration of the supervisor, as much faster as the simulator.
func (d *demo) workflow(dir string) workflow.Config {
	c := workflow.Defaults()
	c.StateDir = dir
	faster := func(i time.Duration, least time.Duration) time.Duration {
		return max(least, time.Duration(float64(i)/d.speed).Round(10*time.Millisecond))
	}
	i := &c.Intervals
	i.Refresh, i.Capacity = faster(i.Refresh, time.Second), faster(i.Capacity, time.Second)
	i.Poll, i.Settle, i.Adopt = faster(i.Poll, 20*time.Millisecond), faster(i.Settle, 100*time.Millisecond), faster(i.Adopt, 100*time.Millisecond)
	i.Linger = faster(i.Linger, d.linger) // long enough to be read
	return c
}
