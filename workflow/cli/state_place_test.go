package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vcf-assistant/vcf/vcftest"
)

// Where nobody named a state directory, what only looks looks where the service keeps its
// own; a directory that was named is never exchanged for another.
func TestPlaceOfTheState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	service, home, missing := filepath.Join(dir, "service"), filepath.Join(dir, "home"), filepath.Join(dir, "missing")
	for _, d := range []string{service, filepath.Join(home, ".local", "state", "vcf-assistant")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name, named string
		env         environment
		service     string
		want        string
	}{
		{"named, and not made yet", missing, nil, service, missing},
		{"of systemd", "", environment{"STATE_DIRECTORY=" + missing + ":/x", "HOME=" + home}, service, missing},
		{"the user's, which is there", "", environment{"HOME=" + home}, service, filepath.Join(home, ".local", "state", "vcf-assistant")},
		{"the user's, which is not", "", environment{"HOME=" + missing}, service, service},
		{"none is there", "", environment{"HOME=" + missing}, missing, filepath.Join(missing, ".local", "state", "vcf-assistant")},
		{"no home", "", nil, missing, missing},
	} {
		c := &Config{StateDir: tc.named}
		if c.StateDir == "" {
			c.findState(tc.env)
		}
		if got := c.stateDirectoryOr(tc.service); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
		c.atService(tc.service)
		if tc.service == service && c.StateDir != tc.want {
			t.Errorf("%s: check looks into %s, want %s", tc.name, c.StateDir, tc.want)
		}
	}
}

// Without a home every command names a folder, and check says whose it looks at.
func TestNoHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, vcftest.Model52())
	bare := w.with("STATE_DIRECTORY=", "HOME=", "XDG_STATE_HOME=")
	for _, command := range [][]string{{"status"}, {"history"}, {"report", "x"}, {"cancel", "x"}} {
		if _, out := w.run(bare, command...); strings.Contains(out, "stat :") {
			t.Errorf("%s: %s", command[0], out)
		}
	}
	home := filepath.Join(t.TempDir(), "home")
	c := w.with("STATE_DIRECTORY=", "XDG_STATE_HOME=", "HOME="+home, "HASS_URL=http://127.0.0.1:1", "VCF_URL=https://127.0.0.1:1")
	if _, err := os.Stat(systemState); err == nil {
		t.Skip("a service has its state on this machine")
	}
	if _, out := w.run(c, "check"); !strings.Contains(out, "when this user runs it; systemd's unit has "+systemState) {
		t.Errorf("check:\n%s", out)
	}
	_, out := w.run(w.with("VCF_ASSISTANT_CONFIG="+home), "check")
	if !strings.Contains(out, "failure  configuration   open "+home) {
		t.Errorf("check without its file:\n%s", out)
	}
}

// A configuration that is another user's is not to be written anew.
func TestConfigurationOfAnother(t *testing.T) {
	t.Parallel()
	got := notOpened(&fs.PathError{Op: "open", Path: systemConfig, Err: fs.ErrPermission}).Error()
	if want := "configuration: open " + systemConfig + ": permission denied: run this as root or as the user of the service, or name another one with --config"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
