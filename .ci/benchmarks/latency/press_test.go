package latency_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// press is what happened on the wire from a click to the PATCH of the target and to the
// new status in Home Assistant.
type press struct {
	clicked time.Time
	called  time.Time // call_service came to the program
	changed time.Time // the button's own change came
	asked   time.Time // the program asked who the users are; zero: it did not
	told    time.Time // and was told
	patched time.Time // the PATCH came to its handler
	posted  time.Time // the new status had left the program
	shown   time.Time // state_changed came to the user's socket

	before   int // posts of states that left before the new status
	calls    []call
	handlers []span
	busy     []span // of the server's sockets
	wire     []message
}

// newStatus is the first that a press brings.
const newStatus = "setting_new_vcf_version_target"

func button(n int, name string) string { return fmt.Sprintf("input_button.vcf_domain%d_%s", n, name) }
func upgradeStatus(n int) string       { return fmt.Sprintf("sensor.vcf_domain%d_upgrade_status", n) }

// examine finds the moments of a press of a domain's start button.
func examine(n int, clicked, shown time.Time, r *relay, b *backend) (press, error) {
	p := press{clicked: clicked, shown: shown}
	id := []byte(`"` + button(n, "start_upgrade") + `"`)
	var asks int64
	for _, m := range r.messages() {
		if m.at.Before(clicked) || m.at.After(clicked.Add(20*time.Second)) {
			continue
		}
		p.wire = append(p.wire, m)
		has := func(text string) bool { return bytes.Contains(m.body, []byte(text)) }
		if m.frame && !m.sent && bytes.Contains(m.body, id) { // the two may come in one frame
			if p.called.IsZero() && has(`"call_service"`) {
				p.called = m.at
			}
			if p.changed.IsZero() && has(`"c":{`) {
				p.changed = m.at
			}
		}
		switch {
		case m.frame && m.sent && p.asked.IsZero() && has(`"config/auth/list"`):
			var cmd struct{ ID int64 }
			if err := json.Unmarshal(m.body, &cmd); err != nil {
				return p, err
			}
			p.asked, asks = m.at, cmd.ID
		case m.frame && !m.sent && p.told.IsZero() && asks > 0 && has(fmt.Sprintf(`"id":%d,`, asks)):
			p.told = m.at
		case m.sent && strings.HasPrefix(m.call, "POST /api/states/") && p.posted.IsZero():
			if strings.HasSuffix(m.call, upgradeStatus(n)) && has(`"state":"`+newStatus+`"`) {
				p.posted = m.at
			} else {
				p.before++
			}
		}
	}
	if p.called.IsZero() || p.changed.IsZero() || p.posted.IsZero() {
		return p, fmt.Errorf("a press of domain %d was not found on the wire: %+v", n, p)
	}
	p.calls, p.busy = b.between(span{clicked, clicked.Add(20 * time.Second)})
	for i, c := range p.calls {
		if c.method == "PATCH" && strings.HasPrefix(c.path, "/v1/releases/domains/") {
			p.patched = c.from
			p.calls = p.calls[:i+1]
			break
		}
		p.handlers = append(p.handlers, c.span)
	}
	if p.patched.IsZero() {
		return p, fmt.Errorf("a press of domain %d led to no PATCH: %+v", n, p.calls)
	}
	return p, nil
}

// home is where Home Assistant was waited for: between the call and the change of the
// button, and for the list of its users.
func (p press) home() []span {
	spans := []span{{p.called, p.changed}}
	if !p.told.IsZero() {
		spans = append(spans, span{p.asked, p.told})
	}
	return spans
}

func (p press) whole() span { return span{p.called, p.patched} }

// own is our own share up to the PATCH, strictly: all but what Home Assistant was waited
// for and what the simulator's handlers took.
func (p press) own() time.Duration {
	w := p.whole()
	return w.to.Sub(w.from) - covered(w, append(p.home(), p.handlers...)...)
}

// ownAtSocket is own where the server's answer time is that of the whole server: its TLS
// and HTTP too.
func (p press) ownAtSocket() time.Duration {
	w := p.whole()
	return w.to.Sub(w.from) - covered(w, append(p.home(), append(p.handlers, p.busy...)...)...)
}
