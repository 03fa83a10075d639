// Package tui is the demo on a terminal: a view of what Home Assistant shows of a
// simulated upgrade, and keys to press its buttons and to break things. It draws plain
// data (Screen) and hands out what was asked for (Action); it knows no Home Assistant
// and no simulator.
package tui

import (
	"strings"
	"time"
	"unicode"

	"vcf-assistant/workflow"
)

// Screen is all there is to show. The texts may be anybody's: the view makes them inert.
type Screen struct {
	Speed  float64
	Where  string // where Home Assistant is
	Lost   string // why Home Assistant does not answer this view; empty: it does
	Broken []string
	Log    []string // what was pressed and broken, and what came of it, oldest first

	Domains       []Domain // by number
	Entities      []Entity // by id
	Notifications []Notification
}

// Domain is a domain as its entities show it, and its steps as the service knows them.
type Domain struct {
	Number        int
	Name, Type    string
	Status        string // VCF domainN Status
	Current, Next string // versions; Next empty: no update
	Upgrade       string // VCF domainN Upgrade Status
	Progress      float64
	Component     string
	Ignore        bool   // Ignore Alerts is on
	Message       string // the log in one line
	Markdown      string // the card
	Phases        []workflow.Phase
	Left          time.Duration // estimated; zero: not known
	Started       time.Time     // of the newest upgrade; zero: none
	Ended         time.Time     // zero: it has not
}

// Entity is one as Home Assistant tells of it.
type Entity struct {
	ID, State string
	Short     string // the id without what all of them begin with
	Domain    int    // the number of the domain it is about; zero: the system's
}

// Notification is one of Home Assistant's.
type Notification struct{ Title, Message string }

// Action is what a key asks for.
type Action string

const (
	Start       Action = "start"
	Acknowledge Action = "acknowledge"
	Ignore      Action = "ignore"
	Cancel      Action = "cancel"
	BreakSDDC   Action = "SDDC Manager away or back"
	BreakNext   Action = "the next component fails"
	BreakHome   Action = "Home Assistant away or back"
	Reset       Action = "reset"
)

// printable makes one line of a text. A variation selector goes: terminals do not agree
// how wide what it stands behind is.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c == '\ufe0e' || c == '\ufe0f':
			return -1
		case !unicode.IsPrint(c):
			return ' '
		}
		return c
	}, s)
}
