package vcftest

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// task is a bundle download.
type task struct {
	ID, Bundle    string
	Created, Ends moment
	Fails         bool
	Cancelled     bool
}

type taskView struct {
	ID           string        `json:"id"`
	Name         string        `json:"name"`
	Type         string        `json:"type,omitempty"`
	Status       string        `json:"status"`
	Created      string        `json:"creationTimestamp"`
	Completed    string        `json:"completionTimestamp,omitempty"`
	SubTasks     []subTaskView `json:"subTasks,omitempty"`
	Errors       []apiError    `json:"errors,omitempty"`
	Resources    []resource    `json:"resources,omitempty"`
	Resolution   string        `json:"resolutionStatus,omitempty"`
	IsCancelable bool          `json:"isCancellable"`
	IsRetryable  bool          `json:"isRetryable"`

	created, completed moment
	status             string // before the model's spelling
}

type subTaskView struct {
	Name        string        `json:"name"`
	Type        string        `json:"type"`
	Description string        `json:"description"`
	Status      string        `json:"status"`
	Created     string        `json:"creationTimestamp"`
	Completed   string        `json:"completionTimestamp,omitempty"`
	Stages      []stageView   `json:"stages,omitempty"`
	Errors      []apiError    `json:"errors,omitempty"`
	Resources   []resource    `json:"resources,omitempty"`
	SubTasks    []subTaskView `json:"subTasks,omitempty"`
}

type stageView struct {
	Name        string     `json:"name"`
	Type        string     `json:"type"`
	Description string     `json:"description"`
	Status      string     `json:"status"`
	Created     string     `json:"creationTimestamp"`
	Completed   string     `json:"completionTimestamp,omitempty"`
	Errors      []apiError `json:"errors,omitempty"`
}

// taskWord spells a task's status: the schema allows "In Progress" beside IN_PROGRESS.
func (s *Server) taskWord(status string) string {
	return strings.ReplaceAll(s.word(status), "_", s.space())
}

func (s *Server) space() string {
	if s.model.MixedCase {
		return " "
	}
	return "_"
}

// newTaskView fills in what all tasks have. status is PENDING, IN_PROGRESS, SUCCESSFUL, FAILED or CANCELLED.
func (s *Server) newTaskView(id, name, kind, status string, created, completed moment) taskView {
	v := taskView{ID: id, Name: name, Type: kind, Status: s.taskWord(status), status: status, Created: s.iso(created), created: created,
		Resolution: "UNRESOLVED", IsCancelable: status == "IN_PROGRESS", IsRetryable: status == "FAILED"}
	if slices.Contains([]string{"SUCCESSFUL", "FAILED", "CANCELLED"}, status) {
		v.Completed, v.completed = s.iso(completed), completed
	}
	if status == "SUCCESSFUL" {
		v.Resolution = "RESOLVED"
	}
	return v
}

func (s *Server) downloadTaskView(t *task, now moment) taskView {
	status := "IN_PROGRESS"
	switch {
	case t.Cancelled:
		status = "CANCELLED"
	case now >= t.Ends && t.Fails:
		status = "FAILED"
	case now >= t.Ends:
		status = "SUCCESSFUL"
	}
	v := s.newTaskView(t.ID, "Download bundle "+t.Bundle, "BUNDLE_DOWNLOAD", status, t.Created, min(now, t.Ends))
	v.IsRetryable = false // the bundle is asked for again
	if status == "FAILED" {
		v.Errors = []apiError{{ErrorCode: "BUNDLE_DOWNLOAD_FAILURE", Message: "Failed to download bundle " + t.Bundle,
			RemediationMessage: "Check the depot credentials and the connection to the depot", ReferenceToken: referenceToken(t.ID)}}
	}
	return v
}

// taskViews are all tasks that the list shows, newest first.
func (s *Server) taskViews(now moment) []taskView {
	out := []taskView{} // an empty list is [], not null
	for _, t := range s.st.Tasks {
		out = append(out, s.downloadTaskView(t, now))
	}
	for _, r := range s.st.Runs {
		out = append(out, s.runTask(r, now))
	}
	for _, u := range s.st.Upgrades {
		if now >= u.Accepted+u.ListLag {
			out = append(out, s.upgradeTask(u, now))
		}
	}
	slices.SortStableFunc(out, func(a, b taskView) int { return int(b.created - a.created) })
	return out
}

func (s *Server) getTasks(c *call) answer {
	all := s.taskViews(c.now)
	q := c.query
	if !s.model.IgnoreFilters {
		after, _ := strconv.ParseInt(q.Get("completedAfter"), 10, 64)
		differs := func(key, value string) bool { return q.Get(key) != "" && !strings.EqualFold(q.Get(key), value) }
		all = slices.DeleteFunc(all, func(t taskView) bool {
			about := slices.ContainsFunc(t.Resources, func(r resource) bool { return !differs("resourceId", r.ResourceID) && !differs("resourceType", r.Type) })
			return differs("taskStatus", t.Status) || differs("taskType", t.Type) || !about && (q.Has("resourceId") || q.Has("resourceType")) ||
				!strings.Contains(strings.ToLower(t.Name), strings.ToLower(q.Get("taskName"))) ||
				q.Has("completedAfter") && (t.Completed == "" || s.millis(t.completed) <= after)
		})
	}
	if strings.EqualFold(q.Get("orderDirection"), "ASC") {
		slices.Reverse(all)
	}
	size, number := 100, 0
	for _, key := range []string{"limit", "pageSize", "pageNumber"} {
		n, err := strconv.Atoi(q.Get(key))
		switch {
		case !q.Has(key):
		case err != nil || n < 0 || key != "pageNumber" && n == 0 || key == "pageSize" && n > 100:
			return failure(http.StatusInternalServerError, "INVALID_QUERY_PARAM", key+" is not valid: "+q.Get(key)) // both specs list no 400 here
		case key == "pageNumber":
			number = n
		default:
			size = n
		}
	}
	p := page{Elements: all[min(number*size, len(all)):min((number+1)*size, len(all))]}
	if !s.model.Sparse {
		p.Metadata = &pageMeta{PageNumber: number, PageSize: size, TotalElements: len(all), TotalPages: (len(all) + size - 1) / size}
	}
	return ok(p)
}

func (s *Server) getTask(c *call) answer {
	for _, t := range s.st.Tasks {
		if t.ID == c.params["id"] {
			return ok(s.downloadTaskView(t, c.now))
		}
	}
	for _, r := range s.st.Runs {
		if r.ID == c.params["id"] {
			return ok(s.runTask(r, c.now))
		}
	}
	if u := s.upgrade(c.params["id"]); u != nil {
		return ok(s.upgradeTask(u, c.now))
	}
	return notFound("TASK", c.params["id"])
}

// fraction is how much of a stretch of time has passed, 0 to 1.
func fraction(now, start moment, lasts time.Duration) float64 {
	if now >= start+lasts {
		return 1
	}
	return max(0, float64(now-start)/float64(lasts))
}
