package workflow

import (
	"cmp"
	"time"

	"vcf-assistant/vcf"
)

// State is everything a run knows: plain JSON, whole in every line of the journal.
// Steps decide by it alone, so that they decide the same after a crash.
type State struct {
	Domain      DomainRef      `json:"domain"`
	SDDCManager Identity       `json:"sddcManager,omitzero"` // the appliance that the run is bound to
	From        string         `json:"from"`                 // the domain's release at the start
	Target      string         `json:"target"`
	StartedBy   Person         `json:"startedBy"`
	Started     time.Time      `json:"started"`
	Pressed     time.Time      `json:"pressed,omitzero"` // Start, in Home Assistant's time
	BOM         []vcf.BOMEntry `json:"bom,omitempty"`
	Order       string         `json:"order,omitempty"` // the release's upgradeOrder

	Bundles  []BundleRef `json:"bundles,omitempty"`
	Download *Download   `json:"download,omitempty"` // that this run has asked for and waits for
	Precheck *Precheck   `json:"precheck,omitempty"`
	Alerts   *Alerts     `json:"alerts,omitempty"`
	Upgrades []Upgrade   `json:"upgrades,omitempty"` // in the order they were chosen; at most the last is open

	Validation string `json:"validation,omitempty"` // its id in SDDC Manager
	Validated  bool   `json:"validated,omitempty"`

	Cancel *Press `json:"cancel,omitempty"` // who cancelled
	// Stale says that the run was left alone longer than Options.ResumeWithin: it
	// starts nothing new until somebody acknowledges. Waiting holds the button's
	// state on entering that wait.
	Stale   bool       `json:"stale,omitempty"`
	Waiting *time.Time `json:"waiting,omitempty"`
	// Recheck says that the run was left alone since its prechecks: findings that are
	// older than Options.FindingsValid are checked again before the next component.
	Recheck bool `json:"recheck,omitempty"`

	Opens  time.Time `json:"opens,omitzero"`   // the maintenance window that it waits for
	Reason string    `json:"reason,omitempty"` // why it failed
	// Retryable says that SDDC Manager can try the failed upgrade again, as it said of its
	// task: a new run, of which RetryOf is this one's id, may let it.
	Retryable bool   `json:"retryable,omitempty"`
	RetryOf   string `json:"retryOf,omitempty"`
}

// DomainRef is the domain of a run.
type DomainRef struct {
	Number int    `json:"number"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Type   string `json:"type"`
}

// management tells whether it is the management domain, as the client tells it.
func (d DomainRef) management() bool { return vcf.Domain{Type: d.Type}.Management() }

// Identity tells one SDDC Manager from another behind the same address.
type Identity struct {
	ID   string `json:"id"`
	FQDN string `json:"fqdn"`
}

// BundleRef is a bundle that a run downloads.
type BundleRef struct {
	ID        string        `json:"id"`
	Component vcf.Component `json:"component"`
	Version   string        `json:"version,omitempty"`
	SizeMB    float64       `json:"sizeMB,omitempty"`
	Done      bool          `json:"done,omitempty"`
}

// Download is a request for a bundle that SDDC Manager has taken.
type Download struct {
	BundleID string `json:"bundleId"`
	TaskID   string `json:"taskId,omitempty"` // empty: the answer named none
}

// Precheck is a check-set run and what it found.
type Precheck struct {
	Query    *vcf.CheckSetCandidates `json:"query,omitempty"` // kept until the run is started
	RunID    string                  `json:"runId,omitempty"`
	Finished bool                    `json:"finished,omitempty"`
	Checked  Reading                 `json:"checked,omitzero"`   // when it was started
	Sets     int                     `json:"sets,omitempty"`     // check-sets that were sent
	Checks   int                     `json:"checks,omitempty"`   // how many ran
	Compared *Comparison             `json:"compared,omitempty"` // with the precheck before it; nil: there was none
	Findings []vcf.Finding           `json:"findings,omitempty"`
}

// Alerts is the decision about findings.
type Alerts struct {
	Ignored        bool      `json:"ignored"`         // Ignore Alerts was on when it was decided
	Button         time.Time `json:"button,omitzero"` // the acknowledge button's state then: only later presses count
	Acknowledged   bool      `json:"acknowledged,omitempty"`
	AcknowledgedBy *Person   `json:"acknowledgedBy,omitempty"`
	AcknowledgedAt time.Time `json:"acknowledgedAt,omitzero"`
}

// Upgrade is one POST /v1/upgrades: chosen, intended, accepted, ended.
type Upgrade struct {
	Component vcf.Component `json:"component"`
	BundleID  string        `json:"bundleId"`
	Version   string        `json:"version,omitempty"` // it goes to
	From      string        `json:"from,omitempty"`    // it comes from, where the inventory tells
	Resources []string      `json:"resources"`         // the ids it acts upon
	Name      string        `json:"name,omitempty"`    // of the cluster, or of the second pass, for people
	Type      string        `json:"resourceType"`      // DOMAIN or CLUSTER
	Started   time.Time     `json:"started,omitzero"`  // accepted or adopted
	Ended     time.Time     `json:"ended,omitzero"`

	// The intent, on disk before the POST leaves. Before and TasksBefore are the ids
	// that were there: a new id is ours, and no clock is compared.
	Intended    bool             `json:"intended,omitempty"`
	Sent        int              `json:"sent,omitempty"`   // POSTs that may have left
	Absent      bool             `json:"absent,omitempty"` // it is proved that none of them was accepted
	Spec        *vcf.UpgradeSpec `json:"spec,omitempty"`
	Before      []string         `json:"before,omitempty"`
	TasksBefore []string         `json:"tasksBefore,omitempty"`

	ID      string `json:"id,omitempty"` // empty: not known to be accepted
	TaskID  string `json:"taskId,omitempty"`
	Adopted bool   `json:"adopted,omitempty"` // somebody else started it
	Result  string `json:"result,omitempty"`  // the server's last word; empty: open

	Pause    bool       `json:"pause,omitempty"`    // it starts only when it was approved: Options.Pause when it was chosen
	Approval *Approval  `json:"approval,omitempty"` // nil: not asked for yet
	Failed   string     `json:"failed,omitempty"`   // when its task failed, in SDDC Manager's word
	Retry    *TaskRetry `json:"retry,omitempty"`    // nil: this run does not try it again
	Stop     *Stop      `json:"stop,omitempty"`     // nil: nobody wants it to be cancelled
}

// Label is the upgrade as people call it.
func (u Upgrade) Label() string {
	if u.Name != "" {
		return u.Component.String() + " " + u.Name
	}
	return u.Component.String()
}

// task is the id under which SDDC Manager shows the upgrade to people.
func (u Upgrade) task() string { return cmp.Or(u.TaskID, u.ID) }

// current is the upgrade that is chosen and not ended; nil when there is none.
func (s *State) current() *Upgrade {
	if n := len(s.Upgrades); n > 0 && s.Upgrades[n-1].Result == "" {
		return &s.Upgrades[n-1]
	}
	return nil
}

// completed tells whether this run has upgraded a resource with a bundle: it is
// never sent again, whatever the list says.
func (s *State) completed(bundleID, resource string) bool {
	for _, u := range s.Upgrades {
		if u.Result == "" || u.BundleID != bundleID {
			continue
		}
		for _, id := range u.Resources {
			if id == resource {
				return true
			}
		}
	}
	return false
}

// sawEnd tells whether this run has seen an upgrade end.
func (s *State) sawEnd(o vcf.Upgrade) bool {
	for _, u := range s.Upgrades {
		if u.Result != "" && u.is(o) {
			return true
		}
	}
	return false
}

// lacks names what a step needs of the state and does not find: a journal is a file,
// and its last line is the only thing a resumed step can go by. Empty: nothing. What a
// step leaves behind when a crash follows its own last line is no lack.
func (s *State) lacks(step string) string {
	if s.Target == "" {
		return "a target"
	}
	u, p := s.current(), s.Precheck
	switch step {
	case "sddc-manager-download", "component-download", "sddc-manager-start", "component-start":
		switch {
		case u == nil && p == nil && step == "component-start": // dropped with findings that were too old
		case u == nil:
			return "an upgrade"
		case u.BundleID == "" || len(u.Resources) == 0:
			return "the upgrade's bundle and resources"
		case u.Sent > 0 && u.ID == "" && u.Spec == nil:
			return "what was sent"
		}
	case "sddc-manager-approve", "component-approve":
		if u == nil {
			return "an upgrade"
		}
	case "retry-start":
		switch {
		case u == nil || u.task() == "":
			return "the upgrade's task"
		case u.Retry == nil:
			return "its failure"
		}
	case "follow", "sddc-manager-await", "component-await":
		if u != nil && u.ID == "" {
			return "the upgrade's id"
		}
	case "precheck-start":
		if p == nil || p.RunID == "" && p.Query == nil {
			return "the check-sets"
		}
	case "precheck-await":
		if p == nil || p.RunID == "" {
			return "the precheck's id"
		}
	case "precheck-report":
		if p == nil || !p.Finished {
			return "a precheck's result"
		}
	case "alerts-await":
		if p != nil && s.Alerts == nil {
			return "a decision about the findings"
		}
	}
	return ""
}

// bomVersion is the version that the target's BOM has for a component.
func (s *State) bomVersion(c vcf.Component) string {
	e, _ := vcf.Release{BOM: s.BOM}.BOMOf(c)
	return e.Version
}

// lastCompleted is the component of the newest upgrade, if that one has ended.
func (s *State) lastCompleted() vcf.Component {
	if n := len(s.Upgrades); n > 0 && s.Upgrades[n-1].Result != "" {
		return s.Upgrades[n-1].Component
	}
	return ""
}
