package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"vcf-assistant/hass/hasstest"
	"vcf-assistant/vcf/vcftest"
)

// An instance whose state directory cannot be used is shown with the reason, and is
// served as soon as it can; the others are served meanwhile. All of them is an error.
func TestInstances_StateDirectoryBroken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	blocked := filepath.Join(dir, "lab", "runs")
	if err := os.Mkdir(filepath.Join(dir, "lab"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{blocked: "", filepath.Join(dir, "lab", "domains.json"): `{"a":{"number":3,"id":"a","name":"old"}}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, dir)
		defer s.home.Close()
		s.start()
		lab := s.service.instances[1]
		if got := s.state("sensor.vcf_domain1_status"); got != "update_available" || !strings.Contains(lab.snapshot().Backend.Problem, "not a directory") {
			t.Errorf("the other instance is %s, lab's problem %q", got, lab.snapshot().Backend.Problem)
		}
		if got := s.state("sensor.vcf_lab_domain3_status"); got != "unavailable" {
			t.Errorf("lab's domain3 is %s", got)
		}
		if n := len(s.home.CommandsOf("lovelace/config/save")); n == 0 {
			t.Error("the dashboard waits for the broken instance")
		}
		if err := os.Remove(blocked); err != nil {
			t.Fatal(err)
		}
		s.until("lab", func() bool { return s.state("sensor.vcf_lab_domain4_status") == "update_available" })
		if err := s.stop(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(s.log.String(), "an instance is not served") {
			t.Errorf("not said:\n%s", s.log.String())
		}
	})
}

// Where the lock was taken and then given back, since a journal cannot be read, the lock
// names this very process: that is no other one, and the domains are shown unavailable.
func TestInstances_JournalOfNoDomain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lab := filepath.Join(dir, "lab")
	journal := filepath.Join(lab, "runs", "20260101T000000.000Z-domain9.jsonl")
	if err := os.MkdirAll(filepath.Dir(journal), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{journal: "torn\n{}\n", filepath.Join(lab, "domains.json"): `{"a":{"number":3,"id":"a","name":"old"}}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, dir)
		defer s.home.Close()
		s.start()
		if got := s.state("sensor.vcf_lab_domain3_status"); got != "unavailable" {
			t.Errorf("lab's domain3 is %s, its problem %q", got, s.service.instances[1].snapshot().Backend.Problem)
		}
		var p pulse
		if got, _ := p.take(t.Context(), s.service.instances, time.Minute); !strings.HasSuffix(got, " | lab: its state directory cannot be used") {
			t.Errorf("systemd is told %q", got)
		}
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
}

// What Home Assistant tells once in a connection is not lost while the state directory
// cannot be used: the upgrade goes on when it can, and a Cancel that nobody heard ends it.
func TestInstances_StateDirectoryComesBack(t *testing.T) {
	t.Parallel()
	for name, cancel := range map[string]bool{"an upgrade goes on": false, "a Cancel ends it": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			runs := filepath.Join(dir, "lab", "runs")
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t, dir)
				defer s.home.Close()
				s.start()
				press := func(button string) {
					if _, err := s.home.Press(hasstest.Owner.ID, "input_button.vcf_lab_domain1_"+button); err != nil {
						t.Fatal(err)
					}
				}
				press("start_upgrade")
				s.until("the upgrade", func() bool { return s.state("sensor.vcf_lab_domain1_upgrade_status") == "upgrading_sddcManager" })
				if err := s.stop(); err != nil {
					t.Fatal(err)
				}
				s.lab.Update(func(m *vcftest.Model) {
					m.Findings = []vcftest.Finding{{Resource: vcftest.VCenter, Severity: "WARNING", Name: "vCenter certificate", Message: "It expires in 41 days."}}
				})
				if err := s.home.Toggle(hasstest.Owner.ID, "input_boolean.vcf_lab_domain1_ignore_alerts", true); err != nil {
					t.Fatal(err)
				}
				if cancel {
					press("cancel_upgrade")
				}
				if err := errors.Join(os.Rename(runs, runs+"-away"), os.WriteFile(runs, nil, 0o600)); err != nil {
					t.Fatal(err)
				}
				s.start()
				if got := s.state("sensor.vcf_lab_domain1_status"); got != "unavailable" {
					t.Errorf("meanwhile lab's domain1 is %s", got)
				}
				time.Sleep(time.Second) // not while it is tried again
				if err := errors.Join(os.Remove(runs), os.Rename(runs+"-away", runs)); err != nil {
					t.Fatal(err)
				}
				if cancel {
					s.until("the cancelled end", func() bool { return s.state("sensor.vcf_lab_domain1_upgrade_status") == "failed" })
				} else {
					s.until("the end", func() bool { return s.lab.Release("m01") == "5.2.1.0" && !s.service.unfinished() })
				}
				if err := s.stop(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// An instance whose state directory another process holds is shown by that one: neither
// its entities nor a dashboard without its views are written over what that one writes.
func TestInstances_StateDirectoryHeld(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lab := filepath.Join(dir, "lab")
	if err := os.Mkdir(lab, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(lab, "domains.json"), []byte(`{"a":{"number":3,"id":"a","name":"old"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	lock, err := os.Create(filepath.Join(lab, "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, dir)
		defer s.home.Close()
		s.start()
		if got := s.state("sensor.vcf_domain1_status"); got != "update_available" {
			t.Errorf("the other instance is %s", got)
		}
		for _, id := range []string{"binary_sensor.vcf_lab_connection", "sensor.vcf_lab_domain3_status"} {
			if got := s.state(id); got != "none" {
				t.Errorf("%s was written: %s", id, got)
			}
		}
		if n := len(s.home.CommandsOf("lovelace/config/save")); n != 0 {
			t.Error("the dashboard was written without the held instance")
		}
		lock.Close()
		s.until("lab", func() bool { return s.state("sensor.vcf_lab_domain4_status") == "update_available" })
		if err := s.stop(); err != nil {
			t.Error(err)
		}
	})
}
