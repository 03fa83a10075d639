package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"vcf-assistant/workflow"
)

// The control socket lies in each instance's state directory: presses from the command
// line, one JSON object and a newline there, one back. Nothing but the service's own user
// and root can open it.
const controlName = "control.sock"

// Bounds of what the socket takes and gives.
const (
	maxControlRequest = 4 << 10
	maxControlReply   = 64 << 10
	maxControlPeers   = 8               // at once
	controlRead       = 5 * time.Second // for a request to arrive, and for its reply to be taken
	controlLimit      = 10 * time.Second
)

// controlActions are the presses that the socket takes.
var controlActions = []workflow.Action{workflow.Start, workflow.Acknowledge, workflow.Cancel, workflow.CancelComponent, workflow.Retry}

// controlRequest is one press.
type controlRequest struct {
	Action   workflow.Action `json:"action"`
	Domain   string          `json:"domain"`             // its id, name, or number as in domain1
	Instance string          `json:"instance,omitempty"` // whose socket it is meant for
	Version  string          `json:"version,omitempty"`  // of Start alone, which goes to exactly this one
}

// controlReply is what became of it.
type controlReply struct {
	OK      bool   `json:"ok"` // what was asked for is so
	Title   string `json:"title"`
	Message string `json:"message"`
	Started bool   `json:"started"` // a run began
}

func refusedReply(format string, args ...any) controlReply {
	return controlReply{Title: "Nothing done", Message: fmt.Sprintf(format, args...)}
}

// parseControl reads a request. What it does not know is an error: a word that is
// mistyped must not mean something else.
func parseControl(line []byte) (r controlRequest, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	const shape = `send one line such as {"action":"cancel","domain":"domain1"}`
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("the request is not understood (%s): %s", printable(err.Error()), shape)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return r, errors.New("the request holds more than one object: " + shape)
	}
	switch {
	case !slices.Contains(controlActions, r.Action):
		return r, fmt.Errorf("%s is no action: it is one of %s", quote(string(r.Action)), joined(controlActions))
	case r.Domain == "":
		return r, errors.New("the request names no domain: " + shape)
	case r.Action == workflow.Start && r.Version == "":
		return r, errors.New("start needs the version: vcf-assistant status shows the one that is offered")
	case r.Action != workflow.Start && r.Version != "":
		return r, fmt.Errorf("%s takes no version: leave it out", r.Action)
	}
	return r, nil
}

// perform presses for the user of this machine who asked.
func (i *instance) perform(r controlRequest, by workflow.Person, press func(workflow.Press) workflow.Reply) controlReply {
	if r.Instance != i.name {
		return refusedReply("this is the socket of %s, not of %s: use the one in its own state directory", i.called(), quote(r.Instance))
	}
	refs, err := workflow.Domains(i.config.StateDir) // also those that SDDC Manager, being away, does not list
	if err != nil {
		return refusedReply("%s", err)
	}
	hits := domainsCalled(refs, r.Domain)
	switch {
	case len(hits) == 0:
		return refusedReply("there is no domain %s: %s", quote(r.Domain), theDomains(numbered(refs, "")))
	case len(hits) > 1:
		return refusedReply("%s is %s: say which", quote(r.Domain), strings.Join(numbered(hits, ""), " and "))
	}
	reply := press(workflow.Press{Action: r.Action, Domain: hits[0].Number, By: by, At: time.Now().UTC(), Version: r.Version, Direct: true})
	i.log.Info("press at the command line", "action", r.Action, "domain", hits[0].Number, "by", by.String(), "version", r.Version, "reply", reply.Title, "started", reply.Started)
	return controlReply{OK: reply.Started || reply.Done, Title: reply.Title, Message: reply.Message, Started: reply.Started}
}

// called is the instance as people call it.
func (i *instance) called() string {
	if i.name == "" {
		return "the instance without a name"
	}
	return "the instance " + quote(i.name)
}

// domainsCalled finds domains by id, name or number; an id goes before what only looks
// like one.
func domainsCalled(refs []workflow.DomainRef, name string) (hits []workflow.DomainRef) {
	number, notNumber := strconv.Atoi(strings.TrimPrefix(strings.ToLower(name), "domain"))
	for _, d := range refs {
		if d.ID != "" && d.ID == name {
			return []workflow.DomainRef{d}
		}
		if strings.EqualFold(d.Name, name) || notNumber == nil && d.Number == number {
			hits = append(hits, d)
		}
	}
	return hits
}

// numbered is how domains are called where names may be twice: lab/domain1 (m01).
func numbered(refs []workflow.DomainRef, instance string) (out []string) {
	for _, d := range refs {
		name := "domain" + strconv.Itoa(d.Number)
		if instance != "" {
			name = instance + "/" + name
		}
		out = append(out, fmt.Sprintf("%s (%s)", name, printable(d.Name)))
	}
	return out
}

// theDomains names what there is, at most so many that it is still one line.
func theDomains(names []string) string {
	const most = 12
	switch n := len(names); {
	case n == 0:
		return "none was seen yet: vcf-assistant check tells why"
	case n == 1:
		return "the only one is " + names[0]
	case n > most:
		names = append(slices.Clone(names[:most]), fmt.Sprintf("%d more", n-most))
	}
	return "there are " + strings.Join(names, ", ")
}

func joined(actions []workflow.Action) string {
	words := make([]string, len(actions))
	for i, a := range actions {
		words[i] = string(a)
	}
	return strings.Join(words, ", ")
}
