package vcftest

import (
	"cmp"
	"slices"
	"time"
)

// Component types as upgradables and bundles spell them.
const (
	SDDCManager = "SDDC_MANAGER"
	NSX         = "NSX_T_MANAGER"
	VCenter     = "VCENTER"
	Host        = "HOST"
)

// Model is what is simulated: counts, versions, durations, and what goes wrong. Server.Update changes it while it runs; inventory and
// durations of what has begun stay as they were. The zero Model has no domains and takes no time; begin with Model52 or Model90.
type Model struct {
	Inventory
	Load
	Durations
	Credentials
	Outages
	Prechecks
	Failures
	Lies
	Dialect
	Settings
}

// Inventory is what the SDDC Manager manages and knows. Domains, Drift, Finalize and Downloaded are laid out once, by New.
type Inventory struct {
	// FQDN is the name of the SDDC Manager. Names of vCenters, NSX and hosts get its DNS domain. Empty: sddc-manager.lab.example.
	FQDN string
	// Domains, in the order of the list call. The one of type MANAGEMENT holds the SDDC Manager. None: an empty system.
	Domains []Domain
	// Releases known to the depot, in the order of the list call. Each domain's own release must be among them.
	Releases []Release
	// Images are the vLCM images (personalities) imported so far.
	Images []Image
	// MatchingImages is how many further images have the target's ESX build as their base: 0, 1 or more. They are of the
	// newest applicable release.
	MatchingImages int
	// Drift adds a second SDDC_MANAGER bundle, configuration drift, to every release; it becomes AVAILABLE after the first.
	Drift bool
	// Finalize offers NSX once more when all else of a release is done, and only then is the release reached: FinalizeBundle under a
	// bundle of its own, FinalizeResource under the same bundle and another resource. Empty: once is enough.
	Finalize string
	// Downloaded makes all bundles SUCCESSFUL from the start, as at an offline site.
	Downloaded bool
	// BundlesRenewed gives the bundles that are not downloaded new ids when the SDDC Manager has been upgraded.
	BundlesRenewed bool
	// UnassignedHosts is how many hosts are commissioned and belong to no domain.
	UnassignedHosts int
	// CertificateExpires is the end of the server's certificate, which Transport shows to https too. Zero: Listen makes one for a day, and
	// Transport shows none.
	CertificateExpires time.Time
}

// Domain is a workload domain.
type Domain struct {
	// Name, for example m01.
	Name string
	// Type is MANAGEMENT or VI. Empty: VI.
	Type string
	// Release that the domain is on, for example 5.2.0.0.
	Release string
	// Status while nothing runs. Empty: ACTIVE. UPGRADING is reported by itself.
	Status string
	// Clusters, the default one first.
	Clusters []Cluster
	// Edges is the number of NSX edge clusters.
	Edges int
	// SharesNSX: the domain uses the NSX of the management domain. False: one of its own.
	SharesNSX bool
}

// Cluster is a vSphere cluster.
type Cluster struct {
	// Name, for example m01-cl01.
	Name string
	// Hosts is the number of ESX hosts.
	Hosts int
	// Image: the cluster is managed by a vLCM image. False: by baselines.
	Image bool
	// AddOn is the vendor add-on of an image cluster, as NAME:VERSION. Empty: none.
	AddOn string
	// Components beyond base image and add-on of an image cluster, name to version. Nil: none.
	Components map[string]string
}

// Release is a VCF release in the depot.
type Release struct {
	// Version, four parts.
	Version string
	// MinCompatible is minCompatibleVcfVersion. Empty: left out of the answer, as 9.0.2 may do.
	MinCompatible string
	// Date is the release date, ISO 8601.
	Date string
	// Description may hold HTML.
	Description string
	// SDDCManager, NSX, VCenter and ESX are the versions of the bill of materials. An empty one is not part of it.
	SDDCManager, NSX, VCenter, ESX string
	// Reasons, if any, make the release NOT_APPLICABLE.
	Reasons []string
	// Order overrides the default order NSX_T_MANAGER, VCENTER, ESX_HOST. Nil: default, and no upgradeOrder in the answer.
	Order []string
}

// Image is a vLCM image imported into the SDDC Manager.
type Image struct {
	// Name is personalityName, 3 to 20 letters, digits and dashes; it also makes the id.
	Name string
	// BaseImage is the version of the ESX base image, for example 8.0.3-0.0.24280767.
	BaseImage string
	// AddOn as in Cluster.
	AddOn string
	// Components as in Cluster.
	Components map[string]string
}

// What Inventory.Finalize can be. How a real system shows this step is not known.
const (
	FinalizeBundle   = "bundle"
	FinalizeResource = "resource"
)

// Durations are how long things take. Zero: no time at all.
type Durations struct {
	// BundleDownload is one bundle's download.
	BundleDownload time.Duration
	// Precheck is a check-set run.
	Precheck time.Duration
	// Validation is the validation of a release.
	Validation time.Duration
	// SDDCManagerUpgrade is the SDDC Manager upgrade up to the moment its API goes away.
	SDDCManagerUpgrade time.Duration
	// Outage is how long the API is gone then.
	Outage time.Duration
	// FalseRecovery is how long the API answers before it is gone once more. Zero: it does not come back too early.
	FalseRecovery time.Duration
	// SecondOutage is how long it is gone after a false recovery.
	SecondOutage time.Duration
	// ReadyAfter is the time between the API's return and the end of the SDDC Manager upgrade.
	ReadyAfter time.Duration
	// NSX and VCenter are the upgrades of these.
	NSX, VCenter time.Duration
	// ESX is the upgrade of one cluster; clusters in one request follow each other unless parallelUpgrade is true.
	ESX time.Duration
	// Cancel is how long an upgrade goes on after its task was cancelled. One that ends before that ends as it would have.
	Cancel time.Duration
	// TokenLifetime is that of access tokens; zero: 1 h. RefreshLifetime is that of refresh tokens; zero: 24 h. Scale leaves both
	// alone: clients renew by margins of minutes.
	TokenLifetime, RefreshLifetime time.Duration
	// ListLag is how long an accepted upgrade is missing from the lists of upgrades and tasks; by id it is there at once.
	ListLag time.Duration
	// UpgradableLag is how long an upgradable stays AVAILABLE after its upgrade was accepted.
	UpgradableLag time.Duration
	// Latency is the time each answer takes.
	Latency time.Duration
}

// Credentials are the two accounts, and how tokens are answered.
type Credentials struct {
	// Username is the SSO account and Password its password. Empty: administrator@vsphere.local, VMw@re1!VMw@re1!.
	Username, Password string
	// LocalUsername is the local account, which does not need a vCenter, and LocalPassword its password. Empty: admin@local,
	// VMw@re1!Local1!.
	LocalUsername, LocalPassword string
	// LockAfter is how many refused logins in a row lock an account. Zero: never.
	LockAfter int
	// LockFor is how long it stays locked. Zero: until Server.Unlock.
	LockFor time.Duration
	// LoginStatus is the status of an accepted login: 200 in the lab, 201 in the specs. Zero: 200.
	LoginStatus int
	// BadLoginStatus is the status of a refused one: 401 or 400. Zero: 401.
	BadLoginStatus int
	// RefreshAnswer is how the new access token comes back: raw, quoted or object. Empty: raw.
	RefreshAnswer string
	// ReadOnly: the accounts have the role VIEWER and every write but tokens is refused with 403.
	ReadOnly bool
	// LoginDownDuringVCenter refuses logins and tokens of the SSO account while the management vCenter is upgraded.
	LoginDownDuringVCenter bool
}

// Outages say how the API is gone during the SDDC Manager upgrade and what it does about it.
type Outages struct {
	// OutageKinds are played in order, with equal shares of the outage: the constants Refused, Reset, Hang, HTML and so on, or a
	// status such as "503". Nil: Refused.
	OutageKinds []string
	// KeepTokens: tokens survive the restart. False: they are dead after it.
	KeepTokens bool
	// Starting: between the API's return and ReadyAfter the lifecycle calls answer 500, while inventory works.
	Starting bool
}

// Scale returns the model with all durations of the system multiplied by f; the lifetimes of tokens stay.
// Model52().Scale(1.0/1200) turns hours into seconds.
func (m Model) Scale(f float64) Model {
	for _, d := range []*time.Duration{&m.BundleDownload, &m.Precheck, &m.Validation, &m.SDDCManagerUpgrade, &m.Outage,
		&m.FalseRecovery, &m.SecondOutage, &m.ReadyAfter, &m.NSX, &m.VCenter, &m.ESX, &m.Cancel, &m.ListLag, &m.UpgradableLag, &m.Latency, &m.LockFor, &m.SwingPeriod} {
		*d = time.Duration(float64(*d) * f)
	}
	return m
}

// release returns the release of that version.
func (m *Model) release(version string) (Release, bool) {
	i := slices.IndexFunc(m.Releases, func(r Release) bool { return compareVersions(r.Version, version) == 0 })
	if i < 0 {
		return Release{}, false
	}
	return m.Releases[i], true
}

func (m *Model) fqdn() string        { return cmp.Or(m.FQDN, "sddc-manager.lab.example") }
func (m *Model) ssoUser() string     { return cmp.Or(m.Username, "administrator@vsphere.local") }
func (m *Model) ssoPassword() string { return cmp.Or(m.Password, "VMw@re1!VMw@re1!") }
func (m *Model) localUser() string   { return cmp.Or(m.LocalUsername, "admin@local") }
func (m *Model) localPassword() string {
	return cmp.Or(m.LocalPassword, "VMw@re1!Local1!")
}
