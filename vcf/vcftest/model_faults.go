package vcftest

// Prechecks say what check-set runs find.
type Prechecks struct {
	// Findings of every run that starts from now on. Nil: clean.
	Findings []Finding
	// PrecheckStatus is the terminal status. Empty: COMPLETED_WITH_SUCCESS, also with findings, as seen in the lab.
	PrecheckStatus string
	// FailPrecheckRun lets runs end COMPLETED_WITH_FAILURE, with an input validation error and no results.
	FailPrecheckRun bool
	// CounterMismatch lets the domain summary count one critical gap more than the tree holds.
	CounterMismatch bool
	// RejectMetadata refuses a run whose body has the undocumented key metadata.
	RejectMetadata bool
}

// Finding is a failed check.
type Finding struct {
	// Resource type that it is about: SDDC_MANAGER, NSX_T_MANAGER, VCENTER or CLUSTER. Empty, or not in the run: the domain.
	Resource string
	// Severity is ERROR, WARNING or INFO. Empty: absent from the answer.
	Severity string
	// Importance is CRITICAL, WARNING or OPTIONAL. Empty: absent from the answer.
	Importance string
	// Name of the check, its message and the way out.
	Name, Message, Remediation string
}

// Failures say which operations fail.
type Failures struct {
	// FailComponent is the component type whose upgrades fail, and FailCluster the name of the only cluster for which HOST does. Empty:
	// none, and every cluster.
	FailComponent, FailCluster string
	// FailTimes is how many upgrades fail; a retried task counts as another. Zero: all.
	FailTimes int
	// FailStatus is the status of a failed upgrade. Empty: COMPLETED_WITH_FAILURE.
	FailStatus string
	// NotRetryable: the task of a failed upgrade is not retryable, and a retry is refused with 409.
	NotRetryable bool
	// NotCancellable: the task of an upgrade that runs is not cancellable, and cancelling it is refused with 409.
	NotCancellable bool
	// BundleFails are the component types whose download ends FAILED.
	BundleFails []string
	// FinalValidation is what validating the release a domain is already on does: FinalSame, FinalCompleted, FinalFailed or
	// FinalWarnings.
	// Empty: FinalSame.
	FinalValidation string
	// FailValidation lets every other validation end COMPLETED with result FAILED.
	FailValidation bool
	// NotAllowed, if not empty, is the message of isAllowed false in resource-functionalities.
	NotAllowed string
	// BlockWhileUpgrading reports isAllowed false while any upgrade runs.
	BlockWhileUpgrading bool
}

// What Failures.FinalValidation can be.
const (
	// FinalSame refuses with 400 SAME_SOURCE_AND_TARGET_VCF_VERSION_BUT_NO_PATCHLIST, as in the lab.
	FinalSame = "same-target"
	// FinalCompleted runs and succeeds.
	FinalCompleted = "completed"
	// FinalFailed runs and ends COMPLETED with result FAILED.
	FinalFailed = "failed"
	// FinalWarnings runs and ends COMPLETED with a warning, in the words of the flavour.
	FinalWarnings = "warnings"
)

// Dialect is how the answers look, and what is judged.
type Dialect struct {
	// Lenient accepts request bodies with unknown or missing keys. False: they are refused with 400.
	Lenient bool
	// MixedCase spells statuses as Successful, In Progress or Completed_With_Success.
	MixedCase bool
	// Sparse leaves out optional fields: pageMetadata, names of resources, counters.
	Sparse bool
	// Aliases uses the names ESX_HOST and SDDC_MANAGER_VCF in bills of materials.
	Aliases bool
	// ListPending lists upgradables whose turn has not come, as PENDING with errors. False: they are not listed.
	ListPending bool
	// ListCompleted lists finished upgradables as COMPLETED. False: they vanish.
	ListCompleted bool
	// HostPerCluster lists one HOST upgradable per cluster, with the cluster as its resource. False: one per domain.
	HostPerCluster bool
	// RefuseVI refuses GET /v1/upgradables/domains/{id} for VI domains, as a 9.1 system does.
	RefuseVI bool
	// SystemUpgradables is the status of GET /v1/system/upgradables: 408 comes with a page all the same, 409 with an error. Zero: 200.
	SystemUpgradables int
	// DuplicateStatus refuses a POST for an upgrade that runs: 400, 403, 409, 424 or 500. Zero: 400.
	DuplicateStatus int
	// AcceptDuplicates accepts a POST for an upgrade that runs as another upgrade: it is the client that has to know better.
	AcceptDuplicates bool
	// EmptyListStatus answers an empty list of upgrades; 404 is in the spec. Zero: 200.
	EmptyListStatus int
	// IgnoreFilters ignores the query parameters of the lists of upgrades and tasks.
	IgnoreFilters bool
	// ResultPending leaves resultStatus out of a validation that runs.
	ResultPending bool
	// LifecycleMoved is the status with which a 9.x system that is upgraded elsewhere answers the lifecycle calls: 404, 410 or 501.
	// Inventory, tasks and the current release are told all the same. Zero: the calls work.
	LifecycleMoved int
	// ListCapacity tells the capacity of domains in their list too. False: only the call for one domain does, as in the lab.
	ListCapacity bool
	// NoHostStorage counts the storage of hosts as 0, as with vSAN; clusters and domains have theirs.
	NoHostStorage bool
	// HostPage is how many hosts come in one page unless the request says how many. Requests may say so from 9.0.2 on. Zero: all.
	HostPage int
}
