package latency_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// control has the bare program press as often, beside the service at rest, for the
// management domain. Its share is counted in the same way: from the press to the PATCH, less
// the simulator's handlers.
func control(t *testing.T, h *house, b *backend, domain string, count int) (presses []press) {
	dir := t.TempDir()
	binary, ca := filepath.Join(dir, "bare"), filepath.Join(dir, "ca.pem")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", binary, "./bare").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	if err := os.WriteFile(ca, b.ca, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(binary, b.url, ca, dir, domain, "5.2.1.0")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(out)
	answer := func() {
		if !answers.Scan() {
			t.Fatal("the bare program ended:", c.Wait())
		}
	}
	answer()
	fresh := b.sim.Snapshot() // with its login
	for range count {
		b.sim.Restore(fresh)
		h.quiet(time.Second)
		p := press{called: time.Now()}
		fmt.Fprintln(in, "press")
		answer()
		calls, busy := b.between(span{p.called, time.Now()})
		p.busy = busy
		for _, c := range calls {
			if c.method == "PATCH" {
				p.patched = c.from
				break
			}
			p.handlers = append(p.handlers, c.span)
		}
		if p.patched.IsZero() || len(p.handlers) < 8 {
			t.Fatalf("a bare press: %+v", calls)
		}
		presses = append(presses, p)
	}
	in.Close()
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
	return presses
}
