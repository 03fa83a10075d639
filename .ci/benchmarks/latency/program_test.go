package latency_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// program is the real binary as a service, with its state directory on a disk.
type program struct {
	t     *testing.T
	state string
	log   *os.File
	cmd   *exec.Cmd
}

// startProgram builds the binary (or takes that of VCF_ASSISTANT) and runs it with the
// default configuration but for the intervals: an upgrade is to take seconds.
func startProgram(t *testing.T, home, token string, b *backend) *program {
	dir := t.TempDir()
	binary := os.Getenv("VCF_ASSISTANT")
	if binary == "" {
		binary = filepath.Join(dir, "vcf-assistant")
		build := exec.Command("go", "build", "-trimpath", "-o", binary, ".")
		build.Dir = "../../.."
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
	}
	p := &program{t: t, state: filepath.Join(dir, "state")}
	ca, config := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "config.yaml")
	for path, content := range map[string]string{ca: string(b.ca),
		config: "intervals: {refresh: 4s, poll: 1s, settle: 1s, adopt: 1s, linger: 1s}\n"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if p.log, err = os.Create(filepath.Join(dir, "log")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.log.Close() })
	p.cmd = exec.Command(binary, "run")
	p.cmd.Stderr = p.log
	p.cmd.Env = append(os.Environ(), "VCF_ASSISTANT_CONFIG="+config, "HASS_URL="+home, "HASS_TOKEN="+token, "VCF_URL="+b.url, "VCF_CA_FILE="+ca,
		"VCF_USERNAME=administrator@vsphere.local", "VCF_PASSWORD=VMw@re1!VMw@re1!", "STATE_DIRECTORY="+p.state)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		if err := p.cmd.Wait(); err != nil || t.Failed() {
			t.Errorf("the program ended: %v\n%s", err, p.wrote())
		}
	})
	return p
}

func (p *program) wrote() string {
	out, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(out)
}

// disk is what the disk of the state directory takes for a line: an append and its fsync.
func (p *program) disk() []time.Duration {
	f, err := os.CreateTemp(p.state, "disk")
	if err != nil {
		p.t.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var all []time.Duration
	for range 50 {
		begin := time.Now()
		if _, err := f.Write(make([]byte, 1100)); err != nil {
			p.t.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, time.Since(begin))
		time.Sleep(5 * time.Millisecond)
	}
	return all
}

// transition is a line of a journal.
type transition struct {
	Time   time.Time `json:"time"`
	Step   string    `json:"step"`
	Status string    `json:"status"`
	Ended  bool      `json:"ended"`
	State  struct {
		Domain struct {
			Number int `json:"number"`
		} `json:"domain"`
	} `json:"state"`
}

// journals are the lines of every run, oldest run first.
func (p *program) journals() [][]transition {
	paths, err := filepath.Glob(filepath.Join(p.state, "runs", "*.jsonl"))
	if err != nil {
		p.t.Fatal(err)
	}
	slices.Sort(paths)
	var all [][]transition
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			p.t.Fatal(err)
		}
		var lines []transition
		for line := range bytes.Lines(data) {
			var l transition
			if err := json.Unmarshal(line, &l); err != nil {
				p.t.Fatal(err)
			}
			lines = append(lines, l)
		}
		all = append(all, lines)
	}
	return all
}
