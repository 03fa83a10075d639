package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/lmittmann/tint"
	"golang.org/x/sys/unix"

	"vcf-assistant/workflow/cli/tui"
)

// terminal is where a person sits.
type terminal struct{ in, out *os.File }

// terminal is the one that standard output is, if a live view can be shown there. Keys
// are read from it too, whatever standard input is.
func (d *demo) terminal() (terminal, bool) {
	if kind := d.in.env.get("TERM"); d.plain || kind == "" || kind == "dumb" {
		return terminal{}, false
	}
	out, ok := isScreen(d.in.stdout)
	if !ok {
		return terminal{}, false
	}
	t := terminal{in: out, out: out}
	if flags, err := unix.FcntlInt(out.Fd(), unix.F_GETFL, 0); err != nil || flags&unix.O_ACCMODE != unix.O_RDWR {
		t.in = os.Stdin
	}
	return t, term.IsTerminal(t.in.Fd())
}

func isScreen(w io.Writer) (*os.File, bool) {
	if c, ok := w.(*concealer); ok {
		w = c.w
	}
	f, ok := w.(*os.File)
	return f, ok && term.IsTerminal(f.Fd())
}

// live is the show on a terminal: a person presses.
func (d *demo) live(ctx context.Context, t terminal, level *slog.Level) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	d.linger = 5 * time.Second // nobody scrolls back here
	if !d.proxied() {
		d.wire = newWire(d.hass.NetDial)
	}
	r := newRehearsal(d, stop)
	if _, torn := isScreen(d.in.stderr); torn && level != nil { // what is written there would tear the view
		d.log = slog.New(tint.NewTextHandler(&lineWriter{say: r.note}, &tint.Options{Level: *level, TimeFormat: "15:04:05", NoColor: true}))
	}
	watched, err := r.begin(ctx)
	if err != nil {
		return err
	}
	source := tui.Source{Screen: r.screen, Do: func(a tui.Action, domain int) { r.do(ctx, a, domain) }}
	if c, ok := d.in.stdout.(*concealer); ok {
		source.Conceal = c.replace.Replace
	}
	showing, quit := context.WithCancel(ctx)
	defer quit()
	err = tui.Run(showing, source, t.in, t.out, d.in.env)
	why := context.Cause(ctx)
	stop(nil)
	<-watched
	if endErr := r.end(); err == nil {
		err = endErr
	}
	if err == nil && why != nil && !errors.Is(why, context.Canceled) { // a signal is a cause of its own
		err = why
	}
	if err == nil && d.instance != "" {
		d.tell("Its entities, helpers and the dashboard %s stay in Home Assistant: vcf-assistant demo --remove takes them away.", d.dashboard)
	}
	return err
}

// proxied tells whether Home Assistant is reached through the environment's proxy, which
// a client forgets that dials by itself.
func (d *demo) proxied() bool {
	if d.hass.NetDial != nil {
		return false
	}
	r, err := http.NewRequest(http.MethodGet, d.hass.URL, nil)
	if err != nil {
		return false
	}
	proxy, err := http.ProxyFromEnvironment(r)
	return err != nil || proxy != nil
}

// lineWriter hands on whole lines.
type lineWriter struct {
	say func(string)

	mu   sync.Mutex
	rest []byte
}

func (w *lineWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, b...)
	for {
		i := bytes.IndexByte(w.rest, '\n')
		if i < 0 {
			return len(b), nil
		}
		w.say(string(w.rest[:i]))
		w.rest = append(w.rest[:0], w.rest[i+1:]...)
	}
}
