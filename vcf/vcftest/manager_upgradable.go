package vcftest

type managerUpgradable struct {
	Description   string        `json:"description,omitempty"`
	Version       string        `json:"version"`
	Applicability string        `json:"applicabilityStatus,omitempty"`
	Compatibility string        `json:"compatibilityStatus"`
	Bundle        managerBundle `json:"sddcManagerBundle"`
	Upgrade       *upgradeDoc   `json:"upgrade,omitempty"`
}

// managerBundle is a bundle as only this call shows it.
type managerBundle struct {
	ID             string  `json:"id"`
	Type           string  `json:"type"`
	Description    string  `json:"description"`
	Version        string  `json:"version"`
	IsCumulative   bool    `json:"isCumulative"`
	SizeMB         float64 `json:"sizeMB"`
	DownloadStatus string  `json:"downloadStatus"`
}

// managerBundleWords are the older words for the status of a download, which only this call has kept (both specs).
var managerBundleWords = map[string]string{"PENDING": "PENDING", "SCHEDULED": "SCHEDULED", "IN_PROGRESS": "INPROGRESS", "SUCCESSFUL": "SUCCESS",
	"FAILED": "FAILED"}

func (s *Server) getManagerUpgradables(c *call) answer {
	var out []managerUpgradable
	for _, b := range s.st.Bundles {
		r, _ := s.model.release(b.Release)
		done := reached(s.st.Manager.Version, r.SDDCManager)
		if m := s.st.management(); b.Second && m != nil {
			done = m.Drifted == b.Release
		}
		if b.Component != SDDCManager || done {
			continue
		}
		v := managerUpgradable{Description: b.description(), Version: b.Release, Applicability: "APPLICABLE", Compatibility: "COMPATIBLE",
			Bundle: managerBundle{ID: b.ID, Type: b.bundleType(), Description: b.description(), Version: b.Release, IsCumulative: true,
				SizeMB: sizes[b.Component], DownloadStatus: s.word(managerBundleWords[b.status(c.now)])}}
		if m := s.st.management(); m == nil || len(s.reasonsAgainst(m, r)) > 0 {
			v.Applicability = "NOT_APPLICABLE"
		}
		for _, u := range s.st.Upgrades {
			if u.Bundle == b.ID && !u.terminal(c.now) {
				doc := s.upgradeDoc(u, c.now)
				v.Upgrade = &doc
			}
		}
		out = append(out, v)
	}
	return list(s, out)
}
