package vcftest

import (
	"net/http"
	"time"
)

// upgradeDoc is an Upgrade in answers: input specs in the singular.
type upgradeDoc struct {
	ID           string         `json:"id"`
	BundleID     string         `json:"bundleId"`
	ResourceType string         `json:"resourceType"`
	Parallel     *bool          `json:"parallelUpgrade,omitempty"`
	Resources    []resourceSpec `json:"resourceUpgradeSpecs"`
	Status       string         `json:"status"`
	TaskID       string         `json:"taskId"`
	NSX          *nsxSpec       `json:"nsxtUpgradeUserInputSpec,omitempty"`
	VCenter      *vcenterSpec   `json:"vcenterUpgradeUserInputSpec,omitempty"`
	Bundle       *bundleView    `json:"bundle,omitempty"`
	EndTime      int64          `json:"endTime,omitempty"`
}

func (s *Server) upgradeDoc(u *upgrade, now moment) upgradeDoc {
	v := upgradeDoc{ID: u.ID, BundleID: u.Bundle, ResourceType: u.Spec.ResourceType, Parallel: u.Spec.Parallel, Resources: u.Spec.Resources,
		Status: s.word(u.status(now)), TaskID: u.ID}
	if len(u.Spec.NSX) > 0 {
		v.NSX = &u.Spec.NSX[0]
	}
	if len(u.Spec.VCenter) > 0 {
		v.VCenter = &u.Spec.VCenter[0]
	}
	if b := s.st.bundle(u.Bundle); b != nil && !s.model.Sparse {
		view := s.bundleView(b, now)
		v.Bundle = &view
	}
	switch {
	case u.Cancelled:
		v.EndTime = s.millis(u.Ended)
	case u.terminal(now):
		v.EndTime = s.millis(u.end())
	}
	return v
}

func (s *Server) postUpgrade(c *call) answer {
	var spec upgradeSpec
	if a := s.bind(c, &spec); a != nil {
		return *a
	}
	d, b, refused := s.judge(&spec, c.now)
	if refused != nil {
		return *refused
	}
	u := s.newUpgrade(d, b, spec, c.now)
	u.Body = string(c.body)
	return accepted(s.upgradeTask(u, c.now))
}

func (s *Server) upgrade(id string) *upgrade {
	for _, u := range s.st.Upgrades {
		if u.ID == id {
			return u
		}
	}
	return nil
}

func (s *Server) getUpgrade(c *call) answer {
	if u := s.upgrade(c.params["id"]); u != nil {
		return ok(s.upgradeDoc(u, c.now))
	}
	return notFound("UPGRADE", c.params["id"])
}

func (s *Server) getUpgrades(c *call) answer {
	var out []upgradeDoc
	for _, u := range s.st.Upgrades {
		v := s.upgradeDoc(u, c.now)
		if c.now < u.Accepted+u.ListLag {
			continue
		}
		if q := c.query; !s.model.IgnoreFilters && (q.Has("status") && q.Get("status") != v.Status ||
			q.Has("bundleId") && q.Get("bundleId") != u.Bundle || q.Has("bundleType") && q.Get("bundleType") != s.typeOf(u.Bundle)) {
			continue
		}
		out = append(out, v)
	}
	if len(out) == 0 && s.model.EmptyListStatus != 0 {
		return failure(s.model.EmptyListStatus, "UPGRADES_NOT_FOUND", "No upgrades are found")
	}
	return list(s, out)
}

func (s *Server) typeOf(bundleID string) string {
	if b := s.st.bundle(bundleID); b != nil {
		return b.bundleType()
	}
	return ""
}

type commitSpec struct {
	ScheduledTimestamp string       `json:"scheduledTimestamp"`
	UpgradeNow         bool         `json:"upgradeNow"`
	Cancel             bool         `json:"markForCancellation"`
	VCenter            []switchover `json:"vcenterUpgradePatchSpecs"`
}

type switchover struct {
	ResourceID string `json:"resourceId" need:"true"`
	At         string `json:"startSwitchoverTimestamp" need:"true"`
}

// patchUpgrade commits a draft, reschedules or cancels.
func (s *Server) patchUpgrade(c *call) answer {
	u := s.upgrade(c.params["id"])
	if u == nil {
		return notFound("UPGRADE", c.params["id"])
	}
	var spec commitSpec
	if a := s.bind(c, &spec); a != nil {
		return *a
	}
	if _, err := time.Parse(time.RFC3339, spec.ScheduledTimestamp); spec.ScheduledTimestamp != "" && err != nil {
		status := http.StatusInternalServerError // the 5.2.1 spec lists no 400 here
		if s.nine() {
			status = http.StatusBadRequest
		}
		return failure(status, "INVALID_TIMESTAMP", "scheduledTimestamp is not a timestamp: "+spec.ScheduledTimestamp)
	}
	running := u.started() && u.Start <= c.now
	switch {
	case u.terminal(c.now), running && !spec.Cancel && spec.VCenter == nil:
		status := http.StatusInternalServerError
		if s.nine() {
			status = http.StatusConflict
		}
		return failure(status, "UPGRADE_NOT_MODIFIABLE", "Upgrade "+u.ID+" is "+u.status(c.now))
	case spec.Cancel:
		u.Cancelled, u.Ended = true, c.now
	case spec.UpgradeNow || spec.ScheduledTimestamp != "":
		s.begin(u, spec.UpgradeNow, spec.ScheduledTimestamp, c.now)
	}
	return ok(s.upgradeDoc(u, c.now))
}

type functionality struct {
	IsAllowed    bool   `json:"isAllowed"`
	ErrorMessage string `json:"errorMessage,omitempty"`
}

func (s *Server) getFunctionality(c *call) answer {
	v := functionality{IsAllowed: true}
	if s.model.BlockWhileUpgrading {
		for _, d := range s.st.Domains {
			if u := s.runningIn(d); u != nil {
				v = functionality{ErrorMessage: "Upgrade of " + publicNames[u.Component] + " in domain " + d.Name + " is in progress"}
			}
		}
	}
	if s.model.NotAllowed != "" {
		v = functionality{ErrorMessage: s.model.NotAllowed}
	}
	return ok(v)
}

type applianceInfo struct {
	Role    string `json:"role"`
	Version string `json:"version"`
}

// getApplianceInfo exists from 9.0 on.
func (s *Server) getApplianceInfo(c *call) answer {
	if !s.nine() {
		return failure(http.StatusNotFound, "NOT_FOUND", "No resource found at "+c.path)
	}
	return ok(applianceInfo{Role: "SddcManager", Version: s.st.Manager.Version})
}
