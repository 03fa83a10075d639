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
	// CertificateExpires is the end of the certificate that SDDC Manager showed last;
	// zero: none was seen yet, or the address is not https.
	CertificateExpires time.Time `json:"certificate_expires,omitzero"`
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
	Skipped     string       `json:"skipped,omitempty"`     // the offered version, when somebody skipped it on Home Assistant's updates page
	Gone        bool         `json:"gone,omitempty"`        // SDDC Manager has not listed it for so long that it counts as removed
	Inventory   *Inventory   `json:"inventory,omitempty"`   // nil: not read yet
	History     []Ended      `json:"history,omitempty"`     // runs that have ended, newest first, at most MaxHistory
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
	// Retryable says of a failed run that SDDC Manager can try its component again: a
	// press of Retry lets it. Cancellable says that SDDC Manager can cancel what runs
	// there now: a second press of Cancel lets it.
	Retryable   bool       `json:"retryable,omitempty"`
	Cancellable bool       `json:"cancellable,omitempty"`
	Cancelling  bool       `json:"cancelling,omitempty"`  // Cancel was pressed: the run ends before its next call that changes anything
	Opens       time.Time  `json:"window_opens,omitzero"` // of the maintenance window that is waited for
	Log         []LogEntry `json:"log"`
	Phases      []Phase    `json:"phases,omitempty"`
	Estimate    *Estimate  `json:"estimate,omitempty"` // nil: not enough was learned yet, or the run waits in the queue, stands still or has ended
}

// LogEntry is one line of a run's log, plain text in the server's or our words: who
// shows it makes it inert.
type LogEntry struct {
	Time   time.Time `json:"time"`
	Status Status    `json:"status"`
	Note   string    `json:"note"`
}

// Inventory is what a domain consists of, read every Intervals.Capacity in a number of
// requests that does not grow with hosts.
type Inventory struct {
	Read     time.Time          `json:"read"`              // when it was read last, at least in part
	Problem  string             `json:"problem,omitempty"` // which parts could not be read, since when and why; they keep their last values. Empty: all is the present
	Capacity vcf.Capacity       `json:"capacity"`
	Versions []ComponentVersion `json:"versions,omitempty"`
	Clusters []Cluster          `json:"clusters,omitempty"` // by name
	Hosts    []Host             `json:"hosts,omitempty"`    // by FQDN
	// HostCount is known also where hosts are not told one by one. Zero: not known.
	HostCount int `json:"host_count,omitempty"`
}

// ComponentVersion is the version that a component of a domain has.
type ComponentVersion struct {
	Component vcf.Component `json:"component"`
	Version   string        `json:"version"`          // of several the lowest
	Others    []string      `json:"others,omitempty"` // further versions: an upgrade is half done
}

// Cluster is a vSphere cluster of a domain.
type Cluster struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Hosts    int          `json:"hosts"`
	Capacity vcf.Capacity `json:"capacity"`
}

// Host is an ESX host of a domain.
type Host struct {
	ID       string       `json:"id"`
	FQDN     string       `json:"fqdn"`
	Cluster  string       `json:"cluster,omitempty"` // its name
	Version  string       `json:"version,omitempty"`
	Capacity vcf.Capacity `json:"capacity"`
}

// MaxHistory is how many ended runs of a domain a snapshot tells.
const MaxHistory = 10

// Ended is a run that has ended.
type Ended struct {
	ID             string    `json:"run_id"`
	From           string    `json:"from_version"`
	Target         string    `json:"target_version"`
	Status         Status    `json:"status"`           // Completed or Failed
	Reason         string    `json:"reason,omitempty"` // why it failed
	Started        time.Time `json:"started"`
	Ended          time.Time `json:"ended"`
	StartedBy      Person    `json:"started_by"`
	AcknowledgedBy *Person   `json:"acknowledged_by,omitempty"`
}

// Progress of a Phase.
const (
	PhaseToCome  = "to come"
	PhaseRunning = "running"
	PhaseDone    = "done"
	PhaseFailed  = "failed"
	PhaseSkipped = "skipped" // there was nothing to do
)

// Phase is a part of an upgrade as people speak of it: the steps of one status, or the
// upgrade of one component.
type Phase struct {
	Name     string        `json:"name"`  // "Prechecks", "NSX", "ESX cluster-m01"
	State    string        `json:"state"` // one of the constants above
	Started  time.Time     `json:"started,omitzero"`
	Ended    time.Time     `json:"ended,omitzero"`
	Expected time.Duration `json:"expected,omitempty"` // learned from earlier runs; zero: not known, or it waits for a person
}

// Estimate is how long a run may still take, learned from the journals of earlier runs.
type Estimate struct {
	Left time.Duration `json:"left"` // beside the wait for a person
	Runs int           `json:"runs"` // how many runs it was learned from
}
