package process_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"benchmarks/report"
)

// starts measures the program's size and how long it takes to begin.
func starts(t *testing.T) []report.Section {
	binary := build(t, "")
	info, err := os.Stat(binary)
	if err != nil {
		t.Fatal(err)
	}
	rows := [][]string{{"size of the program", fmt.Sprintf("%.1f MB", float64(info.Size())/1e6), ""}}

	sim, home := simulate(t, 2, 7), simulatedHome(t)
	var ready, connected []time.Duration
	var state string
	for range 7 {
		v := run(t, binary, home, sim, settings{})
		v.await(t, "connection to Home Assistant", time.Minute, func() bool { return v.connected(t) > 0 && v.heard("update available") > 0 })
		ready, connected = append(ready, v.heard("READY=1")), append(connected, v.connected(t))
		v.stop(t)
		state = v.dir
	}
	for _, c := range []struct {
		what  string
		times []time.Duration
	}{{"start to READY=1", ready}, {"start to the connection with Home Assistant", connected}} {
		_, median, most := report.Spread(c.times)
		rows = append(rows, []string{c.what, report.MS(median), report.MS(most)})
	}
	for _, args := range [][]string{{"version"}, {"status", "--config", filepath.Join(state, "config.yaml")}} {
		var wall, used []time.Duration
		for range 31 {
			c := exec.Command(binary, args...)
			c.Env = append(os.Environ(), "CREDENTIALS_DIRECTORY="+state)
			begun := time.Now()
			if out, err := c.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", args[0], err, out)
			}
			wall = append(wall, time.Since(begun))
			used = append(used, c.ProcessState.UserTime()+c.ProcessState.SystemTime())
		}
		_, median, most := report.Spread(wall)
		_, cpu, _ := report.Spread(used)
		rows = append(rows, []string{fmt.Sprintf("`%s` (processor %s)", args[0], report.MS(cpu)), report.MS(median), report.MS(most)})
	}
	return []report.Section{{
		Title: "Size and start",
		How: "The program as releases build it, linux/" + strings.TrimSpace(command(t, "X=", "go", "env", "GOARCH")) + ". The service was started 7 times beside the simulators, the commands 31 times; " +
			"wall times from the start of the process.",
		Head: []string{"", "median", "longest"}, Rows: rows,
	}}
}

// connected is when the connection to Home Assistant was there; zero: it is not.
func (v *service) connected(t testing.TB) time.Duration {
	for line := range strings.Lines(v.log(t)) {
		var l struct {
			Time time.Time
			Msg  string
		}
		if json.Unmarshal([]byte(line), &l) == nil && l.Msg == "connected to home assistant" {
			return l.Time.Sub(v.began)
		}
	}
	return 0
}
