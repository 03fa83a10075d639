package process_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"benchmarks/report"
)

// upgrades measures the greatest need for memory: several upgrades in a system of 25 domains with 1,000 hosts.
func upgrades(t *testing.T) []report.Section {
	const domains, hosts, upgraded, findings = 25, 1000, 3, 100
	binary := build(t, fast)
	rows := [][]string{}
	for _, detail := range []string{"none", "clusters", "hosts"} {
		sim := simulate(t, domains, hosts, "-faster", "1800", "-findings", fmt.Sprint(findings))
		v := run(t, binary, simulatedHome(t), sim, settings{home: "  entities: {capacity: " + detail + "}\n",
			yaml: "intervals: {refresh: 10s, capacity: 10s, poll: 100ms, settle: 200ms, adopt: 200ms, linger: 1s}\n"})
		v.await(t, "reading of the domains", time.Minute, func() bool { return v.heard("update available") > 0 })
		time.Sleep(12 * time.Second)
		before := look(t, v.Process.Pid)
		begun := time.Now()
		var most usage
		watch := func(what string, until func() bool) {
			v.await(t, what, 3*time.Minute, func() bool {
				if now := look(t, v.Process.Pid); now.rss > most.rss {
					most = now
				}
				v.answer(t)
				return until()
			})
		}
		v.press(t, "start", "domain1", "5.2.1.0") // the management domain comes first
		watch("end of the first upgrade", func() bool { return v.completed(t) == 1 })
		watch("updates of the other domains", func() bool { return v.heard(fmt.Sprint(domains-1, " updates available")) > 0 })
		for n := 2; n <= upgraded; n++ {
			v.press(t, "start", fmt.Sprintf("domain%d", n), "5.2.1.0")
		}
		watch("end of the upgrades", func() bool { return v.completed(t) == upgraded })
		took, after := time.Since(begun), look(t, v.Process.Pid)
		v.stop(t)
		rows = append(rows, []string{detail, mb(before.rss), mb(after.peak), mb(most.anon), mb(most.file), fmt.Sprintf("%.1f s", (after.cpu - before.cpu).Seconds()), fmt.Sprintf("%.0f s", took.Seconds())})
	}
	return []report.Section{{
		Title: fmt.Sprintf("Memory while %d of %d domains with %s hosts are upgraded", upgraded, domains, report.Count(hosts)),
		How: fmt.Sprintf("The real program with short intervals, the system 1,800 times as fast, capacities and versions of clusters or of every host read every 10 s, %d findings. "+
			"The second and third upgrade wait in the queue. The peak is VmHWM; private and program at the highest of the samples, every 20 ms.", findings),
		Head: []string{"capacities of", "before", "peak", "private", "program", "processor time", "wall time"}, Rows: rows,
	}}
}

// answer acknowledges what waits for it.
func (v *service) answer(t testing.TB) {
	status := v.statuses(t)
	for n, run := range slices.Sorted(maps.Keys(status)) { // domain1 was pressed first, and so on
		if status[run] == "waiting_for_alert_acknowledgement" && !v.answered[run] {
			v.answered[run] = true
			v.press(t, "acknowledge", fmt.Sprint("domain", n+1))
		}
	}
}

// completed is how many upgrades have ended well.
func (v *service) completed(t testing.TB) (n int) {
	for run, status := range v.statuses(t) {
		switch status {
		case "failed":
			t.Fatalf("the upgrade %s has failed:\n%s", run, v.tail(t))
		case "successfuly_completed":
			n++
		}
	}
	return n
}

// statuses are the last ones of each run, from the log.
func (v *service) statuses(t testing.TB) map[string]string {
	last := map[string]string{}
	for line := range strings.Lines(v.log(t)) {
		var l struct{ Msg, Run, Status string }
		if json.Unmarshal([]byte(line), &l) == nil && l.Msg == "upgrade" && l.Status != "waiting_for_initiation" {
			last[l.Run] = l.Status
		}
	}
	return last
}

// freePort is a port on which nobody listens now.
func freePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
