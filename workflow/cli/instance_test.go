package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vcf-assistant/vcf/vcftest"
)

// A second process on the same state directory names the one that holds it, and ends;
// the first one does not notice.
func TestSecondInstanceSaysWhoHoldsTheStateDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	first := w.child(w.env)
	w.awaitChild(first, "the entities", func() bool { return w.state(demoStatus) == "update_available" })
	second := w.child(w.env)
	code, err := second.wait(time.Minute)
	want := fmt.Sprintf("vcf-assistant: state directory %s is held by another vcf-assistant (process %d since ", w.stateDir, first.cmd.Process.Pid)
	if err != nil || code != 1 || !strings.Contains(second.wrote(), want) {
		t.Errorf("exit code %d, %v, want %q:\n%s", code, err, want, second.wrote())
	}
	w.terminate(first, "a quiet moment")
	// Who was killed holds nothing.
	third := w.child(w.env)
	w.awaitChild(third, "the lock", func() bool { return w.home.Connections() > 1 })
	w.terminate(third, "a quiet moment")
}

// A full disk, here a limit of the sizes of the real program's files: no upgrade
// starts, one that runs stops before its next POST and says why, and it goes on once
// there is room.
func TestDiskFullStopsBeforeTheNextPOST(t *testing.T) {
	t.Parallel()
	model := vcftest.Model52().Scale(0)
	model.SDDCManagerUpgrade = time.Hour
	w := newWorld(t, model)
	c := w.child(w.env)
	w.awaitChild(c, "the entities", func() bool {
		return w.state(demoStatus) == "update_available" && w.home.CommandsOf("lovelace/config") != nil
	})
	room := func(bytes uint64) {
		t.Helper()
		if err := unix.Prlimit(c.cmd.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: bytes, Max: unix.RLIM_INFINITY}, nil); err != nil {
			t.Fatal(err)
		}
	}
	room(0)
	w.pressUntil(c, startButton, "the answer to Start", func() bool {
		for _, n := range w.home.Notifications() {
			if strings.Contains(n.Message, "Nothing was started") && strings.Contains(n.Message, "file too large") {
				return true
			}
		}
		return false
	})
	if n, status := w.sim.Count("POST", "/v1/upgrades"), w.state(demoUpgrade); n != 0 || status != "waiting_for_initiation" {
		t.Errorf("on a full disk %d POSTs were sent, the status is %s", n, status)
	}

	room(unix.RLIM_INFINITY)
	w.pressUntil(c, startButton, "the upgrade of SDDC Manager", func() bool {
		s, _ := w.home.State(demoUpgrade)
		return s.Attributes["step"] == "sddc-manager-await" && w.sim.Count("POST", "/v1/upgrades") == 1
	})
	// The rest of the disk takes a part of the next line.
	room(uint64(journalSize(t, w.stateDir)) + 100)
	w.sim.CompleteAll()
	const reason = "the journal cannot be written"
	w.awaitChild(c, "the reason on the card", func() bool {
		s, _ := w.home.State(demoLogs)
		card, _ := s.Attributes["markdown"].(string)
		return w.state(demoUpgrade) == "failed" && strings.Contains(card, reason) && strings.Contains(card, "file too large")
	})
	w.terminate(c, "a full disk")
	if !strings.Contains(c.wrote(), reason) { // the log is behind while it runs
		t.Errorf("the log does not tell why:\n%s", c.wrote())
	}
	if n := w.sim.Count("POST", "/v1/upgrades"); n != 1 {
		t.Errorf("%d POSTs with no room for their intents", n)
	}

	c = w.child(w.env) // has room
	w.awaitChild(c, "the end", func() bool { return w.state(demoUpgrade) == "successfuly_completed" })
	w.terminate(c, "the end")
	if n := w.sim.Count("POST", "/v1/upgrades"); n != 4 || w.sim.Release("m01") != "5.2.1.0" {
		t.Errorf("%d POSTs for 4 components, m01 is on %s", n, w.sim.Release("m01"))
	}
}

// journalSize is the size of the newest run's journal.
func journalSize(t *testing.T, stateDir string) int64 {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(stateDir, "runs", "*.jsonl"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no journal: %v", err)
	}
	info, err := os.Stat(paths[len(paths)-1])
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
