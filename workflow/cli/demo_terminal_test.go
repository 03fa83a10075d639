package cli

import (
	"context"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"vcf-assistant/vcf/vcftest"
)

// sitting is a person before a terminal on which the program runs.
type sitting struct {
	t      *testing.T
	keys   *os.File // the terminal's other end
	tty    *os.File
	mu     sync.Mutex // guards screen; its answers are read without
	screen *vt.Emulator
	drawn  chan struct{} // holds a token when something was drawn
	code   chan int
	signal context.CancelCauseFunc // ends the program as a signal does
	before *term.State
}

func sit(t *testing.T, width, height int, env environment, args ...string) *sitting {
	t.Helper()
	keys, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminals here: %v", err)
	}
	s := &sitting{t: t, keys: keys, tty: tty, screen: vt.NewEmulator(width, height), drawn: make(chan struct{}, 1), code: make(chan int, 1)}
	if err := pty.Setsize(keys, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		t.Fatal(err)
	}
	if s.before, err = term.GetState(tty.Fd()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	s.signal = cancel
	t.Cleanup(func() {
		cancel(nil)
		tty.Close()
		keys.Close()
		_ = s.screen.InputPipe().(io.Closer).Close()
	})
	go func() { // what is written is drawn
		b := make([]byte, 1<<14)
		for {
			n, err := keys.Read(b)
			if err != nil {
				return
			}
			s.mu.Lock()
			_, _ = s.screen.Write(b[:n])
			s.mu.Unlock()
			select {
			case s.drawn <- struct{}{}:
			default:
			}
		}
	}()
	go func() { _, _ = io.Copy(keys, s.screen) }() // what is asked of a terminal is answered
	go func() { s.code <- Main(ctx, args, append(environment{"TERM=xterm-256color"}, env...), tty, tty) }()
	return s
}

// shown is the text on the screen.
func (s *sitting) shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

func (s *sitting) alternate() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.IsAltScreen()
}

func (s *sitting) press(key string) {
	s.t.Helper()
	if _, err := s.keys.WriteString(key); err != nil {
		s.t.Fatal(err)
	}
}

// await waits until the screen shows all of that.
func (s *sitting) await(texts ...string) {
	s.t.Helper()
	limit := time.After(time.Minute) // only where a test has failed already
	for {
		shown, missing := s.shown(), ""
		for _, text := range texts {
			if !strings.Contains(shown, text) {
				missing = text
			}
		}
		if missing == "" {
			return
		}
		select {
		case <-s.drawn:
		case code := <-s.code:
			s.t.Fatalf("the program ended with %d before %q was shown", code, missing)
		case <-limit:
			s.t.Fatalf("%q is not shown:\n%s", missing, shown)
		}
	}
}

// start presses Start until that is shown: a press in the very moment in which an update
// comes up is refused, and whoever pressed is asked to press again.
func (s *sitting) start(text string) {
	s.t.Helper()
	for limit := time.After(time.Minute); !strings.Contains(s.shown(), text); {
		s.press("s")
		for again := time.After(5 * time.Second); again != nil && !strings.Contains(s.shown(), text); {
			select {
			case <-s.drawn:
			case <-again:
				again = nil
			case <-limit:
				s.t.Fatalf("Start is not heard:\n%s", s.shown())
			}
		}
	}
}

// leave quits, and looks that the terminal is as it was.
func (s *sitting) leave(key string) {
	s.t.Helper()
	s.press(key)
	s.left()
}

// left waits for the end, and looks that the terminal is as it was.
func (s *sitting) left() {
	s.t.Helper()
	select {
	case code := <-s.code:
		if code != 0 {
			s.t.Errorf("exit code %d", code)
		}
	case <-time.After(time.Minute):
		s.t.Fatal("the program does not end")
	}
	after, err := term.GetState(s.tty.Fd())
	if err != nil || *after != *s.before {
		s.t.Errorf("the terminal is not as it was: %v", err)
	}
	for s.alternate() { // the last that was written is being drawn
		select {
		case <-s.drawn:
		case <-time.After(time.Minute):
			s.t.Fatal("the alternate screen is still shown")
		}
	}
}

// An upgrade is rehearsed on a terminal: nothing is pressed by itself, a component that
// is made to fail fails, Start goes on behind what is done, and r begins anew.
func TestDemoOnATerminal(t *testing.T) {
	t.Parallel()
	s := sit(t, 110, 44, nil, "demo", "--speed", "20000")
	s.await("press s to upgrade m01 to 5.2.1.0", "update_available", "No Messages")
	s.start("press a to go on or c to cancel")
	s.await("The last backup of NSX Manager is 9 days", "acknowledgement needed")
	s.press("f")
	s.await("Broken now: the next component will fail (f)")
	s.press("a")
	s.await("NSX was started, and will fail", "Failed: the card says why", "COMPLETED_WITH_FAILURE")
	if strings.Contains(s.shown(), "Broken now") {
		t.Errorf("the failure is used up:\n%s", s.shown())
	}
	s.press("i")
	s.await("Ignore Alerts on")
	s.press("s")
	s.await("Press r for a fresh system", "100 %", "✓ NSX", "✓ ESX m01-cl01")
	s.press("r")
	s.await("a fresh system", "press s to upgrade m01 to 5.2.1.0", "5.2.0.0 → 5.2.1.0")
	s.leave("q")
}

// What breaks, breaks for the service alone; the view goes on showing the user's own
// Home Assistant. What it leaves there, --remove takes away, and an edited dashboard not.
func TestDemoRehearsesInHomeAssistant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	env := environment{"HASS_URL=" + w.env.get("HASS_URL"), "HASS_TOKEN=" + w.home.Token(), "NO_COLOR=1"}
	w.home.SetState("sensor.vcf_demo_domain9_status", "somebody's", nil)
	w.home.SetState("sensor.vcf_domain1_status", "a service's", map[string]any{"attribution": "vcf-assistant"})
	w.home.SetState("sensor.vcf_demo_x_domain1_status", "another instance's", map[string]any{"attribution": "vcf-assistant"})
	s := sit(t, 80, 24, env, "demo", "--speed", "20000")
	s.await("press s to upgrade m01 to 5.2.1.0")
	s.press("h")
	s.await("Broken now: the service is cut off")
	s.press("m")
	s.await("SDDC Manager does not answer")
	s.press("h")
	s.await(" unavailable", "reaches Home Assistant again")
	s.press("m")
	s.await("press s to upgrade m01", "SDDC Manager answers again")
	s.press("?")
	s.await("Any key goes back.")
	s.press("x")
	s.await("press s to upgrade m01")
	s.leave("\x03")
	if got := w.state("sensor.vcf_demo_domain1_status"); got != "update_available" {
		t.Errorf("sensor.vcf_demo_domain1_status is %q", got)
	}
	if err := w.home.Await(t.Context(), func() bool { return len(w.home.Dashboards()) > 0 }); err != nil {
		t.Fatal(err)
	}

	w.home.EditDashboard("vcf-demo", []byte(`{"views": [{"title": "mine"}]}`))
	code, out := w.run(env, "demo", "--remove")
	for _, want := range []string{"removed sensor.vcf_demo_domain1_status", "removed sensor.vcf_demo_domain2_upgrade_logs", "removed update.vcf_demo_domain1",
		"removed input_button.vcf_demo_domain1_start_upgrade", "removed input_boolean.vcf_demo_domain2_ignore_alerts", "left the dashboard vcf-demo alone"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
	if got := append(w.home.Helpers("input_button"), w.home.Helpers("input_boolean")...); code != 0 || len(got) > 0 {
		t.Errorf("exit code %d, helpers %v are left", code, got)
	}
	for id, want := range map[string]string{"sensor.vcf_demo_domain1_status": "", "sensor.vcf_demo_domain9_status": "somebody's",
		"sensor.vcf_demo_x_domain1_status": "another instance's", "sensor.vcf_domain1_status": "a service's"} {
		if got := w.state(id); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	if code, out := w.run(env, "demo", "--remove"); code != 0 || !strings.Contains(out, "no entities of the demo are there") || !strings.Contains(out, "no helpers") {
		t.Errorf("a second time: exit code %d:\n%s", code, out)
	}
}

// The log on the screen comes from the service while it holds its locks, and the screen
// asks the service: neither may wait for the other.
func TestDemoLogsOnATerminal(t *testing.T) {
	t.Parallel()
	s := sit(t, 110, 44, nil, "demo", "--speed", "20000", "--log-level", "debug")
	s.await("press s to upgrade m01 to 5.2.1.0")
	s.start("press a to go on or c to cancel")
	s.press("a")
	s.await("Press r for a fresh system")
	s.leave("q")
}

// terminated is the cause of a context that a signal ended.
type terminated struct{}

func (terminated) Error() string        { return "terminated signal received" }
func (terminated) Is(target error) bool { return target == context.Canceled }

// However the view ends, the program ends, and the terminal is as it was.
func TestDemoEndsOnATerminal(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*sitting){
		"a quit in the middle of a reset": func(s *sitting) { s.press("rq") },
		"a signal":                        func(s *sitting) { s.signal(terminated{}) },
	} {
		t.Run(name, func(t *testing.T) {
			s := sit(t, 80, 24, nil, "demo", "--speed", "20000")
			s.await("press s to upgrade m01")
			end(s)
			s.left()
			if strings.Contains(s.shown(), "vcf-assistant:") {
				t.Errorf("an end that was asked for is no error:\n%s", s.shown())
			}
		})
	}
}
