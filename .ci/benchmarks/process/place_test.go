package process_test

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// place is a Home Assistant.
type place struct{ url, token, kind string }

// simulatedHome is one of ours, in a process of its own.
func simulatedHome(t testing.TB) place {
	c, out := start(t, program(t, "homeassistant"))
	words := strings.Fields(first(t, c, out))
	return place{words[0], words[1], "a simulated Home Assistant"}
}

// realHome is the Home Assistant of HASS_URL and HASS_TOKEN, or one that HASS_LAUNCHER starts; without both a simulated one.
func realHome(t testing.TB) place {
	if url, token := os.Getenv("HASS_URL"), os.Getenv("HASS_TOKEN"); url != "" && token != "" {
		return place{url, token, "a real Home Assistant"}
	}
	launcher := os.Getenv("HASS_LAUNCHER")
	if launcher == "" {
		return simulatedHome(t)
	}
	version := cmp.Or(os.Getenv("HASS_VERSION"), "2026.11.0")
	port := "HASS_PORT=" + cmp.Or(os.Getenv("HASS_PORT"), "8244")
	command(t, "HASS_VERSION="+version, launcher, "install")
	// What the launcher starts outlives it, and must not hold its output.
	dir, err := os.MkdirTemp("", "vcf-assistant-hass.")
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(dir, "started"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	c := exec.Command(launcher, "start", dir)
	c.Env, c.Stdout = append(os.Environ(), "HASS_VERSION="+version, port), out
	t.Cleanup(func() {
		command(t, port, launcher, "stop", dir)
		os.RemoveAll(dir)
	})
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	of := map[string]string{}
	for line := range strings.Lines(read(t, out.Name())) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		of[name] = value
	}
	return place{of["HASS_URL"], of["HASS_TOKEN"], "a real Home Assistant " + version}
}

// simulator is an SDDC Manager in a process of its own.
type simulator struct {
	*exec.Cmd
	url, ca string
	out     *bufio.Scanner
}

func simulate(t testing.TB, domains, hosts int, more ...string) *simulator {
	s := &simulator{ca: filepath.Join(t.TempDir(), "ca.pem")}
	s.Cmd, s.out = start(t, program(t, "simulator"), append([]string{"-domains", strconv.Itoa(domains), "-hosts", strconv.Itoa(hosts), "-ca", s.ca}, more...)...)
	s.url = first(t, s.Cmd, s.out)
	return s
}

// end stops the simulator and tells how many requests came.
func (s *simulator) end(t testing.TB) (requests int) {
	_ = s.Process.Signal(syscall.SIGTERM)
	if _, err := fmt.Sscanf(first(t, s.Cmd, s.out), "requests %d", &requests); err != nil {
		t.Fatal(err)
	}
	return requests
}

var programs = map[string]string{}

// program builds one of the programs beside this file.
func program(t testing.TB, name string) string {
	if programs[name] == "" {
		dir, err := os.MkdirTemp("", "vcf-assistant-bench.")
		if err != nil {
			t.Fatal(err)
		}
		programs[name] = filepath.Join(dir, name)
		command(t, "CGO_ENABLED=0", "go", "build", "-o", programs[name], "./"+name)
	}
	return programs[name]
}

func start(t testing.TB, path string, args ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	c := exec.Command(path, args...)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	return c, bufio.NewScanner(out)
}

func first(t testing.TB, c *exec.Cmd, out *bufio.Scanner) string {
	t.Helper()
	if !out.Scan() {
		t.Fatalf("%s said nothing", c.Path)
	}
	return out.Text()
}
