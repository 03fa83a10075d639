package workflow

import (
	"encoding/json"
	"slices"
	"time"

	"vcf-assistant/vcf"
)

// Plan is what an upgrade of a domain would do, as far as it can be told before anything
// was changed. It is made by the functions that the run itself uses, from reads alone.
type Plan struct {
	Made        time.Time `json:"made"`
	SDDCManager Identity  `json:"sddc_manager"`
	Version     string    `json:"sddc_manager_version"`
	Domain      DomainRef `json:"domain"`
	From        string    `json:"from_version"`
	Target      string    `json:"target_version,omitempty"` // empty: no update applies, and nothing below is told
	ReleaseDate string    `json:"release_date,omitempty"`   // as SDDC Manager writes it
	Why         string    `json:"why"`                      // this release, or none
	Other       []string  `json:"other_releases,omitempty"` // each with why not

	// Refused is why a press of Start would be refused now. Empty: it would not.
	Refused []string `json:"refused,omitempty"`
	general []string // of those, what is not about this domain alone
	// Follows is the upgrade of somebody else that the run would follow first.
	Follows string `json:"follows,omitempty"`

	Components []PlannedComponent `json:"components"` // in the order in which they are expected
	Bundles    []PlannedBundle    `json:"bundles"`
	Clusters   []PlannedCluster   `json:"clusters,omitempty"` // that ESX is upgraded on
	Waits      []string           `json:"waits"`              // for people and windows
	Deadlines  []PlannedDeadline  `json:"deadlines"`
	Calls      []PlannedCall      `json:"calls"` // that would be sent, in order
	Later      []string           `json:"told_later"`
}

// PlannedComponent is a component of the target's bill of materials.
type PlannedComponent struct {
	Component vcf.Component `json:"component"`
	From      []string      `json:"from_versions,omitempty"` // of the inventory; empty: not told
	To        string        `json:"to_version,omitempty"`
	State     string        `json:"state"` // one of the constants below
}

// States of a PlannedComponent.
const (
	PlanUpgrade = "to be upgraded"
	PlanReached = "has this version already"
	PlanRuns    = "is being upgraded, started by somebody else"
	PlanAbsent  = "not of this domain"
	PlanUnknown = "of a type that is not known here"
)

// PlannedBundle is a bundle that the upgrade needs.
type PlannedBundle struct {
	ID        string        `json:"id,omitempty"` // empty: it cannot be told yet
	Component vcf.Component `json:"component"`
	Name      string        `json:"name,omitempty"` // of a second one of a component
	Version   string        `json:"version,omitempty"`
	SizeMB    float64       `json:"size_mb,omitempty"` // zero: not told
	Status    string        `json:"status,omitempty"`  // SDDC Manager's word
	Present   bool          `json:"present"`
	Requested bool          `json:"requested"` // is being downloaded, or is going to be
	Failed    bool          `json:"failed"`    // its last download
}

// PlannedCluster is a cluster whose hosts would be upgraded.
type PlannedCluster struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Image   bool   `json:"image_managed"` // by a vLCM image; false: by baselines
	ImageID string `json:"image_id,omitempty"`
	Chosen  string `json:"image_name,omitempty"` // name of the image
	Problem string `json:"problem,omitempty"`    // why no image can be chosen: the run would stop there
}

// PlannedDeadline is how long a part may take.
type PlannedDeadline struct {
	Part    string `json:"part"`
	Seconds int    `json:"seconds"`
}

// PlannedCall is a call that is no read. What Open names is not claimed.
type PlannedCall struct {
	Step   string          `json:"step"` // of Steps
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body,omitempty"` // as far as it can be told now; null: none
	What   string          `json:"what"`           // for people
	// Changes tells whether it changes anything in SDDC Manager beside a task of its own.
	Changes bool `json:"changes"`
	// Only is under which condition it is sent at all; empty: it is.
	Only string `json:"only_if,omitempty"`
	// Open are the parts that can be told only later, with the reason. What the body has of
	// them is what SDDC Manager says now.
	Open []OpenPart `json:"open,omitempty"`
	// Stop is why the run would stop before this call, as things are now.
	Stop string `json:"stop,omitempty"`
}

// OpenPart is a part of a call that nobody can tell yet.
type OpenPart struct {
	Key string `json:"key"` // of the body; "path": the id in the path
	Why string `json:"why"`
}

// Own are the reasons of Refused that are about this domain alone.
func (p *Plan) Own() []string {
	return slices.DeleteFunc(slices.Clone(p.Refused), func(why string) bool { return slices.Contains(p.general, why) })
}
