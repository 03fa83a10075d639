package vcf

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Task is a task of SDDC Manager, with its tree of sub-tasks.
type Task struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Type        string     `json:"type"`
	Status      string     `json:"status"`
	Created     string     `json:"creationTimestamp"`
	Completed   string     `json:"completionTimestamp"`
	SubTasks    []SubTask  `json:"subTasks"`
	Errors      []Error    `json:"errors"`
	Resources   []Resource `json:"resources"`
	Cancellable bool       `json:"isCancellable"`
	Retryable   bool       `json:"isRetryable"`
}

// UnmarshalJSON takes times in milliseconds too.
func (t *Task) UnmarshalJSON(b []byte) error {
	type plain Task
	wire := struct {
		*plain
		Created   Timestamp `json:"creationTimestamp"`
		Completed Timestamp `json:"completionTimestamp"`
	}{plain: (*plain)(t)}
	if err := json.Unmarshal(b, &wire); err != nil {
		return err
	}
	t.Created, t.Completed = string(wire.Created), string(wire.Completed)
	return nil
}

// SubTask is a node of a task's tree.
type SubTask struct {
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Status      string     `json:"status"`
	Errors      []Error    `json:"errors"`
	Stages      []Stage    `json:"stages"`
	SubTasks    []SubTask  `json:"subTasks"`
	Resources   []Resource `json:"resources"`
}

// Stage is a stage of a sub-task.
type Stage struct {
	Name   string  `json:"name"`
	Status string  `json:"status"`
	Errors []Error `json:"errors"`
}

// Outcome reads the task's status.
func (t Task) Outcome() Outcome { return taskOutcome(t.Status) }

func taskOutcome(status string) Outcome {
	switch Normal(status) {
	case "SUCCESSFUL", "SUCCESS", "COMPLETED", "COMPLETEDWITHSUCCESS", "COMPLETEDWITHWARNING", "COMPLETEDWITHWARNINGS", "SKIPPED", "NOTAPPLICABLE":
		return Succeeded
	case "FAILED", "FAILURE", "COMPLETEDWITHFAILURE", "CANCELLED", "CANCELED", "TIMEOUT":
		return Failed
	}
	return Running
}

// Progress is the share of finished leaves in percent and the leaf that runs now.
// Zero and empty where the task has no tree.
func (t Task) Progress() (percent int, current string) {
	var done, all int
	var walk func(SubTask)
	leaf := func(name, status string) {
		all++
		if taskOutcome(status) == Succeeded {
			done++
		} else if Normal(status) == "INPROGRESS" || Normal(status) == "RUNNING" {
			current = name
		}
	}
	walk = func(s SubTask) {
		switch {
		case len(s.SubTasks) > 0:
			for _, c := range s.SubTasks {
				walk(c)
			}
		case len(s.Stages) > 0:
			for _, st := range s.Stages {
				leaf(st.Name, st.Status)
			}
		default:
			name := s.Description
			if name == "" {
				name = s.Name
			}
			leaf(name, s.Status)
		}
	}
	for _, s := range t.SubTasks {
		walk(s)
	}
	if all == 0 {
		return 0, ""
	}
	return 100 * done / all, clean(current)
}

// InnermostErrors are the errors of the parts that did not succeed, deepest first found,
// each once. One without a reference token or advice has those of the error around it.
func (t Task) InnermostErrors() []Error {
	var out []Error
	seen := map[string]bool{}
	var add func(Error) bool
	add = func(e Error) bool {
		inner := false
		for _, n := range e.Nested {
			n.ReferenceToken, n.Remediation = cmp.Or(n.ReferenceToken, e.ReferenceToken), cmp.Or(n.Remediation, e.Remediation)
			inner = add(n) || inner
		}
		text := e.text()
		if inner || text == "" {
			return inner
		}
		if key := e.Code + "\x00" + text; !seen[key] {
			seen[key] = true
			out = append(out, e)
		}
		return true
	}
	var walk func(SubTask)
	walk = func(s SubTask) {
		if taskOutcome(s.Status) == Succeeded {
			return // it got over what it reports
		}
		for _, c := range s.SubTasks {
			walk(c)
		}
		for _, st := range s.Stages {
			if taskOutcome(st.Status) == Succeeded {
				continue
			}
			for _, e := range st.Errors {
				add(e)
			}
		}
		for _, e := range s.Errors {
			add(e)
		}
	}
	for _, s := range t.SubTasks {
		walk(s)
	}
	for _, e := range t.Errors {
		add(e)
	}
	return out
}

// Task reads one task.
func (c *Client) Task(ctx context.Context, id string) (Task, error) {
	return get[Task](ctx, c, "/v1/tasks/"+url.PathEscape(id), nil)
}

// RetryTask lets SDDC Manager try a failed task again: 200, or 409 where it has not failed
// (both specs). It is sent once, as StartUpgrade is, and its errors tell as much. A retried
// upgrade keeps its ids (inference).
func (c *Client) RetryTask(ctx context.Context, id string) error {
	return c.send(ctx, http.MethodPatch, "/v1/tasks/"+url.PathEscape(id), nil)
}

// CancelTask asks SDDC Manager to cancel a task that runs: 200, or 409 where it does not
// (both specs). It ends when the task says so. It is sent once, as StartUpgrade is.
func (c *Client) CancelTask(ctx context.Context, id string) error {
	return c.send(ctx, http.MethodDelete, "/v1/tasks/"+url.PathEscape(id), nil)
}

// maxTaskPages bounds the listing of tasks: 10 pages of 100.
const maxTaskPages = 10

// Tasks lists the newest tasks, at most 1,000. The specs name orderBy and
// orderDirection but none of their values, so neither is sent: where there are more
// tasks, the creation times tell at which end of the list the newest are.
func (c *Client) Tasks(ctx context.Context) ([]Task, error) {
	query := url.Values{"pageSize": {"100"}}
	first, err := fetchPage[Task](ctx, c, "/v1/tasks", query)
	if err != nil {
		return nil, err
	}
	from, to := 1, min(first.Pages, maxTaskPages)
	rest := pager[Task]{c: c, path: "/v1/tasks", key: "pageNumber", query: query, first: first.Number, last: first}
	at := map[string]int{}
	var out []Task
	if first.Pages > maxTaskPages && oldestFirst(first.Elements) {
		from, to = first.Pages-maxTaskPages, first.Pages
	} else {
		out = merge(out, at, first.Elements)
	}
	for n := from; n < to; n++ {
		p, err := rest.page(ctx, n)
		if err != nil {
			return nil, err
		}
		out = merge(out, at, p.Elements)
	}
	return out, nil
}

// oldestFirst tells whether the creation times of a page ascend.
func oldestFirst(tasks []Task) bool {
	var times []time.Time
	for _, t := range tasks {
		if at, err := time.Parse(time.RFC3339, t.Created); err == nil {
			times = append(times, at)
		}
	}
	return len(times) > 1 && times[0].Before(times[len(times)-1])
}
