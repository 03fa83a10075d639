package panel

import (
	"fmt"
	"math"
	"strings"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

var (
	t0    = time.Date(2026, 11, 21, 22, 40, 0, 0, time.UTC)
	olga  = workflow.Person{ID: "5f0a0000000000000000000000000001", Name: "Olga Owner"}
	bom52 = []vcf.BOMEntry{
		{Name: "SDDC_MANAGER_VCF", Version: "5.2.1.0-24307856", PublicName: "SDDC Manager", ReleaseURL: "https://docs.example/sddc-manager-521"},
		{Name: "NSX_T_MANAGER", Version: "4.2.1.0.0-24304122", PublicName: "VMware NSX", ReleaseURL: "https://docs.example/nsx-421"},
		{Name: "VCENTER", Version: "8.0.3.00300-24305161", PublicName: "VMware vCenter Server"},
		{Name: "HOST", Version: "8.0.3-24280767", PublicName: "VMware ESXi"},
	}
)

func release() *vcf.Release {
	return &vcf.Release{Product: "VCF", Version: "5.2.1.0", MinCompatibleVersion: "5.0.0.0", Applicability: "APPLICABLE",
		Description: "<p>VMware Cloud Foundation <b>5.2.1</b> brings <a href=\"https://x.example\">fixes</a> &amp; more.</p>",
		ReleaseDate: "2024-10-09T00:00:00Z", BOM: bom52}
}

// idle is a management domain with nothing to do.
func idle() workflow.Snapshot {
	return workflow.Snapshot{Time: t0.Add(4 * time.Hour),
		Backend: workflow.Backend{URL: "https://sddc-manager.lab.example", FQDN: "sddc-manager.lab.example", Version: "5.2.0.0", Reachable: true, Refreshed: t0},
		Domains: []workflow.Domain{{Number: 1, ID: "8d2f7a4e-0000-4000-8000-000000000001", Name: "sfo-m01", Type: "MANAGEMENT", Status: "ACTIVE", Current: "5.2.0.0",
			WhyNot: []string{"5.2.2.0: NSX 4.2.3 is newer than the release's NSX 4.2.2"}}}}
}

func available() workflow.Snapshot {
	s := idle()
	s.Domains[0].Next, s.Domains[0].WhyNot = release(), nil
	return s
}

// running is in the middle of NSX, after the findings were acknowledged.
func running() workflow.Snapshot {
	s := available()
	s.Domains[0].Status = "UPGRADING"
	at := func(minutes int) time.Time { return t0.Add(time.Duration(minutes) * time.Minute) }
	s.Domains[0].Run = &workflow.RunView{ID: "20261121T224000.000Z-domain1", Active: true, Status: workflow.UpgradingNSX, Step: "component-await",
		Entered: at(200), Timeout: 3 * time.Hour, Deadline: at(380), Component: "NSX", Progress: 42, Doing: "NSX Manager cluster: 2 of 3 nodes upgraded, 61 %",
		Started: t0, StartedBy: olga, AcknowledgedBy: &workflow.Person{ID: "5f0a0000000000000000000000000002", Name: "Mia Member"},
		From: "5.2.0.0", Target: "5.2.1.0", BOM: bom52, ChecksRun: 84, Findings: findings(), TaskURL: "https://sddc-manager.lab.example/ui/sddc-manager/inventory/domains",
		Upgrades: []workflow.Upgrade{
			{Component: vcf.SDDCManagerComponent, From: "5.2.0.0-24108943", Version: "5.2.1.0-24307856", Started: at(18), Ended: at(96), Result: "COMPLETED_WITH_SUCCESS"},
			{Component: vcf.NSX, From: "4.2.0.0.0-24105817", Version: "4.2.1.0.0-24304122", Started: at(200)},
		},
		Log: []workflow.LogEntry{
			{Time: at(0), Status: workflow.SettingTarget, Note: "Start pressed by Olga Owner: 5.2.0.0 to 5.2.1.0."},
			{Time: at(1), Status: workflow.SettingTarget, Note: "The domain's target is 5.2.1.0."},
			{Time: at(1), Status: workflow.DownloadingSDDC, Note: ""},
			{Time: at(17), Status: workflow.DownloadingSDDC, Note: "Bundle of SDDC Manager 5.2.1.0-24307856 is there (2.1 GB)."},
			{Time: at(18), Status: workflow.UpgradingSDDC, Note: "Upgrade of SDDC Manager started."},
			{Time: at(96), Status: workflow.UpgradingSDDC, Note: "SDDC Manager is upgraded."},
			{Time: at(150), Status: workflow.DownloadingBundles, Note: "3 bundles are there."},
			{Time: at(160), Status: workflow.ChecksDone, Note: "Prechecks: 84 checks, 1 error, 2 warnings."},
			{Time: at(199), Status: workflow.WaitingForAck, Note: "Acknowledged by Mia Member."},
			{Time: at(199), Status: workflow.Acknowledged, Note: "Alerts were acknowledged. Continuing"},
			{Time: at(200), Status: workflow.UpgradingNSX, Note: "Upgrade of NSX started."},
		}}
	return s
}

func findings() []vcf.Finding {
	return []vcf.Finding{
		{Severity: vcf.SeverityWarning, Resource: "sfo-m01-nsx01", Check: "NSX Manager backup", Message: "The last backup is older than 24 hours.",
			Remediation: "Run a backup in NSX Manager, System > Backup & Restore."},
		{Severity: vcf.SeverityError, Resource: "sfo-m01-esx01", Check: "ESXi time", Message: "The clock of sfo-m01-esx01 is 47 s behind SDDC Manager <b>now</b>.",
			Remediation: "Set NTP:\n1. esxcli system ntp set -e true\n2. see https://docs.example/ntp_setup", Reference: "K3F8QA"},
		{Severity: vcf.SeverityWarning, Resource: "sfo-m01-nsx01", Check: "Certificate", Message: "Expires in {{ 29 }} days | renew [here](javascript:alert(1))."},
	}
}

// waiting needs somebody: one error and two warnings.
func waiting() workflow.Snapshot {
	s := running()
	r := s.Domains[0].Run
	r.Status, r.Step, r.Component, r.Doing, r.AcknowledgedBy = workflow.WaitingForAck, "alerts-await", "", "", nil
	r.Timeout, r.Deadline, r.Progress = 0, time.Time{}, 34
	r.Entered = t0.Add(160 * time.Minute)
	r.Upgrades, r.Log = r.Upgrades[:1], append(r.Log[:8:8], workflow.LogEntry{Time: r.Entered, Status: workflow.ChecksDone,
		Note: "Ignore Alerts is off: waiting for an acknowledgement."})
	return s
}

// checkedAgain is waiting after a second precheck: the error is new, one warning was
// there, one has become milder, and something is gone.
func checkedAgain() workflow.Snapshot {
	s := waiting()
	r := s.Domains[0].Run
	r.Compared = &workflow.Comparison{Run: "20261120T090000.000Z-domain1", At: t0.Add(-37 * time.Hour),
		Marks: []workflow.Mark{workflow.MarkStill, workflow.MarkNew, workflow.MarkMilder},
		Gone: []vcf.Finding{{Severity: vcf.SeverityError, Resource: "sfo-m01-vc01", Check: "Root password",
			Message: "The password of <root> expires in 3 days, see [the guide](https://x.example)."}}}
	return s
}

// approving needs somebody before vCenter: NSX is done.
func approving() workflow.Snapshot {
	s := running()
	r := s.Domains[0].Run
	r.Status, r.Step, r.Component, r.Doing = workflow.WaitingForApproval, "component-approve", "vCenter", "Waiting for an approval of vCenter."
	r.Timeout, r.Deadline, r.Progress, r.Entered = 0, time.Time{}, 61, t0.Add(230*time.Minute)
	r.Upgrades[1].Ended, r.Upgrades[1].Result = t0.Add(229*time.Minute), "COMPLETED_WITH_SUCCESS"
	r.Upgrades = append(r.Upgrades, workflow.Upgrade{Component: vcf.VCenterComponent, From: "8.0.3.00100-24091160", Version: "8.0.3.00300-24305161"})
	r.Log = append(r.Log, workflow.LogEntry{Time: t0.Add(229 * time.Minute), Status: workflow.UpgradingNSX, Note: "NSX is upgraded."})
	return s
}

// closed waits for the maintenance window of the next evening before vCenter.
func closed() workflow.Snapshot {
	s := approving()
	r := s.Domains[0].Run
	r.Status, r.Step, r.Doing, r.Opens = workflow.WaitingForWindow, "component-start", "Waiting for the maintenance window.", t0.Add(22*time.Hour+20*time.Minute)
	return s
}

// retryable is failed, where SDDC Manager can try NSX again.
func retryable() workflow.Snapshot {
	s := failed()
	s.Domains[0].Run.Retryable = true
	return s
}

// cancelling is running after a press of Cancel, where SDDC Manager can cancel NSX.
func cancelling() workflow.Snapshot {
	s := running()
	s.Domains[0].Run.Cancelling, s.Domains[0].Run.Cancellable = true, true
	return s
}

// downloading is in the second of three bundles.
func downloading() workflow.Snapshot {
	s := running()
	r := s.Domains[0].Run
	r.Status, r.Step, r.Component, r.Progress, r.Findings, r.AcknowledgedBy = workflow.DownloadingBundles, "download-bundles", "", 27, nil, nil
	r.Doing = "Downloading vCenter (18047 MB): IN_PROGRESS, 34 %"
	r.Bundles = []workflow.BundleRef{{Component: vcf.NSX, SizeMB: 8871.2, Done: true}, {Component: vcf.VCenterComponent, SizeMB: 18046.9}, {Component: vcf.ESX, SizeMB: 620.5}}
	r.Upgrades, r.Log = r.Upgrades[:1], r.Log[:6]
	return s
}

func failed() workflow.Snapshot {
	s := running()
	r := s.Domains[0].Run
	r.Active, r.Status, r.Doing, r.Timeout, r.Deadline = false, workflow.Failed, "", 0, time.Time{}
	r.Reason = "upgrading NSX: SDDC Manager reports COMPLETED_WITH_FAILURE: the host cluster *sfo-m01-cl01* could not be put into maintenance mode (reference token 7QX2PL)"
	r.Log = append(r.Log, workflow.LogEntry{Time: t0.Add(233 * time.Minute), Status: workflow.Failed, Note: "Stopped: " + r.Reason})
	return s
}

func completed() workflow.Snapshot {
	s := running()
	at := func(minutes int) time.Time { return t0.Add(time.Duration(minutes) * time.Minute) }
	s.Domains[0].Next, s.Domains[0].Current, s.Domains[0].Status = nil, "5.2.1.0", "ACTIVE"
	r := s.Domains[0].Run
	r.Status, r.Step, r.Component, r.Doing, r.Progress, r.Timeout, r.Deadline = workflow.Completed, "complete", "", "", 100, 0, time.Time{}
	r.Upgrades[1].Ended, r.Upgrades[1].Result = at(290), "COMPLETED_WITH_SUCCESS"
	r.Upgrades = append(r.Upgrades,
		workflow.Upgrade{Component: vcf.VCenterComponent, From: "8.0.3.00100-24091160", Version: "8.0.3.00300-24305161", Started: at(291), Ended: at(352), Result: "COMPLETED_WITH_SUCCESS"},
		workflow.Upgrade{Component: vcf.ESX, Name: "sfo-m01-cl01", Version: "8.0.3-24280767", Started: at(353), Ended: at(535), Result: "COMPLETED_WITH_SUCCESS", Adopted: true})
	r.Log = append(r.Log, workflow.LogEntry{Time: at(540), Status: workflow.Completed, Note: "sfo-m01 is at 5.2.1.0."})
	s.Time = at(541)
	return s
}

func unreachable() workflow.Snapshot {
	s := available()
	s.Backend.Reachable, s.Backend.Problem = false, "GET https://sddc-manager.lab.example/v1/domains: connection refused"
	return s
}

func unsupported() workflow.Snapshot {
	s := idle()
	s.Backend.Version = "9.1.0.0"
	s.Domains[0].Current, s.Domains[0].WhyNot = "9.1.0.0", nil
	s.Domains[0].Unsupported = "SDDC Manager 9.1.0.0 answers its lifecycle calls with 410: upgrade this system with VCF Operations"
	return s
}

// monstrous is a snapshot in which every text is as long and as hostile as a server can
// make it.
func monstrous() workflow.Snapshot {
	s := waiting()
	long := strings.Repeat("<b>[\"\\|{{x}}`*_ü\u202e\n", 4000)
	d := &s.Domains[0]
	d.Name, d.Type, d.ID, d.Current = long, long, long, long
	d.Run.Compared = &workflow.Comparison{Run: long, At: t0, Partial: true, Marks: []workflow.Mark{workflow.MarkStill, workflow.Mark(long)}}
	for range 300 {
		d.WhyNot = append(d.WhyNot, long)
		d.Run.Findings = append(d.Run.Findings, vcf.Finding{Severity: vcf.SeverityError, Resource: long, Check: long, Message: long, Remediation: long, Reference: long})
		d.Run.Compared.Gone = append(d.Run.Compared.Gone, d.Run.Findings[0], d.Run.Findings[len(d.Run.Findings)-1])
		d.Run.Bundles = append(d.Run.Bundles, workflow.BundleRef{Component: vcf.Component(long), SizeMB: 1e300})
		d.Run.Log = append(d.Run.Log, workflow.LogEntry{Time: t0, Note: long})
		d.Run.Upgrades = append(d.Run.Upgrades, workflow.Upgrade{Component: vcf.Component(long), Name: long, From: long, Version: long})
		d.Run.BOM = append(d.Run.BOM, vcf.BOMEntry{Name: long, Version: long, PublicName: long, ReleaseURL: long})
	}
	d.Next = &vcf.Release{Version: long, Description: long, ReleaseDate: long, BOM: d.Run.BOM}
	d.Run.Doing, d.Run.Reason, d.Run.Component, d.Run.Target, d.Run.From, d.Run.ID = long, long, long, long, long, long
	d.Run.StartedBy = workflow.Person{Name: long}
	d.Run.AcknowledgedBy = &workflow.Person{Name: long}
	s.Backend.Problem = long
	return s
}

// everything shows all entities there are.
var everything = Show{System: true, Versions: true, Capacity: workflow.CapacityHosts}

// stocked is a domain whose inventory was read: two clusters of names that read alike,
// two hosts of the same short name, one that is counted nothing of, NSX half upgraded.
func stocked() workflow.Snapshot {
	s := available()
	s.Backend.CertificateExpires = time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)
	const gib, tib = 1 << 30, 1 << 40
	use := func(share float64, hosts float64) vcf.Capacity {
		return vcf.Capacity{CPU: vcf.Usage{Used: share * hosts * 48e9, Total: hosts * 48e9}, Memory: vcf.Usage{Used: share * hosts * 512 * gib, Total: hosts * 512 * gib},
			Storage: vcf.Usage{Used: share * hosts * 7 * tib, Total: hosts * 7 * tib}}
	}
	bare := func(c vcf.Capacity) vcf.Capacity { c.Storage = vcf.Usage{}; return c }
	s.Domains[0].Inventory = &workflow.Inventory{Read: s.Time, Capacity: use(0.4376, 3), HostCount: 3,
		Versions: []workflow.ComponentVersion{{Component: vcf.SDDCManagerComponent, Version: "5.2.0.0-24108943"},
			{Component: vcf.NSX, Version: "4.2.0.0.0-24105817", Others: []string{"4.2.1.0.0-24304122"}},
			{Component: vcf.VCenterComponent, Version: "8.0.3.00100-24091160"}, {Component: vcf.ESX, Version: "8.0.3-24022510"}},
		Clusters: []workflow.Cluster{{ID: "c2", Name: "sfo-m01 cl01", Hosts: 1, Capacity: use(0.9, 1)}, {ID: "c1", Name: "SFO-m01-cl01", Hosts: 2, Capacity: use(0.2, 2)}},
		Hosts: []workflow.Host{{ID: "h3", FQDN: "esx01.other.example", Cluster: "sfo-m01 cl01", Version: "8.0.3-24022510", Capacity: bare(use(0.9, 1))},
			{ID: "h1", FQDN: "esx01.sfo.example", Cluster: "SFO-m01-cl01", Version: "8.0.3-24022510", Capacity: use(0.3, 1)},
			{ID: "h2", FQDN: "esx02.sfo.example", Cluster: "SFO-m01-cl01", Version: "8.0.3-24022510"}}}
	s.Domains[0].History = []workflow.Ended{
		{ID: "20260601T200000.000Z-domain1", From: "5.1.1.0", Target: "5.2.0.0", Status: workflow.Completed, Started: time.Date(2026, 6, 1, 20, 0, 0, 0, time.UTC),
			Ended: time.Date(2026, 6, 2, 3, 12, 0, 0, time.UTC), StartedBy: olga, AcknowledgedBy: &olga},
		{ID: "20260601T180000.000Z-domain1", From: "5.1.1.0", Target: "5.2.0.0", Status: workflow.Failed, Reason: "cancelled by Olga Owner", Started: time.Date(2026, 6, 1, 18, 0, 0, 0, time.UTC),
			Ended: time.Date(2026, 6, 1, 18, 31, 0, 0, time.UTC), StartedBy: olga},
	}
	return s
}

// estimated is running with its phases and an estimate.
func estimated() workflow.Snapshot {
	s := running()
	d := &s.Domains[0]
	d.Inventory, d.History = stocked().Domains[0].Inventory, stocked().Domains[0].History
	at := func(minutes int) time.Time { return t0.Add(time.Duration(minutes) * time.Minute) }
	s.Time = at(240)
	d.Run.Phases = []workflow.Phase{{Name: "SDDC Manager", State: workflow.PhaseDone, Started: at(18), Ended: at(96), Expected: 80 * time.Minute},
		{Name: "Acknowledgement", State: workflow.PhaseDone, Started: at(160), Ended: at(199)},
		{Name: "NSX", State: workflow.PhaseRunning, Started: at(200), Expected: 95 * time.Minute}, {Name: "vCenter", State: workflow.PhaseToCome, Expected: time.Hour},
		{Name: "ESX SFO-m01-cl01", State: workflow.PhaseToCome}}
	d.Run.Estimate = &workflow.Estimate{Left: 5*time.Hour + 12*time.Minute + 31*time.Second, Runs: 2}
	return s
}

// monstrousEverywhere has, beside monstrous, dozens of hostile clusters, hosts, phases
// and runs, and numbers that JSON has not.
func monstrousEverywhere() workflow.Snapshot {
	s := monstrous()
	d := &s.Domains[0]
	long := d.Name
	far := time.Date(20000, 1, 1, 0, 0, 0, 0, time.UTC)
	odd := []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, 0, 1e300, math.SmallestNonzeroFloat64}
	d.Inventory = &workflow.Inventory{Versions: []workflow.ComponentVersion{{Component: vcf.NSX, Version: long}}}
	d.Run.Estimate = &workflow.Estimate{Left: math.MaxInt64, Runs: 1}
	for i := range 49 {
		usage := vcf.Usage{Used: odd[i%len(odd)], Total: odd[i/len(odd)%len(odd)]}
		c := vcf.Capacity{CPU: usage, Memory: usage, Storage: usage}
		d.Inventory.Versions[0].Others = append(d.Inventory.Versions[0].Others, long)
		d.Inventory.Clusters = append(d.Inventory.Clusters, workflow.Cluster{ID: long, Name: long, Hosts: -i, Capacity: c})
		d.Inventory.Hosts = append(d.Inventory.Hosts, workflow.Host{ID: fmt.Sprint(i % 7), FQDN: long, Cluster: long, Version: long, Capacity: c})
		d.Run.Phases = append(d.Run.Phases, workflow.Phase{Name: long, State: long, Started: far, Expected: math.MaxInt64})
		d.History = append(d.History, workflow.Ended{ID: long, From: long, Target: long, Status: workflow.Failed, Reason: long, Started: far.AddDate(-30000, 0, 0), Ended: far,
			StartedBy: workflow.Person{Name: long}, AcknowledgedBy: &workflow.Person{Name: long}})
	}
	s.Backend.FQDN, s.Backend.Version, s.Backend.URL, s.Backend.CertificateExpires, s.Backend.Refreshed = long, long, long, far, far
	for i := range 150 {
		more := *d
		more.Number, more.Run, more.Inventory, more.History, more.Status = i+2, nil, nil, nil, long
		more.WhyNot, more.Next, more.Name, more.ID = nil, nil, long[:i*9], ""
		s.Domains = append(s.Domains, more)
		d = &s.Domains[0]
	}
	return s
}

// inventoryOfAll has every component, a cluster and a host.
func inventoryOfAll() *workflow.Inventory {
	return &workflow.Inventory{Read: t0, HostCount: 1,
		Versions: []workflow.ComponentVersion{{Component: vcf.SDDCManagerComponent, Version: "5.2.0.0-24108943"}, {Component: vcf.NSX, Version: "4.2.0.0.0-24105817"},
			{Component: vcf.VCenterComponent, Version: "8.0.3.00100-24091160"}, {Component: vcf.ESX, Version: "8.0.3-24022510"}},
		Clusters: []workflow.Cluster{{ID: "c1", Name: "sfo-m01-cl01", Hosts: 1}},
		Hosts:    []workflow.Host{{ID: "h1", FQDN: "sfo-m01-esx01.lab.example", Cluster: "sfo-m01-cl01"}}}
}
