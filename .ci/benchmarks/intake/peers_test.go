package intake_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// peer is another client: how to run it, or why it cannot be had.
type peer struct {
	name    string
	argv    []string
	arrays  bool // it agrees to coalesced messages
	missing error
	runs    int  // 0: one
	blind   bool // it does not look for presses
}

// peers installs the others into a folder of the run, in the versions that are pinned.
func peers(t *testing.T) []peer {
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "requirements.txt", "client.mjs", "client.py"} {
		data, err := os.ReadFile(filepath.Join("peers", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	python := filepath.Join(dir, "python", "bin", "python")
	return []peer{
		{name: "home-assistant-js-websocket 9.7.0 (node, ws 8.23.0)", argv: []string{"node", filepath.Join(dir, "client.mjs")}, arrays: true,
			missing: install(dir, []string{"npm", "ci", "--no-audit", "--no-fund"})},
		{name: "hass-client 1.4.1 (python, orjson 3.13.0)", argv: []string{python, filepath.Join(dir, "client.py")},
			missing: install(dir, []string{"python3", "-m", "venv", "python"}, []string{python, "-m", "pip", "install", "-q", "-r", "requirements.txt"})},
	}
}

func install(dir string, steps ...[]string) error {
	for _, argv := range steps {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Dir = dir
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &said, &said
		if err := cmd.Run(); errors.Is(err, exec.ErrNotFound) {
			return fmt.Errorf("%s is not installed", argv[0])
		} else if err != nil {
			os.Stderr.Write(said.Bytes())
			return fmt.Errorf("%s could not install it", filepath.Base(argv[0]))
		}
	}
	return nil
}
