package vcftest

import (
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/vcf"
)

// taskStage is an NSX upgrade that begins, and a client that watches it.
func taskStage(t *testing.T, change func(*Model)) (*Server, *vcf.Client, string) {
	t.Helper()
	m := Model52()
	change(&m)
	s := New(m)
	c, err := vcf.New(vcf.Config{URL: "https://sddc-manager.lab.example", Username: m.ssoUser(), Password: m.ssoPassword(), Transport: s.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	s.SetTarget("m01", "5.2.1.0")
	id, err := s.StartUpgrade(ForeignUpgrade{Domain: "m01", Component: NSX})
	if err != nil {
		t.Fatal(err)
	}
	return s, c, id
}

// wantTask reads the task and looks at what it says of itself.
func wantTask(t *testing.T, c *vcf.Client, id, status string, retryable, cancellable bool) vcf.Task {
	t.Helper()
	task, err := c.Task(t.Context(), id)
	if err != nil || task.Status != status || task.Retryable != retryable || task.Cancellable != cancellable {
		t.Fatalf("task %s, retryable %v, cancellable %v, %v; want %s, %v, %v", task.Status, task.Retryable, task.Cancellable, err, status, retryable, cancellable)
	}
	return task
}

// A failed upgrade is retried under its ids, and fails as often as the model says.
func TestRetryTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, id := taskStage(t, func(m *Model) { m.FailComponent, m.FailTimes = NSX, 2 })
		refused := func(what string, err error, status int) {
			t.Helper()
			if !vcf.Refused(err) || vcf.StatusOf(err) != status {
				t.Errorf("%s: %v, want %d", what, err, status)
			}
		}
		refused("a task that runs", c.RetryTask(t.Context(), id), 409)
		refused("a task that nobody knows", c.RetryTask(t.Context(), "4711"), 404)
		wantTask(t, c, id, "IN_PROGRESS", false, true)
		s.CompleteAll()
		first := wantTask(t, c, id, "FAILED", true, false)
		if len(first.Errors) == 0 {
			t.Error("a failed task tells no error")
		}
		time.Sleep(time.Minute)
		if err := c.RetryTask(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if again := wantTask(t, c, id, "IN_PROGRESS", false, true); again.Completed != "" || len(again.Errors) > 0 {
			t.Errorf("a task that is tried again: completed %q, errors %v", again.Completed, again.Errors)
		}
		if u, err := c.Upgrade(t.Context(), id); err != nil || u.Status != "INPROGRESS" {
			t.Errorf("its upgrade: %q, %v", u.Status, err)
		}
		time.Sleep(10 * time.Hour)
		second := wantTask(t, c, id, "FAILED", true, false)
		if second.Completed == first.Completed || second.Created != first.Created {
			t.Errorf("completed %s and then %s, created %s and then %s", first.Completed, second.Completed, first.Created, second.Created)
		}
		s.Update(func(m *Model) { m.NotRetryable = true })
		wantTask(t, c, id, "FAILED", false, false)
		refused("a task that is not retryable", c.RetryTask(t.Context(), id), 409)
		s.Update(func(m *Model) { m.NotRetryable = false })
		if err := s.RetryTask(id); err != nil { // somebody else does
			t.Fatal(err)
		}
		time.Sleep(10 * time.Hour)
		wantTask(t, c, id, "SUCCESSFUL", false, false)
		refused("a task that has succeeded", c.RetryTask(t.Context(), id), 409)
		if u := s.Upgrades(); len(u) != 1 || u[0].ID != id || u[0].Retries != 1 || u[0].Status != "COMPLETED_WITH_SUCCESS" || s.Count("PATCH", "/v1/tasks/*") != 5 {
			t.Errorf("upgrades %+v after %d calls, want 5 of which 1 is accepted", u, s.Count("PATCH", "/v1/tasks/*"))
		}
		if s.RetryTask(id) == nil {
			t.Error("somebody retries what has succeeded")
		}
	})
}

// What is cancelled goes on for a while, and ends as it would have where that is sooner.
func TestCancelTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c, id := taskStage(t, func(m *Model) {
			m.Cancel, m.NotCancellable, m.FailComponent = 10*time.Minute, true, NSX // it would fail later
		})
		wantTask(t, c, id, "IN_PROGRESS", false, false)
		if err := c.CancelTask(t.Context(), id); !vcf.Refused(err) || vcf.StatusOf(err) != 409 {
			t.Errorf("a task that is not cancellable: %v", err)
		}
		s.Update(func(m *Model) { m.NotCancellable = false })
		wantTask(t, c, id, "IN_PROGRESS", false, true)
		if err := c.CancelTask(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		wantTask(t, c, id, "IN_PROGRESS", false, false)
		if err := c.CancelTask(t.Context(), id); vcf.StatusOf(err) != 409 {
			t.Errorf("cancelled twice: %v", err)
		}
		time.Sleep(10*time.Minute - time.Second)
		wantTask(t, c, id, "IN_PROGRESS", false, false)
		time.Sleep(time.Second)
		if task := wantTask(t, c, id, "CANCELLED", false, false); task.Completed == "" {
			t.Error("a cancelled task does not tell when it ended")
		}
		if err := c.RetryTask(t.Context(), id); vcf.StatusOf(err) != 409 {
			t.Errorf("a cancelled task is tried again: %v", err)
		}
		if u := s.Upgrades(); u[0].Cancels != 1 || u[0].Status != "CANCELLED" || s.Count("DELETE", "/v1/tasks/*") != 3 {
			t.Errorf("%+v after %d calls", u[0], s.Count("DELETE", "/v1/tasks/*"))
		}
	})
	synctest.Test(t, func(t *testing.T) {
		_, c, id := taskStage(t, func(m *Model) { m.Cancel = 100 * time.Hour })
		if err := c.CancelTask(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Hour)
		wantTask(t, c, id, "SUCCESSFUL", false, false)
		time.Sleep(100 * time.Hour)
		wantTask(t, c, id, "SUCCESSFUL", false, false)
	})
	synctest.Test(t, func(t *testing.T) {
		s, c, id := taskStage(t, func(m *Model) { m.Cancel = time.Hour })
		if err := c.CancelTask(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		s.CompleteAll()
		if task, now := wantTask(t, c, id, "CANCELLED", false, false), time.Now().UTC().Format("2006-01-02T15:04:05.000Z"); task.Completed != now {
			t.Errorf("cancelled at %s, want %s", task.Completed, now)
		}
	})
}

// The answers of both calls can be lost, before the effect and after it.
func TestLostTaskAnswers(t *testing.T) {
	for _, tc := range []struct {
		fault  Fault
		unsent bool
		effect bool
	}{{Fault{Before: true}, false, false}, {Fault{Before: true, Cut: Refused}, true, false}, {Fault{After: true}, false, true},
		{Fault{After: true, Status: 502}, false, true}, {Fault{Status: 500}, false, false}} {
		for _, method := range []string{"PATCH", "DELETE"} {
			synctest.Test(t, func(t *testing.T) {
				s, c, id := taskStage(t, func(m *Model) { m.FailComponent, m.FailTimes = NSX, 1 })
				call, before, after := c.CancelTask, "IN_PROGRESS", "CANCELLED"
				if method == "PATCH" {
					call, before, after = c.RetryTask, "FAILED", "IN_PROGRESS"
					s.CompleteAll()
				}
				f := tc.fault
				f.Method, f.Path = method, "/v1/tasks/"+id
				s.Fault(f)
				if err := call(t.Context(), id); err == nil || vcf.Refused(err) || vcf.Unsent(err) != tc.unsent || !vcf.Transient(err) {
					t.Errorf("%s %+v: %v", method, f, err)
				}
				want := before
				if tc.effect {
					want = after
				}
				if task, err := c.Task(t.Context(), id); err != nil || task.Status != want {
					t.Errorf("%s %+v: %s, %v, want %s", method, f, task.Status, err, want)
				}
				if n := s.Count(method, "/v1/tasks/*"); !tc.unsent && n != 1 {
					t.Errorf("%s %+v: sent %d times", method, f, n)
				}
			})
		}
	}
}
