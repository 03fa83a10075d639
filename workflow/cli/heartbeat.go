package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vcf-assistant/workflow"
)

// systemd is told what is going on when something changes, at most every statusInterval,
// and that the service is alive every aliveInterval: each time wakes the processor.
const (
	statusInterval = 5 * time.Second
	aliveInterval  = 30 * time.Second
)

// heartbeat tells systemd that the service is alive, and what it does. It only passes on
// what the supervisors' loops say of themselves, see workflow.Supervisor.Alive: one that
// is stuck stops it, and so does a lock that is never let go, since the snapshot takes
// every one. systemd then restarts the service; its status and the log name the instance.
func (s *service) heartbeat(ctx context.Context, n notifier, watchdog time.Duration) {
	if n.socket == "" {
		return
	}
	limit, most := statusInterval, aliveInterval
	if watchdog > 0 {
		limit, most = min(limit, watchdog), min(most, watchdog)
	}
	pause := func(d time.Duration, moved <-chan struct{}) bool {
		wait := time.NewTimer(d)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-moved:
		case <-ctx.Done():
			return false
		}
		return true
	}
	var p pulse
	said := ""
	for {
		told := time.Now()
		status, stuck := p.take(ctx, s.instances, limit)
		status = s.noticed(status)
		if stuck != nil && status != said {
			stuck.log.Error("an instance is stuck; without a watchdog, restart the service", "reason", status)
		}
		var lines []string
		if status != said {
			said = status
			lines = append(lines, "STATUS="+status)
		}
		if watchdog > 0 && stuck == nil {
			lines = append(lines, "WATCHDOG=1")
		}
		if len(lines) > 0 && ctx.Err() == nil {
			n.send(strings.Join(lines, "\n"))
		}
		if !pause(together(most), s.moved) || !pause(limit-time.Since(told), nil) {
			return
		}
	}
}

// together is the time until the clock shows a multiple of an interval: what waits so
// wakes the processor at the same moments.
func together(interval time.Duration) time.Duration {
	return interval - time.Duration(time.Now().UnixNano())%interval
}

// pulse asks instances what they do. One that does not answer is asked once.
type pulse struct {
	asked map[*instance]chan string
}

// take is what all do, in one line, or the instance that does not tell within limit.
func (p *pulse) take(ctx context.Context, instances []*instance, limit time.Duration) (status string, stuck *instance) {
	if p.asked == nil {
		p.asked = map[*instance]chan string{}
	}
	late := time.NewTimer(limit)
	defer late.Stop()
	var parts []string
	for _, i := range instances {
		if p.asked[i] == nil {
			answer := make(chan string, 1)
			p.asked[i] = answer
			go func() { answer <- i.doing() }()
		}
		if supervisor := i.now(); supervisor != nil { // it waits for no lock
			if err := supervisor.Alive(); err != nil {
				return label(i.name, err.Error()), i
			}
		}
		select {
		case doing := <-p.asked[i]:
			delete(p.asked, i)
			parts = append(parts, label(i.name, doing))
		case <-late.C:
			return label(i.name, "stuck, it does not answer"), i
		case <-ctx.Done():
			return "", nil
		}
	}
	return strings.Join(parts, " | "), nil
}

// label says which instance a text is about; the one without a name has none.
func label(instance, text string) string {
	if instance == "" {
		return text
	}
	return instance + ": " + text
}

// summary is a snapshot in one line.
func summary(s workflow.Snapshot) string {
	var parts []string
	updates := 0
	for _, d := range s.Domains {
		switch {
		case d.Run != nil:
			parts = append(parts, fmt.Sprintf("%s: %s, %s, %d %%", d.Name, d.Run.Status, d.Run.Step, d.Run.Progress))
		case d.Next != nil:
			updates++
		}
	}
	if updates > 0 {
		parts = append(parts, plural(updates, "update")+" available")
	}
	if !s.Backend.Reachable && s.Backend.Problem != "" {
		parts = append(parts, "SDDC Manager does not answer")
	}
	if len(parts) == 0 && len(s.Domains) == 0 && !s.Backend.Reachable {
		return "Reading the domains"
	}
	if len(parts) == 0 {
		parts = []string{plural(len(s.Domains), "domain") + ", nothing to do"}
	}
	return printable(strings.Join(parts, "; "))
}

// setNotice is what the status begins with from now on; empty: nothing.
func (s *service) setNotice(text string) {
	s.notice.Store(text)
	nudge(s.moved)()
}

// noticed is a status with the notice before it.
func (s *service) noticed(status string) string {
	if notice, _ := s.notice.Load().(string); notice != "" {
		return notice + " | " + status
	}
	return status
}
