package hass

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

var (
	// ErrAuthInvalid is a refused token. It is final: Home Assistant bans a host that
	// goes on trying.
	ErrAuthInvalid = errors.New("home assistant refuses the token: make a new long-lived access token in the profile of an administrator, under Security")

	// ErrDisconnected is what a command gets that was under way when the connection was
	// lost, or that was given while there was none. Whether Home Assistant has done it is
	// not known.
	ErrDisconnected = errors.New("not connected to home assistant")
)

// CommandError is Home Assistant's refusal of a WebSocket command.
type CommandError struct {
	Command string // as in the message's type: "lovelace/config"
	Code    string // "unknown_command", "unauthorized", "not_found" ...
	Message string // one line, at most 300 characters
}

func (e *CommandError) Error() string {
	text := fmt.Sprintf("home assistant refuses %s: %s (%s)", e.Command, e.Message, e.Code)
	switch name := e.integration(); {
	case e.Code == "unauthorized":
		text += ": the token must be one of an administrator"
	case name != "":
		text = fmt.Sprintf("home assistant runs without %s (it does not know %s): if it is in recovery mode, mend its configuration, else add the line %s: to configuration.yaml; then restart it",
			name, e.Command, name)
	}
	return text
}

// Is tells that "unauthorized" is ErrNotAdmin.
func (e *CommandError) Is(target error) bool {
	return target == ErrNotAdmin && e.Code == "unauthorized"
}

// integration names what Home Assistant must have for the command, if it says that it
// does not know it. Both versions bring all of these by themselves, except in recovery
// mode; one that failed to start, or a later version, may be without.
func (e *CommandError) integration() string {
	if e.Code != "unknown_command" {
		return ""
	}
	switch domain, _, _ := strings.Cut(e.Command, "/"); domain {
	case "input_button", "input_boolean", "persistent_notification", "config":
		return domain
	case "lovelace":
		return "frontend"
	case "blueprint":
		return "automation"
	}
	return ""
}

// StatusError is a REST answer that is not a success.
type StatusError struct {
	Method  string
	Path    string
	Status  int
	Message string // from the body's "message", else the begin of the body; one line
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("%s %s: home assistant answered %d: %s", e.Method, e.Path, e.Status, e.Message)
}

// code reports whether err is a CommandError of that code.
func code(err error, code string) bool {
	var ce *CommandError
	return errors.As(err, &ce) && ce.Code == code
}

// line makes one printable line of at most 300 characters of a server's text.
func line(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if runes := []rune(text); len(runes) > 300 {
		return string(runes[:299]) + "…"
	}
	return text
}
