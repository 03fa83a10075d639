package vcftest

import (
	"bytes"
	"net/http"
	"slices"
	"time"
)

type bundleSpec struct {
	Download         *downloadSpec `json:"bundleDownloadSpec"`
	CompatibilitySet string        `json:"compatibilitySetsFilePath"`
}

type downloadSpec struct {
	ScheduledTimestamp string `json:"scheduledTimestamp"`
	DownloadNow        bool   `json:"downloadNow"`
	CancelNow          bool   `json:"cancelNow"`
}

func (s *Server) patchBundle(c *call) answer {
	b := s.st.bundle(c.params["id"])
	if b == nil { // both specs list no 404 here
		return failure(http.StatusBadRequest, "BUNDLE_NOT_FOUND", "Bundle with id "+c.params["id"]+" is not found")
	}
	if !bytes.Contains(c.body, []byte("bundleDownloadSpec")) { // a flat body, as the lab sent it
		return failure(http.StatusInternalServerError, "VCF_RUNTIME_ERROR",
			`Cannot invoke "BundleDownloadSpec.getScheduledTimestamp()" because the return value of "BundleUpdateSpec.getBundleDownloadSpec()" is null`)
	}
	var spec bundleSpec
	if a := s.bind(c, &spec); a != nil {
		return *a
	}
	d := spec.Download
	if d == nil || !d.DownloadNow && !d.CancelNow && d.ScheduledTimestamp == "" {
		return failure(http.StatusBadRequest, "BUNDLE_DOWNLOAD_SPEC_INVALID", "One of downloadNow, scheduledTimestamp or cancelNow is needed")
	}
	status := b.status(c.now)
	running := status == "SCHEDULED" || status == "IN_PROGRESS"
	switch {
	case d.CancelNow && !running:
		return failure(http.StatusConflict, "BUNDLE_DOWNLOAD_NOT_RUNNING", "Bundle "+b.ID+" is not being downloaded")
	case d.CancelNow:
		b.Asked = false
		return accepted(s.downloadTask(b, c.now))
	case status == "SUCCESSFUL":
		return failure(http.StatusConflict, "BUNDLE_DOWNLOAD_ALREADY_DOWNLOADED", "Bundle "+b.ID+" is already downloaded")
	case running:
		return failure(http.StatusConflict, "BUNDLE_DOWNLOAD_ALREADY_SCHEDULED", "The download of bundle "+b.ID+" is already requested")
	}
	start := c.now
	if !d.DownloadNow {
		t, err := time.Parse(time.RFC3339, d.ScheduledTimestamp)
		if err != nil {
			return failure(http.StatusBadRequest, "INVALID_TIMESTAMP", "scheduledTimestamp is not a timestamp: "+d.ScheduledTimestamp)
		}
		start = max(start, t.Sub(s.wall(0)))
	}
	b.Asked, b.Start, b.Lasts, b.Fails = true, start, s.model.BundleDownload, slices.Contains(s.model.BundleFails, b.Component)
	t := &task{ID: s.st.newID("task"), Bundle: b.ID, Created: c.now, Ends: start + b.Lasts, Fails: b.Fails}
	s.st.Tasks = append(s.st.Tasks, t)
	return accepted(s.downloadTaskView(t, c.now))
}

// downloadTask is the newest task of a bundle's download.
func (s *Server) downloadTask(b *bundle, now moment) taskView {
	for _, t := range slices.Backward(s.st.Tasks) {
		if t.Bundle == b.ID {
			t.Cancelled = t.Cancelled || !b.Asked
			return s.downloadTaskView(t, now)
		}
	}
	return taskView{}
}

type downloadStatus struct {
	BundleID       string `json:"bundleId"`
	DownloadedSize int64  `json:"downloadedSize"` // bytes (inference)
	Scheduled      int64  `json:"downloadScheduledTime"`
	DownloadStatus string `json:"downloadStatus"`
	IsCancellable  bool   `json:"isDownloadCancellable"`
	IsDownloadable bool   `json:"isDownloadable"`
}

// getDownloadStatus exists from 9.0.2 on.
func (s *Server) getDownloadStatus(c *call) answer {
	if !s.nine() {
		return notFound("BUNDLE", "download-status")
	}
	var out []downloadStatus
	for _, b := range s.st.Bundles {
		if id := c.query.Get("bundleId"); id != "" && id != b.ID {
			continue
		}
		v := downloadStatus{BundleID: b.ID, DownloadStatus: s.word(b.status(c.now)), IsDownloadable: true}
		switch b.status(c.now) {
		case "SUCCESSFUL":
			v.DownloadedSize = int64(sizes[b.Component] * (1 << 20))
		case "IN_PROGRESS":
			v.DownloadedSize, v.IsCancellable = int64(sizes[b.Component]*(1<<20)*float64(c.now-b.Start)/float64(b.Lasts)), true
		}
		if b.Asked {
			v.Scheduled = s.millis(b.Start)
		}
		out = append(out, v)
	}
	return list(s, out)
}

// DownloadAll makes every upgrade bundle SUCCESSFUL, as an offline transfer does.
func (s *Server) DownloadAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.st.Bundles {
		b.Downloaded = b.Downloaded || b.ImageType == "PATCH"
	}
}
