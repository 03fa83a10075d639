package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"vcf-assistant/workflow"
)

// markdown writes a report. What others wrote is inert in it: it makes no link, no markup
// and no control of a terminal.
type markdown struct{ b bytes.Buffer }

// say writes a line; its arguments are inert.
func (m *markdown) say(format string, args ...any) {
	for i, a := range args {
		switch a := a.(type) {
		case string:
			args[i] = inert(a)
		case code:
			args[i] = a.String()
		}
	}
	fmt.Fprintf(&m.b, format+"\n", args...)
}

func (m *markdown) title(s string) { fmt.Fprintf(&m.b, "\n## %s\n\n", s) }

// block writes a text as it is, line by line.
func (m *markdown) block(kind, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintln(&m.b, fence+kind)
	for line := range strings.Lines(text) {
		fmt.Fprintln(&m.b, printable(strings.TrimSuffix(line, "\n")))
	}
	fmt.Fprintln(&m.b, fence)
}

var inertMarks = strings.NewReplacer(`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "<", `\<`, ">", `\>`, "|", `\|`, "~", `\~`, "&", `\&`, "#", `\#`, "!", `\!`, "://", `:\//`)

// inert is one line of text without markup.
func inert(s string) string { return inertMarks.Replace(printable(s)) }

// code is a word of ours, which is to be searched for as it is.
type code string

func (c code) String() string {
	if strings.Trim(string(c), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") == "" && c != "" {
		return "`" + string(c) + "`"
	}
	return inert(string(c))
}

func (m *markdown) head(r workflow.Past, lines []workflow.Transition) {
	m.say("# Upgrade of %s: %s to %s\n", r.Domain.Name, r.From, r.Target)
	m.say("- Run: %s", code(r.ID))
	m.say("- Domain: domain%d, %s, %s, id %s", r.Domain.Number, r.Domain.Name, r.Domain.Type, r.Domain.ID)
	var st workflow.State
	if len(lines) > 0 {
		st = lines[len(lines)-1].State
	}
	if st.SDDCManager.FQDN != "" {
		m.say("- SDDC Manager: %s, id %s", st.SDDCManager.FQDN, st.SDDCManager.ID)
	}
	m.say("- Started: %s by %s", stamp(r.Started), r.StartedBy.String())
	if a := st.Alerts; a != nil && a.AcknowledgedBy != nil {
		m.say("- Acknowledged: %s by %s", stamp(a.AcknowledgedAt), a.AcknowledgedBy.String())
	} else if a != nil && a.Ignored {
		m.say("- Acknowledged: nobody was asked, Ignore Alerts was on")
	}
	if st.Cancel != nil {
		m.say("- Cancelled: %s by %s", stamp(st.Cancel.At), st.Cancel.By.String())
	}
	switch result(r) {
	case "unfinished":
		m.say("- Result: unfinished, %s since %s", code(r.Status), stamp(r.Entered))
	case "failed":
		m.say("- Result: failed: %s", r.Reason)
	default:
		m.say("- Result: completed")
	}
	if !r.Ended.IsZero() {
		m.say("- Ended: %s, after %s", stamp(r.Ended), took(r.Started, r.Ended))
	}
	if r.Damage != "" {
		m.say("- Damaged: %s", r.Damage)
	}
	m.title("Parts")
	m.say("| part | | from | to | took |\n|---|---|---|---|---|")
	for _, p := range r.Phases {
		if p.Started.IsZero() {
			m.say("| %s | %s | | | |", p.Name, p.State)
			continue
		}
		m.say("| %s | %s | %s | %s | %s |", p.Name, p.State, stamp(p.Started), stampOf(p.Ended), took(p.Started, p.Ended))
	}
	if len(r.BOM) > 0 {
		m.title("Target")
		m.say("| component | version |\n|---|---|")
		for _, e := range r.BOM {
			m.say("| %s | %s |", code(e.Name), e.Version)
		}
	}
}

// sent is what was sent to change something, and what SDDC Manager made of it.
func (m *markdown) sent(lines []workflow.Transition) {
	m.title("Sent to SDDC Manager")
	if len(lines) == 0 {
		m.say("It is not known.")
		return
	}
	st := lines[len(lines)-1].State
	for _, b := range st.Bundles {
		state := "not there yet"
		if b.Done {
			state = "downloaded"
		}
		m.say("- Bundle of %s %s: %s, id %s", b.Component.String(), b.Version, state, b.ID)
	}
	if p := st.Precheck; p != nil && p.RunID != "" {
		m.say("- Prechecks: id %s, %d checks", p.RunID, p.Checks)
	}
	if st.Validation != "" {
		m.say("- Validation: id %s", st.Validation)
	}
	if len(st.Upgrades) == 0 {
		m.say("- No upgrade was sent.")
	}
	for _, u := range st.Upgrades {
		m.say("- %s %s to %s: %s", u.Label(), u.From, u.Version, progressOf(u))
		m.say("  - sent: %d, upgrade: %s, result: %s", u.Sent, code(cmp.Or(u.ID, "not known")), code(cmp.Or(u.Result, "none yet")))
		if u.Adopted {
			m.say("  - somebody else had started it")
		}
	}
	for _, u := range st.Upgrades {
		if b, err := json.MarshalIndent(u.Spec, "", "  "); err == nil && u.Spec != nil {
			m.say("\n%s, `POST /v1/upgrades`:\n", u.Label())
			m.block("json", string(b))
		}
	}
}

// journal is every line, without its state.
func (m *markdown) journal(lines []workflow.Transition) {
	m.say("| line | time | step | status | |\n|---|---|---|---|---|")
	for _, t := range lines {
		m.say("| %d | %s | %s | %s | %s |", t.Seq, stamp(t.Time), code(t.Step), code(string(t.Status)), t.Note)
	}
}

func (m *markdown) chain(v workflow.Verified) {
	m.b.WriteByte('\n')
	if len(v.Problems) > 0 {
		m.say("The journal is not as it was written: %s.", strings.Join(v.Problems, "; "))
		return
	}
	m.say("The journal is as it was written: %s.", coverage(v))
}

// stampOf is a time that may not have come.
func stampOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return stamp(t)
}
