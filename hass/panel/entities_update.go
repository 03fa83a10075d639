package panel

import (
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// Features of Home Assistant's update entities.
const (
	updateInstall  = 1
	updateProgress = 4
)

// installing tells whether the update entity shows an installation: a success that
// still lingers is none.
func (v view) installing() bool { return v.Active() && v.Run.Status != workflow.Completed }

// skipped tells whether somebody skipped the version that is offered.
func (v view) skipped() bool { return v.Next != nil && v.Skipped != "" && v.Skipped == v.Next.Version }

func updateState(v view) string {
	switch {
	case v.installing():
		return "on"
	case !v.known(), v.Unsupported != "":
		return unavailable
	case v.Next != nil && !v.skipped():
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
		a["update_percentage"] = percent(v.Run)
	} else if v.skipped() {
		a["skipped_version"] = text(v.Skipped)
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
