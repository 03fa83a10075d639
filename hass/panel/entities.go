package panel

import (
	"strings"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// Options choose how entities are shown.
type Options struct {
	// Instance is the name of the VCF instance. Empty: the one without a name.
	Instance string

	// Show chooses entities beside those of the contract.
	Show Show

	// Location is the zone of the times on the card. Nil: UTC. Attributes are UTC.
	Location *time.Location

	// Install lets Home Assistant offer Install on the update entities.
	Install bool
}

// Show chooses entities beside those of the contract. The zero value shows none.
type Show struct {
	System   bool // overall status, connection, certificate and the like
	Versions bool // of the components of every domain
	Capacity Detail
}

// Detail is how far down capacities are shown; each level includes those before it.
type Detail int

const (
	DetailNone Detail = iota
	DetailDomains
	DetailClusters
	DetailHosts
)

func (o Options) location() *time.Location {
	if o.Location == nil {
		return time.UTC
	}
	return o.Location
}

// view is one domain of a snapshot, as the rows of the table see it.
type view struct {
	workflow.Domain
	Backend workflow.Backend

	s workflow.Snapshot
	o Options
}

// next is the version and the BOM that the domain goes to or may go to: the running
// upgrade's, else the offered release's.
func (v view) next() (version string, bom []vcf.BOMEntry) {
	if v.Active() {
		bom = v.Run.BOM
		if len(bom) == 0 && v.Next != nil && v.Next.Version == v.Run.Target {
			bom = v.Next.BOM
		}
		return v.Run.Target, bom
	}
	if v.Next != nil {
		return v.Next.Version, v.Next.BOM
	}
	return "", nil
}

// known tells whether what SDDC Manager said about the domain is the present.
func (v view) known() bool {
	return v.Backend.Reachable && v.Domain.Problem == "" && v.Domain.Status != ""
}

// status is the state of VCF domainN Status. A running upgrade is shown also while
// SDDC Manager is away; without one, what cannot be asked is not claimed.
func status(v view) string {
	switch {
	case v.Active():
		return "update_process_started"
	case !v.known():
		return "unavailable"
	case v.Unsupported != "":
		return "unsupported"
	case v.Next != nil:
		return "update_available"
	}
	return "up_to_date"
}

func statusAttributes(v view) map[string]any {
	version, bom := v.next()
	a := map[string]any{
		"domain_id":         text(v.ID),
		"domain_name":       text(v.Name),
		"domain_type":       text(v.Type),
		"current_version":   text(v.Current),
		"next_version":      text(version),
		"next_release_date": nil,
		"Next VCF BOM":      bomAttribute(bom, 8000),
		"why_not":           whyNotAttribute(v.WhyNot, 3000),
	}
	if v.Next != nil && v.Next.Version == version {
		a["next_release_date"] = text(v.Next.ReleaseDate)
	}
	return a
}

// bomEntry is an element of the attribute Next VCF BOM.
type bomEntry struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	PublicName string `json:"publicName"`
}

// bomAttribute is the BOM as a list, as much of it as the budget takes in bytes of JSON.
func bomAttribute(bom []vcf.BOMEntry, budget int) []bomEntry {
	out := []bomEntry{}
	for _, e := range bom {
		entry := bomEntry{short(e.Name, 80), short(e.Version, 80), short(e.PublicName, 120)}
		budget -= jsonSize(entry.Name) + jsonSize(entry.Version) + jsonSize(entry.PublicName) + 48
		if budget < 0 {
			break
		}
		out = append(out, entry)
	}
	return out
}

func whyNotAttribute(reasons []string, budget int) []string {
	out := []string{}
	for _, r := range reasons {
		r = short(r, 255)
		if budget -= jsonSize(r) + 3; budget < 0 {
			break
		}
		out = append(out, r)
	}
	return out
}

func upgradeStatus(v view) string { return string(v.UpgradeStatus()) }

func upgradeAttributes(v view) map[string]any {
	options := []string{}
	for _, s := range workflow.Statuses() {
		options = append(options, string(s))
	}
	a := map[string]any{
		"device_class": "enum", "options": options,
		"run_id": nil, "step": nil, "step_entered": nil, "timeout": nil, "deadline": nil, "component": nil,
		"progress": 0, "started_by": nil, "acknowledged_by": nil, "target_version": nil,
	}
	r := v.Run
	if r == nil {
		return a
	}
	a["run_id"], a["step"], a["step_entered"] = text(r.ID), text(r.Step), timestamp(r.Entered)
	if r.Timeout > 0 {
		a["timeout"] = int(r.Timeout / time.Second)
	}
	a["deadline"] = timestamp(r.Deadline)
	a["component"], a["progress"] = text(r.Component), min(100, max(0, r.Progress))
	a["started_by"], a["target_version"] = text(r.StartedBy.String()), text(r.Target)
	if r.AcknowledgedBy != nil {
		a["acknowledged_by"] = text(r.AcknowledgedBy.String())
	}
	return a
}

func logAttributes(v view) map[string]any { return map[string]any{"markdown": logMarkdown(v)} }

// Features of Home Assistant's update entities.
const (
	updateInstall  = 1
	updateProgress = 4
)

// installing tells whether the update entity shows an installation: a success that
// still lingers is none.
func (v view) installing() bool { return v.Active() && v.Run.Status != workflow.Completed }

func updateState(v view) string {
	switch {
	case v.installing():
		return "on"
	case !v.known(), v.Unsupported != "":
		return "unavailable"
	case v.Next != nil:
		return "on"
	}
	return "off"
}

func updateAttributes(v view) map[string]any {
	latest, bom := v.next()
	if latest == "" {
		latest = v.Current
	}
	a := map[string]any{
		"title": "VMware Cloud Foundation", "installed_version": text(v.Current), "latest_version": text(latest),
		"in_progress": v.installing(), "update_percentage": nil, "auto_update": false, "skipped_version": nil,
		"release_summary": nil, "release_url": nil, "supported_features": updateProgress,
	}
	if v.installing() {
		a["update_percentage"] = min(100, max(0, v.Run.Progress))
	}
	if v.o.Install {
		a["supported_features"] = updateProgress | updateInstall
	}
	if v.Next != nil && v.Next.Version == latest {
		// Home Assistant renders the summary as markdown and cuts at 255 characters.
		if summary := inertWithin(htmlText(v.Next.Description), 255); summary != "" {
			a["release_summary"] = summary
		}
	}
	if address := releaseURL(bom); address != "" {
		a["release_url"] = address
	}
	return a
}

// releaseURL is the release notes of SDDC Manager in the BOM, else the first there are.
func releaseURL(bom []vcf.BOMEntry) string {
	first := ""
	for _, e := range bom {
		address := webAddress(e.ReleaseURL)
		if address != "" && e.Component() == vcf.SDDCManagerComponent {
			return address
		}
		if first == "" {
			first = address
		}
	}
	return first
}

// inertWithin is inert text whose escaped form has at most n characters.
func inertWithin(s string, n int) string {
	s = plain(s)
	for limit := n; limit > 0; limit-- {
		if out := inertUpTo(s, limit); len([]rune(out)) <= n {
			return out
		}
	}
	return ""
}

// text is an attribute: null where there is nothing.
func text(s string) any {
	if s = strings.TrimSpace(short(s, 255)); s == "" {
		return nil
	}
	return s
}

func timestamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}
