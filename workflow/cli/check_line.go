package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"vcf-assistant/hass"
	"vcf-assistant/vcf"
)

// Levels of a line of check.
const (
	levelOK      = "ok"
	levelWarning = "warning"
	levelFailure = "failure"
)

// checkLine is one thing that was looked at.
type checkLine struct {
	Level    string `json:"level"`
	Instance string `json:"instance,omitempty"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	Next     string `json:"next,omitempty"` // the next move; an ok line has none
}

// checking gathers the lines, and prints each at once unless they become JSON.
type checking struct {
	w        io.Writer
	color    bool
	json     bool
	limit    time.Duration                      // for one answer
	statfs   func(string, *unix.Statfs_t) error // nil: the kernel's
	instance string                             // that is looked at; empty: the one without a name, or none

	lines          []checkLine
	unusable       map[string]bool // state directories that cannot be read either
	refused, wrong bool            // credentials; configuration
	unwritten      error           // why a line could not be
}

func (k *checking) ok(what, format string, args ...any) {
	k.line(levelOK, what, fmt.Sprintf(format, args...), "")
}

// warn takes the next move first: the text has arguments.
func (k *checking) warn(what, next, format string, args ...any) {
	k.line(levelWarning, what, fmt.Sprintf(format, args...), next)
}

// failNext is warn for a failure.
func (k *checking) failNext(what, next, format string, args ...any) {
	k.line(levelFailure, what, fmt.Sprintf(format, args...), next)
}

// warnText is a warning whose text ends with its next move.
func (k *checking) warnText(what, text string) {
	text, next := moves(text, ": ")
	k.line(levelWarning, what, text, next)
}

// fail is an error of a client: its words end with the next move.
func (k *checking) fail(what string, err error) {
	var credentials *vcf.CredentialsError
	if errors.Is(err, hass.ErrAuthInvalid) || errors.As(err, &credentials) {
		k.refused = true
	}
	text, next := moves(err.Error(), "; ")
	if next == "" {
		text, next = advice(text)
	}
	k.line(levelFailure, what, text, next)
}

// moves splits a text before its last part, which is the next move as a rule.
func moves(text, separator string) (before, next string) {
	i := strings.LastIndex(text, separator)
	if i < 0 {
		return text, ""
	}
	return text[:i], text[i+len(separator):]
}

// advised begin the next move in an error of Home Assistant's client.
var advised = []string{": make ", ": write ", ": check ", ": look ", ": add ", ": mend ", ": is it ", ": nothing listens there: "}

// advice splits a text before the next move that it gives.
func advice(text string) (before, next string) {
	at := len(text)
	for _, a := range advised {
		if i := strings.Index(text, a); i >= 0 && i < at {
			at = i
		}
	}
	if at == len(text) {
		return text, ""
	}
	return text[:at], text[at+2:]
}

func (k *checking) line(level, what, text, next string) {
	l := checkLine{level, k.instance, printable(what), printable(text), printable(next)}
	k.lines = append(k.lines, l)
	if k.json {
		return
	}
	mark := fmt.Sprintf("%-8s", level)
	if k.color {
		mark = "\x1b[" + map[string]string{levelOK: "32", levelWarning: "33", levelFailure: "31"}[level] + "m" + mark + "\x1b[0m"
	}
	if next != "" {
		text += ": " + next
	}
	k.print("%s %-15s %s\n", mark, label(k.instance, l.Subject), printable(text))
}

func (k *checking) print(format string, args ...any) {
	if _, err := fmt.Fprintf(k.w, format, args...); k.unwritten == nil {
		k.unwritten = err
	}
}

// verdict ends the list; the error says the exit code.
func (k *checking) verdict() error {
	n := map[string]int{}
	for _, l := range k.lines {
		n[l.Level]++
	}
	if k.json {
		if err := writeJSON(k.w, map[string]any{"lines": k.lines, "failures": n[levelFailure], "warnings": n[levelWarning], "ok": n[levelOK]}); err != nil {
			return err
		}
	} else {
		var counts []string
		for _, level := range []string{levelFailure, levelWarning} {
			if n[level] > 0 {
				counts = append(counts, plural(n[level], level))
			}
		}
		if len(counts) == 0 {
			counts = []string{"Everything is ready"}
		}
		k.print("\n%s.\n", strings.Join(counts, ", "))
	}
	if k.unwritten != nil {
		return k.unwritten // not all was said
	}
	switch {
	case k.wrong:
		return &exitError{code: exitUsage}
	case k.refused:
		return &exitError{code: exitRefused}
	case n[levelFailure] > 0:
		return &exitError{code: exitFailure}
	}
	return nil
}

func hasPrefix(p Problem, prefix string) bool { return strings.HasPrefix(p.Text, prefix) }

// belongs tells whether a problem is about an instance's keys.
func belongs(p Problem, v *VCF) bool { return hasPrefix(p, v.path+".") }
