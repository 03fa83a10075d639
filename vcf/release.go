package vcf

import (
	"context"
	"encoding/json"
	"net/url"
)

// Release is one element of a domain's future releases, or its current one.
type Release struct {
	Product              string        `json:"product"`
	Version              string        `json:"version"`
	MinCompatibleVersion string        `json:"minCompatibleVcfVersion"` // absent on 9.0.2: no lower limit
	Applicability        string        `json:"applicabilityStatus"`     // APPLICABLE, NOT_APPLICABLE
	IsApplicable         *bool         `json:"isApplicable"`            // deprecated; nil: Applicability alone decides
	NotApplicableReason  string        `json:"notApplicableReason"`     // deprecated
	ReasonNotApplicable  Reason        `json:"reasonNotApplicable"`     // one of Reasons
	Reasons              []Reason      `json:"reasonsNotApplicable"`
	Description          string        `json:"description"` // may hold HTML
	ReleaseDate          string        `json:"releaseDate"` // ISO 8601
	BOM                  []BOMEntry    `json:"bom"`
	PatchBundles         []PatchBundle `json:"patchBundles"`
	UpgradeOrder         string        `json:"upgradeOrder"` // comma list, overrides the default order

	// Raw is the element as the server sent it: domainN_nextRelease.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON keeps the bytes beside the fields, and takes a date in milliseconds too.
func (r *Release) UnmarshalJSON(b []byte) error {
	type plain Release
	wire := struct {
		*plain
		ReleaseDate Timestamp `json:"releaseDate"`
	}{plain: (*plain)(r)}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	r.ReleaseDate = string(wire.ReleaseDate)
	r.Raw = append(json.RawMessage(nil), b...)
	return nil
}

// Reason is why a release does not apply, or a warning about it.
type Reason struct {
	Component string `json:"component"`
	Message   string `json:"message"`
}

// UnmarshalJSON takes the specs' object, and a plain string for its message.
func (r *Reason) UnmarshalJSON(b []byte) error {
	type object Reason
	if json.Unmarshal(b, &r.Message) == nil {
		return nil
	}
	return json.Unmarshal(b, (*object)(r))
}

// BOMEntry is one component of a release's bill of materials.
type BOMEntry struct {
	Name       string `json:"name"`
	Version    string `json:"version"` // optional on 9.0.2
	PublicName string `json:"publicName"`
	ReleaseURL string `json:"releaseURL,omitempty"`
}

// Component is the canonical component of the entry.
func (e BOMEntry) Component() Component { return ParseComponent(e.Name) }

// PatchBundle is a bundle that a release brings; several may serve one component.
type PatchBundle struct {
	BundleID   string `json:"bundleId"`
	BundleType string `json:"bundleType"`
	Elements   Texts  `json:"bundleElements"`
}

// Component is the canonical component of the bundle: its first element that is
// known, else its type.
func (p PatchBundle) Component() Component {
	for _, e := range p.Elements {
		if c := ParseComponent(e); c.Known() {
			return c
		}
	}
	return ParseComponent(p.BundleType)
}

// BOMOf is the release's entry of a component.
func (r Release) BOMOf(c Component) (BOMEntry, bool) {
	for _, e := range r.BOM {
		if e.Component() == c {
			return e, true
		}
	}
	return BOMEntry{}, false
}

// Applicable tells whether the server lets this release be targeted:
// APPLICABLE, and isApplicable not false (it is deprecated and may be absent).
func (r Release) Applicable() bool {
	if r.IsApplicable != nil && !*r.IsApplicable {
		return false
	}
	if r.Applicability == "" {
		return r.IsApplicable != nil
	}
	return Normal(r.Applicability) == "APPLICABLE"
}

// WhyNot is every reason the server gives for a release that does not apply.
func (r Release) WhyNot() []string {
	var out []string
	seen := map[string]bool{}
	add := func(s string) {
		if s = clean(s); s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	for _, reason := range r.Reasons {
		add(reason.Message)
	}
	add(r.ReasonNotApplicable.Message)
	add(r.NotApplicableReason)
	return out
}

// NextRelease is the mission's rule: of the future releases with version > current
// >= minCompatibleVcfVersion that apply, the lowest version. Release dates are not
// asked: maintenance releases of an old train are dated after a newer train.
func NextRelease(current string, future []Release) (Release, bool) {
	cur, ok := ParseVersion(current)
	if !ok {
		return Release{}, false
	}
	var best Release
	var bestVersion Version
	found := false
	for _, r := range future {
		v, ok := ParseVersion(r.Version)
		if !ok || !r.Applicable() || v.CompareRelease(cur) <= 0 {
			continue
		}
		if r.MinCompatibleVersion != "" {
			low, ok := ParseVersion(r.MinCompatibleVersion)
			if !ok || cur.CompareRelease(low) < 0 {
				continue
			}
		}
		if !found || v.CompareRelease(bestVersion) < 0 {
			best, bestVersion, found = r, v, true
		}
	}
	return best, found
}

// CurrentRelease is the release of a domain. SDDC Manager computes it from the
// deployed components: it stays at the old one until the last component is done.
func (c *Client) CurrentRelease(ctx context.Context, domainID string) (Release, error) {
	releases, err := list[Release](ctx, c, "/v1/releases", url.Values{"domainId": {domainID}})
	if err != nil {
		return Release{}, err
	}
	if len(releases) == 0 || releases[0].Version == "" {
		return Release{}, &FormatError{Call: "GET /v1/releases", again: true, Problem: "no release of the domain in the answer"}
	}
	return releases[0], nil
}

// FutureReleases lists the releases that a domain may go to, applicable or not.
func (c *Client) FutureReleases(ctx context.Context, domainID string) ([]Release, error) {
	return list[Release](ctx, c, "/v1/releases/domains/"+url.PathEscape(domainID)+"/future-releases", nil)
}

// Target is the version that a domain is set to go to.
type Target struct {
	DomainID string `json:"domainId"`
	Version  string `json:"targetVersion"`
}

// Target reads the domain's target; a zero Target when none is set (404).
func (c *Client) Target(ctx context.Context, domainID string) (Target, error) {
	t, err := get[Target](ctx, c, "/v1/releases/domains/"+url.PathEscape(domainID), nil)
	if NotFound(err) {
		return Target{}, nil
	}
	return t, err
}

const releaseOfDomain = "/v1/releases/domains/"

// SetTarget sets the domain's target version. It starts nothing, and the same
// value may be sent again. Only targetVersion is sent: further keys with empty
// values are refused (mission text). The answer's body is empty (lab).
func (c *Client) SetTarget(ctx context.Context, domainID, version string) error {
	return c.send(ctx, "PATCH", releaseOfDomain+url.PathEscape(domainID), map[string]string{"targetVersion": version})
}
