package vcf

import (
	"context"
	"encoding/json"
	"net/url"
)

// Bundle is a package of the depot that upgrades a component.
type Bundle struct {
	ID             string            `json:"id"`
	Type           string            `json:"type"` // SDDC_MANAGER, VMWARE_SOFTWARE, VXRAIL
	Description    string            `json:"description"`
	Version        string            `json:"version"`
	SizeMB         float64           `json:"sizeMB"`
	DownloadStatus string            `json:"downloadStatus"`
	Components     []BundleComponent `json:"components"`
}

// BundleComponent is what a bundle brings for one component.
type BundleComponent struct {
	ID          string `json:"id"`
	Type        string `json:"type"`
	Description string `json:"description"`
	FromVersion string `json:"fromVersion"`
	ToVersion   string `json:"toVersion"`
	ImageType   string `json:"imageType"` // PATCH or INSTALL
}

// UnmarshalJSON takes a size that is written as a string too.
func (b *Bundle) UnmarshalJSON(data []byte) error {
	type plain Bundle
	wire := struct {
		*plain
		SizeMB Number `json:"sizeMB"`
	}{plain: (*plain)(b)}
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	b.SizeMB = float64(wire.SizeMB)
	return nil
}

// Outcome is how far a thing that runs in SDDC Manager has come.
type Outcome int

const (
	Running   Outcome = iota // also every word that is not known: never success, never the end
	Succeeded                // the server said so
	Failed                   // the server said so
)

// Download tells how far the download is. PENDING is also the state of a bundle
// that was never requested.
func (b Bundle) Download() Outcome {
	switch Normal(b.DownloadStatus) {
	case "SUCCESSFUL", "SUCCESS":
		return Succeeded
	case "FAILED", "RECALLED", "CANCELLED", "CANCELED":
		return Failed
	}
	return Running
}

// Requested tells whether a download is scheduled or under way.
func (b Bundle) Requested() bool {
	switch Normal(b.DownloadStatus) {
	case "SCHEDULED", "INPROGRESS", "VALIDATING":
		return true
	}
	return false
}

// Component is the canonical component that the bundle upgrades.
func (b Bundle) Component() Component {
	if c := ParseComponent(b.Type); c == SDDCManagerComponent {
		return c
	}
	for _, bc := range b.Components {
		if c := ParseComponent(bc.Type); c.Known() {
			return c
		}
	}
	return ParseComponent(b.Type)
}

// Patch is the bundle's PATCH part for a component; an INSTALL bundle has none.
func (b Bundle) Patch(c Component) (BundleComponent, bool) {
	for _, bc := range b.Components {
		if ParseComponent(bc.Type) == c && (bc.ImageType == "" || Normal(bc.ImageType) == "PATCH") {
			return bc, true
		}
	}
	return BundleComponent{}, false
}

// Bundle reads one bundle.
func (c *Client) Bundle(ctx context.Context, id string) (Bundle, error) {
	return get[Bundle](ctx, c, "/v1/bundles/"+url.PathEscape(id), nil)
}

// Bundles lists every bundle that SDDC Manager knows.
func (c *Client) Bundles(ctx context.Context) ([]Bundle, error) {
	return list[Bundle](ctx, c, "/v1/bundles", nil)
}

// Download asks for the download of a bundle and answers the id of its task; empty
// where the answer, accepted, names none. A bundle that is there or under way answers
// with an error (409): read it before and after.
func (c *Client) Download(ctx context.Context, id string) (task string, err error) {
	type spec struct {
		DownloadNow bool `json:"downloadNow"`
	}
	body := struct {
		Spec spec `json:"bundleDownloadSpec"`
	}{spec{DownloadNow: true}}
	a, err := c.do(ctx, "PATCH", "/v1/bundles/"+url.PathEscape(id), nil, body)
	if err != nil {
		return "", err
	}
	var t Task
	if c.decode(a, &t) != nil { // accepted all the same
		return "", nil
	}
	return clean(t.ID), nil
}

// DownloadStatus is how far a bundle's download is (9.0.2 spec; 5.2.1 has no such call).
type DownloadStatus struct {
	BundleID   string  `json:"bundleId"`
	TaskID     string  `json:"downloadId"`
	Downloaded float64 `json:"downloadedSize"` // bytes (inference: the spec names no unit)
	Message    string  `json:"message"`        // the error of a failed download
}

// DownloadStatus reads how far a bundle's download is; zero where none is listed.
func (c *Client) DownloadStatus(ctx context.Context, id string) (DownloadStatus, error) {
	all, err := list[DownloadStatus](ctx, c, "/v1/bundles/download-status", url.Values{"bundleId": {id}})
	if err != nil {
		return DownloadStatus{}, err
	}
	for _, s := range all { // filters may be ignored by some builds
		if s.BundleID == id {
			s.TaskID, s.Message = clean(s.TaskID), clean(s.Message)
			return s, nil
		}
	}
	return DownloadStatus{}, nil
}
