package workflow

import (
	"fmt"
	"log/slog"
	"slices"
	"time"

	"vcf-assistant/vcf"
)

// Config is what a Supervisor needs. Intervals, Timeouts and Options hold the values
// of the configuration; their zero values are not defaults: start from Defaults.
type Config struct {
	Client   *vcf.Client
	StateDir string // made if missing, 0700

	Intervals Intervals
	Timeouts  Timeouts
	Options   Options
	Inventory InventoryOptions

	Logger *slog.Logger // nil: slog.Default()

	// Wrote is told of every line of a journal: what it says, how long the write took and
	// why it failed. It must not block. Nil: nobody is.
	Wrote func(Transition, time.Duration, error)

	// Uptime answers the boot's id and the time since it, on a clock that a jump of
	// the wall clock does not move. Nil: the kernel's.
	Uptime func() (boot string, up time.Duration)
}

// InventoryOptions choose what is read: capacities every Intervals.Capacity, versions every
// Intervals.Refresh and when an upgrade has ended. The zero value reads nothing. What was
// not asked for makes no request, unless that spares others; Domain.Inventory is then nil,
// or without that part.
type InventoryOptions struct {
	Capacity CapacityDetail
	Versions bool // of the components, and of the hosts where those are shown
}

// CapacityDetail is how far down capacities are read; each includes those before it.
type CapacityDetail int

const (
	CapacityNone     CapacityDetail = iota
	CapacityDomains                 // of domains
	CapacityClusters                // and of clusters, with the number of their hosts
	CapacityHosts                   // and of hosts
)

var capacityWords = []string{"none", "domains", "clusters", "hosts"}

// CapacityWords are the words of the configuration for each CapacityDetail, in order.
func CapacityWords() []string { return slices.Clone(capacityWords) }

// String is the word of the configuration.
func (c CapacityDetail) String() string {
	if c < 0 || int(c) >= len(capacityWords) {
		return fmt.Sprintf("CapacityDetail(%d)", int(c))
	}
	return capacityWords[c]
}

// ParseCapacity reads a word of the configuration.
func ParseCapacity(word string) (CapacityDetail, bool) {
	i := slices.Index(capacityWords, word)
	return CapacityDetail(max(i, 0)), i >= 0
}

// Intervals are the pauses between looks.
type Intervals struct {
	Refresh  time.Duration // between two readings of all domains, and of versions
	Capacity time.Duration // between two readings of capacities
	Poll     time.Duration // between two looks at what a run waits for, on average: see pace
	Settle   time.Duration // SDDC Manager must answer this long after its own upgrade
	Adopt    time.Duration // an upgrade that is not listed after this long was not accepted
	Linger   time.Duration // successfuly_completed stays this long
}

// Timeouts are the deadlines of the waits, each from the first entry of its step and
// across restarts.
type Timeouts struct {
	Bundle      time.Duration // each bundle's download
	SDDCManager time.Duration
	Prechecks   time.Duration
	NSX         time.Duration
	VCenter     time.Duration
	ESX         time.Duration // each cluster
	Component   time.Duration // a component of another type
	Validation  time.Duration
}

// lookups is the deadline of steps that only ask and set: the target, the
// upgradables, the read-back.
const lookups = 30 * time.Minute

// Options are the choices an administrator made for upgrades.
type Options struct {
	AllowMajor     bool          // 5.x to 9.x
	OverrideTarget bool          // replace a target that somebody else set
	ResumeWithin   time.Duration // an older run starts nothing new until it is acknowledged
	FindingsValid  time.Duration // older findings are checked again; at least as long as the prechecks may take
	Pause          bool          // wait for an approval before each component
	Windows        []Window      // calls that change the data centre are sent inside only; none: at any time

	NSX     NSXOptions
	VCenter VCenterOptions
	ESX     ESXOptions
}

// NSXOptions choose how NSX is upgraded.
type NSXOptions struct {
	EdgeOnly             bool
	HostClustersParallel bool
	EdgeClustersParallel bool
}

// VCenterOptions choose how vCenter is upgraded.
type VCenterOptions struct {
	Mechanism        string // InPlace or ReducedDowntimeMigration
	TemporaryNetwork *vcf.TemporaryNetwork
}

// ESXOptions choose how clusters are upgraded.
type ESXOptions struct {
	QuickBoot          bool
	QuickPatch         bool
	EvacuateOfflineVMs bool
	EnforceHCL         bool
	ParallelClusters   bool
	PowerAction        string
	FailureAction      FailureAction
	Clusters           map[string]ClusterOptions // by cluster name
}

// FailureAction is what is done when a host of an image cluster cannot enter maintenance
// mode. Delay and Count are zero for FAIL; RETRY takes 5 minutes to 1 hour and 3 to 100
// (both specs).
type FailureAction struct {
	Action string // FAIL or RETRY
	Delay  time.Duration
	Count  int
}

// ClusterOptions are the choices for one cluster.
type ClusterOptions struct {
	Image string // name or id of the vLCM image; empty: the only one that fits
}

// Defaults are the values of the contract: careful, nothing parallel.
func Defaults() Config {
	return Config{
		Intervals: Intervals{Refresh: 15 * time.Minute, Capacity: 5 * time.Minute, Poll: 30 * time.Second,
			Settle: 5 * time.Minute, Adopt: 5 * time.Minute, Linger: time.Minute},
		Timeouts: Timeouts{Bundle: 6 * time.Hour, SDDCManager: 4 * time.Hour, Prechecks: 40 * time.Minute,
			NSX: 3 * time.Hour, VCenter: 3 * time.Hour, ESX: 3 * time.Hour, Component: 3 * time.Hour, Validation: 30 * time.Minute},
		Options: Options{ResumeWithin: 4 * time.Hour, FindingsValid: 24 * time.Hour,
			VCenter: VCenterOptions{Mechanism: inPlace},
			ESX: ESXOptions{EnforceHCL: true, PowerAction: "DO_NOT_CHANGE_VMS_POWER_STATE",
				FailureAction: FailureAction{Action: "FAIL"}}},
		Inventory: InventoryOptions{Capacity: CapacityClusters, Versions: true},
	}
}

// component is the deadline of a component's upgrade.
func (t Timeouts) component(c vcf.Component) time.Duration {
	switch c {
	case vcf.SDDCManagerComponent:
		return t.SDDCManager
	case vcf.NSX:
		return t.NSX
	case vcf.VCenterComponent:
		return t.VCenter
	case vcf.ESX:
		return t.ESX
	}
	return t.Component
}
