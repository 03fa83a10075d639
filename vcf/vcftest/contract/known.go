package contract

// Deviation is something that real systems do, or take, otherwise than the documents say.
type Deviation struct {
	// Document is 5.2.1 or 9.0.2. Empty: both.
	Document string
	// Operation as in Violation, as a pattern like What. Empty: all.
	Operation string
	// Side as in Violation; "answer" stands for every status. Empty: both sides.
	Side string
	// What as in Violation, as a pattern in which * stands for any text.
	What string
	// Why it is let through, with its source in the API reference.
	Why string
}

// Known is every deviation that is let through; the sections named are those of the API reference. A row that nothing needs is an
// error, see Tally.Stale.
var Known = append([]Deviation{
	{Side: "answer 401", What: "status not listed",
		Why: "listed for hardly any operation, but every one answers it (section 0)"},
	{Side: "answer 403", What: "status not listed",
		Why: "the role VIEWER may not write (section 1); listed for POST /v1/upgrades alone"},
	{Side: "answer", What: "letter case /*",
		Why: "statuses come in mixed case (section 0)"},

	{Side: "request", What: "unknown parameter page",
		Why: "asked only where a server says that a list has more pages and the document knows no paging of it (section 0)"},

	{Document: "5.2.1", Operation: "GET /v1/hosts", Side: "request", What: "unknown parameter size",
		Why: "asked only where a server says that the list has more pages, as 9.0.2 documents; one that refuses it is asked for pages (section 0)"},

	{Operation: "POST /v1/tokens", Side: "answer 200", What: "status not listed",
		Why: "201 in the specs, 200 in the lab and in the vendor's sample pages (sections 1, 12.1)"},
	{Operation: "PATCH /v1/tokens/access-token/refresh", Side: "answer 200", What: "not JSON",
		Why: "the new token comes bare, without quotes (sections 1, 12.1)"},
	{Operation: "PATCH /v1/tokens/access-token/refresh", Side: "answer 200", What: "type /",
		Why: "rarely the new token comes in an object (sections 1, 12.1)"},

	{Document: "5.2.1", Operation: "PATCH /v1/releases/domains/{domainId}", Side: "answer 400", What: "status not listed",
		Why: "the lab got 400 SAME_SOURCE_AND_TARGET_VCF_VERSION (section 3); listed from 9.0.2 on"},
	{Operation: "POST /v1/system/check-sets", Side: "request", What: "unknown key /metadata*",
		Why: "in no schema; sent and accepted in the lab, and left out where it is refused (sections 6, 12.4)"},
	{Operation: "GET /v1/system/check-sets/{runId}", Side: "answer 200", What: "type /presentedArtifactsMap/validation-domain-summary",
		Why: "objects in the schema, a list of objects in the lab (section 6)"},

	{Side: "answer", What: "enum /elements/[*]/resource/type: DOMAIN",
		Why: "the example lists inventory types; upgradables name the domain, in the lab and in the vendor's sample pages (section 5)"},
	{Side: "answer", What: "enum /elements/[*]/resource/type: CLUSTER",
		Why: "the example lists inventory types; an upgradable may name a cluster instead of its domain (sections 5, 12.9)"},
	{Side: "answer", What: "required /resultStatus",
		Why: "required in the schema; may be missing until a validation ends (section 3)"},

	{Operation: "POST /v1/upgrades", Side: "request", What: "required /vcenterUpgradeUserInputSpecs/[*]/temporaryNetwork",
		Why: "required in the schema; lab and vendor ansible leave it out for InPlace (sections 7, 12.7)"},
	{Operation: "POST /v1/upgrades", Side: "request", What: "required /resourceUpgradeSpecs/[*]/esxUpgradeOptionsSpec/esxUpgradeFailureAction/retry*",
		Why: "required in the schema, whose text wants both numbers unset for FAIL (section 7)"},
	{Side: "answer 200", What: "required *vcenterUpgradeUserInputSpec/temporaryNetwork",
		Why: "the request as it was sent, see there (sections 7, 12.7)"},
	{Side: "answer 200", What: "required *resourceUpgradeSpecs/[*]/esxUpgradeOptionsSpec/esxUpgradeFailureAction/retry*",
		Why: "the request as it was sent, see there (section 7)"},
	{Operation: "POST /v1/upgrades", Side: "answer 409", What: "status not listed",
		Why: "the status of a second POST is undocumented, 409 is a candidate (sections 7, 12.6)"},

	{Document: "9.0.2", Operation: "GET /v1/sddc-manager/upgradables", Side: "answer 501", What: "unknown key /*",
		Why: "the document gives this 501 the schema of a good answer; errors are told in an error's shape (section 0)"},

	{Side: "answer", What: "a web page",
		Why: "a proxy in front of services that restart (sections 0, 8, 12.11)"},
}, moved()...)

// moved are the answers of a 9.x system whose lifecycle calls live elsewhere.
func moved() []Deviation {
	var out []Deviation
	for _, status := range []string{"404", "410", "501"} {
		for _, op := range []string{"* /v1/releases/domains*", "* /v1/s*/upgradables", "* /v1/system/check-sets*", "* /v1/[bu]*"} {
			out = append(out, Deviation{Document: "9.0.2", Operation: op, Side: "answer " + status, What: "status not listed",
				Why: "lifecycle has moved to another product; 9.0.2 lists 410 for POST /v1/bundles alone, later systems answer more calls so (sections 6, 11)"})
		}
	}
	return out
}
