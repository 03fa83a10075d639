package workflow

import "time"

// Person is who did something in Home Assistant. The zero Person is an automation,
// or somebody whom Home Assistant did not name.
type Person struct {
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// String is the name to show.
func (p Person) String() string {
	switch {
	case p.Name != "":
		return p.Name
	case p.ID != "":
		return "user " + p.ID
	}
	return "an automation"
}

// Action is what a press asks for.
type Action string

const (
	Start       Action = "start"
	Acknowledge Action = "acknowledge"
	Cancel      Action = "cancel"
	Retry       Action = "retry" // let SDDC Manager try the failed component again
	// CancelComponent is Cancel, and lets SDDC Manager cancel what runs there.
	CancelComponent Action = "cancel_component"
	Check           Action = "check" // read SDDC Manager again now
	Skip            Action = "skip"  // do not show Press.Version as an update any more
	Unskip          Action = "unskip"
)

// Press is what a person did. It is journaled before it is acted on.
type Press struct {
	Action Action    `json:"action"`
	Domain int       `json:"domain"` // the domain's number; 0 with Check
	By     Person    `json:"by"`
	At     time.Time `json:"at"` // Home Assistant's time of the press; the button's state
	// Version is the release that was shown when Start was pressed. Start upgrades
	// to exactly this one.
	Version string `json:"version,omitempty"`
	// Refused is why the press does not count: Home Assistant announced it, but it
	// names no helper or comes from somebody who may not. Empty: it counts.
	Refused string `json:"refused,omitempty"`
	// Direct says that it was made at the service itself, not with a button: At is this
	// machine's time, and an acknowledgement is later than the question it answers.
	Direct bool `json:"direct,omitempty"`
}

// Reply is what a person is told about a press, plain text. Started tells whether
// it began a run, Done that what a press of Acknowledge, Cancel or Retry asks for is so.
type Reply struct {
	Title   string
	Message string
	Started bool
	Done    bool
}

// Controls is what Home Assistant says about a domain's helpers. They are read only
// where a run has to decide.
type Controls struct {
	Connected    bool      // false: Home Assistant is away, the rest is not known
	IgnoreAlerts bool      // on; off, missing, unknown and unavailable are off
	Acknowledge  time.Time // the acknowledge button's last press; zero: never
	By           Person    // who pressed it, where Home Assistant still knows
	Refused      string    // why that press would not count; empty: it would
}
