package workflow

import (
	"time"

	"vcf-assistant/vcf"
)

// Snapshot is all there is to show, as plain data: a copy that nobody changes.
type Snapshot struct {
	Time    time.Time `json:"time"`
	Backend Backend   `json:"sddc_manager"`
	Domains []Domain  `json:"domains"` // by number
}

// Backend is the SDDC Manager as it was last seen.
type Backend struct {
	URL       string    `json:"url"`
	FQDN      string    `json:"fqdn,omitempty"`
	Version   string    `json:"version,omitempty"`
	Reachable bool      `json:"reachable"`
	Problem   string    `json:"problem,omitempty"` // why it is not reachable
	Refreshed time.Time `json:"refreshed,omitzero"`
}

// Domain is one domain of the snapshot.
type Domain struct {
	Number      int          `json:"number"` // of sensor.vcf_domainN_...; never given to another domain
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Type        string       `json:"type"`
	Status      string       `json:"status"` // SDDC Manager's; empty: not listed any more
	Current     string       `json:"current_version"`
	Next        *vcf.Release `json:"next,omitempty"` // nil: no update applies
	WhyNot      []string     `json:"why_not,omitempty"`
	Unsupported string       `json:"unsupported,omitempty"` // why its lifecycle cannot be driven here
	Problem     string       `json:"problem,omitempty"`     // why it could not be read
	Run         *RunView     `json:"run,omitempty"`         // the one that runs, or the failed one that was not dismissed
}

// Active tells whether a run of the domain has not ended.
func (d Domain) Active() bool { return d.Run != nil && d.Run.Active }

// UpgradeStatus is the state of the domain's "Upgrade Status" entity.
func (d Domain) UpgradeStatus() Status {
	if d.Run == nil {
		return WaitingForInitiation
	}
	return d.Run.Status
}

// RunView is a run as it is shown.
type RunView struct {
	ID             string         `json:"run_id"`
	Active         bool           `json:"active"`
	Status         Status         `json:"status"`
	Step           string         `json:"step"`
	Entered        time.Time      `json:"step_entered"`
	Timeout        time.Duration  `json:"timeout,omitempty"` // of the step; zero: none
	Deadline       time.Time      `json:"deadline,omitzero"` // zero: none
	Component      string         `json:"component,omitempty"`
	Progress       int            `json:"progress"`        // of the whole upgrade, 0..100
	Doing          string         `json:"doing,omitempty"` // the newest word about a wait; not journaled
	Started        time.Time      `json:"started"`
	StartedBy      Person         `json:"started_by"`
	AcknowledgedBy *Person        `json:"acknowledged_by,omitempty"`
	From           string         `json:"from_version"`
	Target         string         `json:"target_version"`
	BOM            []vcf.BOMEntry `json:"bom,omitempty"`
	Upgrades       []Upgrade      `json:"upgrades,omitempty"`
	Findings       []vcf.Finding  `json:"findings,omitempty"`
	ChecksRun      int            `json:"checks_run,omitempty"`
	Precheck       string         `json:"precheck,omitempty"` // its id in SDDC Manager; empty: none has ended
	Checked        time.Time      `json:"checked,omitzero"`   // when it was started
	Compared       *Comparison    `json:"compared,omitempty"` // with the precheck before it; nil: there was none
	Bundles        []BundleRef    `json:"bundles,omitempty"`  // that the components need
	TaskURL        string         `json:"task_url,omitempty"` // SDDC Manager's own page of the domain
	Reason         string         `json:"reason,omitempty"`   // why it failed
	Log            []LogEntry     `json:"log"`
}

// LogEntry is one line of a run's log, plain text in the server's or our words: who
// shows it makes it inert.
type LogEntry struct {
	Time   time.Time `json:"time"`
	Status Status    `json:"status"`
	Note   string    `json:"note"`
}
