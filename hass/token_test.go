package hass

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vcf-assistant/hass/hasstest"
)

// who is the user whose token the connection has.
func (h *harness) who() string {
	h.Helper()
	info, err := h.client.Info(h.Context())
	if err != nil {
		return err.Error()
	}
	return info.User
}

// again runs the client anew, as a service does once AwaitToken has returned.
func (h *harness) again() {
	h.returned = make(chan struct{})
	ctx, cancel := context.WithCancel(h.Context())
	h.stop = cancel
	go func() {
		defer close(h.returned)
		h.err = h.client.Run(ctx, func(context.Context) error { h.ready.Add(1); return nil })
	}()
	synctest.Wait()
}

// Another token takes effect at once, on both APIs; the same one changes nothing, and what
// cannot be a token neither.
func TestSetToken(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		ctx, before := h.Context(), time.Now()
		for _, same := range []string{h.home.Token(), h.home.Token() + "\n"} {
			if err := h.client.SetToken(same); err != nil {
				t.Error(err)
			}
		}
		for bad, want := range map[string]string{"": "is empty", "secret secret": "copy it again"} {
			if err := h.client.SetToken(bad); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%q: %v", bad, err)
			}
		}
		synctest.Wait()
		if h.who() != "Olga Owner" || h.home.Connections() != 1 {
			t.Errorf("%s on connection %d", h.who(), h.home.Connections())
		}
		const next = "token-of-tomorrow"
		h.home.AddToken(next, hasstest.Member.ID)
		if err := h.client.SetToken(next); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if h.who() != "Mia Member" || h.home.Connections() != 2 || h.home.Open() != 1 || h.ready.Load() != 2 || !time.Now().Equal(before) {
			t.Errorf("%s on connection %d of %d open, ready %d times, after %s", h.who(), h.home.Connections(), h.home.Open(), h.ready.Load(), time.Since(before))
		}
		if _, _, err := h.client.State(ctx, "sensor.x"); err != nil {
			t.Error(err)
		}
		h.home.RevokeToken(h.home.TokenOf(hasstest.Owner.ID)) // the one before is used nowhere
		later(time.Hour)
		if _, _, err := h.client.State(ctx, "sensor.x"); err != nil || h.who() != "Mia Member" || h.home.Connections() != 2 {
			t.Errorf("%v, %s", err, h.who())
		}
		if told := strings.Join(h.told(), "; "); told != "up; down: the token was replaced: not connected to home assistant; up" {
			t.Errorf("told %q", told)
		}
	})
}

// While Home Assistant is away, a new token does not wait for the next attempt.
func TestSetToken_CutsThePauseShort(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, func(context.Context) error { return errors.New("no helpers") })
		later(10 * time.Minute) // the pauses are long by now
		before := h.home.Connections()
		h.home.AddToken("tomorrow", hasstest.Member.ID)
		if err := h.client.SetToken("tomorrow"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if n := h.home.Connections() - before; n != 1 {
			t.Errorf("%d connections at once", n)
		}
	})
}

// A refused token is not sent again, over either API; another one lifts that at once.
func TestSetToken_AfterARefusal(t *testing.T) {
	for name, refuse := range map[string]func(*harness){
		"at first": func(h *harness) { h.run(Config{Token: "revoked-long-ago"}, nil) },
		"revoked": func(h *harness) {
			h.run(Config{}, nil)
			h.home.RevokeToken(h.home.Token())
			later(time.Minute)
		},
		"rest": func(h *harness) {
			h.run(Config{}, nil)
			h.home.AddFault(hasstest.Fault{On: "GET", Status: 401, Count: 1})
			_, _, _ = h.client.State(h.Context(), "sensor.x")
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
				refuse(h)
				<-h.returned
				before := h.home.Requests()
				later(time.Hour)
				_, _, err := h.client.State(h.Context(), "sensor.x")
				if !errors.Is(h.err, ErrAuthInvalid) || !errors.Is(err, ErrAuthInvalid) || h.home.Requests() != before {
					t.Fatalf("%v, %v after %d requests", h.err, err, h.home.Requests()-before)
				}
				awaited := make(chan error, 1)
				go func() { awaited <- h.client.AwaitToken(h.Context()) }()
				synctest.Wait()
				select {
				case err := <-awaited:
					t.Fatalf("a token is there: %v", err)
				default:
				}
				h.home.AddToken("tomorrow", hasstest.Owner.ID)
				if err := h.client.SetToken("tomorrow"); err != nil {
					t.Fatal(err)
				}
				if err := <-awaited; err != nil {
					t.Fatal(err)
				}
				if _, _, err := h.client.State(h.Context(), "sensor.x"); err != nil {
					t.Errorf("over REST: %v", err)
				}
				now := time.Now()
				h.again()
				if h.who() != "Olga Owner" || !time.Now().Equal(now) {
					t.Errorf("%s after %s", h.who(), time.Since(now))
				}
				ended, cancel := context.WithCancel(h.Context())
				cancel()
				if err := h.client.AwaitToken(ended); err != nil { // it is there: nothing is waited for
					t.Error(err)
				}
			})
		})
	}
}

// The refusal of a token that was replaced meanwhile says nothing of the new one.
func TestSetToken_WhileTheOldOneIsRefused(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.home.AddFault(hasstest.Fault{On: "GET", Delay: 10 * time.Second, Status: 401, Count: 1})
		h.run(Config{}, nil)
		done := make(chan error, 1)
		go func() { _, _, err := h.client.State(h.Context(), "sensor.x"); done <- err }()
		synctest.Wait()
		h.home.AddToken("tomorrow", hasstest.Owner.ID)
		if err := h.client.SetToken("tomorrow"); err != nil {
			t.Fatal(err)
		}
		if err := <-done; !errors.Is(err, ErrDisconnected) || errors.Is(err, ErrAuthInvalid) {
			t.Errorf("the request of the old token: %v", err)
		}
		later(time.Minute)
		if !h.client.Connected() || h.home.Connections() != 2 {
			t.Errorf("connected %v, on connection %d", h.client.Connected(), h.home.Connections())
		}
	})
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.home.AddToken("tomorrow", hasstest.Owner.ID)
		h.home.AddFault(hasstest.Fault{On: "auth", Delay: 5 * time.Second, Count: 1})
		h.run(Config{Token: "wrong-one"}, nil)
		if err := h.client.SetToken("tomorrow"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if h.who() != "Olga Owner" {
			t.Errorf("not connected at once: %s", h.who())
		}
		later(time.Minute)
		before := newCredential("wrong-one")
		close(before.replaced)
		if h.client.refusedNow(before, ErrAuthInvalid) { // it came just before it was replaced
			t.Error("the refusal of a token that was replaced is final")
		}
		if h.who() != "Olga Owner" || h.home.Connections() != 1 {
			t.Errorf("%s on connection %d", h.who(), h.home.Connections())
		}
	})
}

// A server that repeats the tokens it got, also those of before, puts them into no error
// and no line of the log.
func TestSetToken_TokensStayConcealed(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		log := &lines{}
		const first, second = "first-secret-of-all", "second-secret"
		h.home.AddToken(first, hasstest.Owner.ID)
		h.home.AddToken(second, hasstest.Owner.ID)
		h.run(Config{Token: first, Logger: slog.New(slog.NewTextHandler(log, nil))}, nil)
		if err := h.client.SetToken(second); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if strings.Contains(log.String(), "is away") {
			t.Errorf("it was not away:\n%s", log)
		}
		var all []string
		long := strings.Repeat("x", 290)
		for _, text := range []string{first + " and " + second, long + first} {
			h.home.AddFault(hasstest.Fault{On: "GET", Status: 400, Body: `{"message":"` + text + `"}`, Count: 1})
			_, _, err := h.client.State(h.Context(), "sensor.x")
			all = append(all, fmt.Sprint(err))
			h.home.AddFault(hasstest.Fault{On: "GET", Status: 502, Body: text, Count: 1})
			_, _, err = h.client.State(h.Context(), "sensor.x")
			all = append(all, fmt.Sprint(err))
			h.home.AddFault(hasstest.Fault{On: "lovelace/config", Code: "bad " + text, Message: text, Count: 1})
			all = append(all, fmt.Sprint(h.client.Command(h.Context(), map[string]any{"type": "lovelace/config"}, nil)))
		}
		h.home.AddFault(hasstest.Fault{On: "auth", Message: first + " then " + second, Count: 1})
		h.home.DropConnections()
		later(time.Minute)
		<-h.returned
		all = append(all, fmt.Sprint(h.err), log.String(), strings.Join(h.told(), "\n"))
		text := strings.Join(all, "\n")
		if strings.Contains(text, "secret") || strings.Contains(text, "first-") {
			t.Errorf("a token is in\n%s", text)
		}
		if n := strings.Count(text, "[redacted]"); n < 10 {
			t.Errorf("%d concealed in\n%s", n, text)
		}
	})
}

// lines is a log.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Whoever sets tokens while everything is under way disturbs nothing.
func TestSetToken_FromManyGoroutines(t *testing.T) {
	bubble(t, hasstest.Options{}, func(t *testing.T, h *harness) {
		h.run(Config{}, nil)
		var all sync.WaitGroup
		for i := range 8 {
			h.home.AddToken(fmt.Sprint("token-", i), hasstest.Owner.ID)
			all.Go(func() {
				for range 5 {
					_ = h.client.SetToken(fmt.Sprint("token-", i))
					_, _, _ = h.client.State(h.Context(), "sensor.x")
					_ = h.client.Command(h.Context(), map[string]any{"type": "get_config"}, nil)
					_ = h.client.Stats()
				}
			})
		}
		all.Wait()
		later(time.Second)
		if h.who() != "Olga Owner" || h.home.Open() != 1 {
			t.Errorf("%s, %d open", h.who(), h.home.Open())
		}
	})
}
