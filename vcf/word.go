package vcf

// The words that are known of each status: seen on a system or named by a spec. The
// enums are open. A word that is not known is neither success nor failure: who waits
// logs it once, shows it as it is, and goes on waiting until the deadline.

func known(s string, words ...string) bool {
	n := Normal(s)
	for _, w := range words {
		if n == w {
			return true
		}
	}
	return false
}

// KnownUpgradeStatus tells whether the word of an upgrade is known.
func KnownUpgradeStatus(s string) bool {
	return known(s, "DRAFT", "PENDING", "SCHEDULED", "INPROGRESS", "RUNNING", "CANCELLING", "CANCELLATIONINPROGRESS") ||
		Upgrade{Status: s}.Outcome() != Running
}

// KnownTaskStatus tells whether the word of a task, or of a part of one, is known.
func KnownTaskStatus(s string) bool {
	return known(s, "PENDING", "INPROGRESS", "RUNNING", "SCHEDULED") || taskOutcome(s) != Running
}

// KnownDownloadStatus tells whether the word of a bundle's download is known.
func KnownDownloadStatus(s string) bool {
	return known(s, "PENDING", "SCHEDULED", "INPROGRESS", "VALIDATING", "AVAILABLE") || Bundle{DownloadStatus: s}.Download() != Running
}

// KnownPrecheckStatus tells whether the word of a check-set run is known.
func KnownPrecheckStatus(s string) bool {
	return known(s, "INPROGRESS", "PENDING", "RUNNING") || Assessment{Status: s}.Outcome() != Running
}

// KnownValidationStatus tells whether the word of a validation's execution is known.
func KnownValidationStatus(s string) bool {
	return known(s, "INPROGRESS", "CANCELLATIONINPROGRESS", "UNKNOWN", "PENDING") || Validation{Execution: s}.Outcome() != Running
}

// KnownValidationResult tells whether the word of a validation's result is known; it
// may be missing.
func KnownValidationResult(s string) bool {
	return known(s, "UNKNOWN", "INPROGRESS", "CANCELLATIONINPROGRESS") || Validation{Execution: "COMPLETED", Result: s}.Outcome() != Running
}

// KnownUpgradableStatus tells whether the word of an upgradable is known.
func KnownUpgradableStatus(s string) bool {
	u := Upgradable{Status: s}
	return u.Available() || u.Done() || known(s, "PENDING", "SCHEDULED", "INPROGRESS", "UNAVAILABLE", "FAILED")
}

// KnownDomainStatus tells whether the word of a domain is known (both specs).
func KnownDomainStatus(s string) bool {
	return known(s, "ACTIVE", "ACTIVATING", "UPGRADING", "DISABLED", "ERROR", "SKIPPED", "DEACTIVATING", "EXPANDING", "SHRINKING", "CREATING")
}
