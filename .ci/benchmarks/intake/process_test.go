package intake_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"benchmarks/intake/gauge"
)

// build builds the measured Go programs.
func build(t *testing.T) (ours, floor string) {
	dir := t.TempDir()
	cmd := exec.Command("go", "build", "-o", dir+"/", "./ours", "./floor")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "ours"), filepath.Join(dir, "floor")
}

// process is a client, running.
type process struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  chan string
	errors bytes.Buffer
	client *client
}

// launch starts a client and waits until it has subscribed.
func launch(t *testing.T, h *home, env []string, argv ...string) (*process, error) {
	t.Helper()
	p := &process{cmd: exec.Command(argv[0], argv[1:]...), lines: make(chan string, 16)}
	p.cmd.Env = append(append(os.Environ(), "HASS_URL="+h.server.URL, "HASS_TOKEN=x", "HELPERS="+string(encode(helpers))), env...)
	p.cmd.Stderr = &p.errors
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	if err := p.hear("ready", nil); err != nil {
		p.end()
		return nil, err
	}
	p.client = <-h.ready
	return p, nil
}

// hear waits for a line, and decodes it if it is an object.
func (p *process) hear(want string, into any) error {
	for {
		select {
		case line, ok := <-p.lines:
			if !ok {
				return fmt.Errorf("it ended: %s", bytes.TrimSpace(p.errors.Bytes()))
			}
			if line == strconv.Quote(want) {
				return nil
			}
			if into != nil && strings.HasPrefix(line, "{") {
				return json.Unmarshal([]byte(line), into)
			}
		case <-time.After(3 * time.Minute):
			return errors.New("it says nothing")
		}
	}
}

// take lets the client begin, floods it, and asks for the result.
func (p *process) take(f flood) (gauge.Result, error) {
	if err := p.begin(f.frames()); err != nil {
		return gauge.Result{}, err
	}
	if err := f.run(p.client); err != nil {
		return gauge.Result{}, fmt.Errorf("writing the flood: %w: %s", err, bytes.TrimSpace(p.errors.Bytes()))
	}
	var r gauge.Result
	err := p.hear("", &r)
	return r, err
}

func (p *process) begin(frames, events int) error {
	fmt.Fprintf(p.in, "begin %s\n", encode(gauge.Flood{Frames: frames, Events: events}))
	return p.hear("begun", nil)
}

func (p *process) end() {
	p.in.Close()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// resident is the resident memory in MB, a moment after the client has come to rest.
func (p *process) resident() float64 {
	time.Sleep(2 * time.Second)
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return float64(kb) / 1e3 * 1.024
		}
	}
	return 0
}
