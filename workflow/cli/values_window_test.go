package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/workflow"
)

func TestParseWindow(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for s, want := range map[string]workflow.Window{
		"Sat 22:00-04:00":                   {Days: [7]bool{6: true}, From: 22 * time.Hour, To: 4 * time.Hour},
		"Mon-Fri 01:00-05:30 Europe/Berlin": {Days: [7]bool{1: true, 2: true, 3: true, 4: true, 5: true}, From: time.Hour, To: 5*time.Hour + 30*time.Minute, Zone: berlin},
		"fri-mon  00:00-24:00 UTC":          {Days: [7]bool{0: true, 1: true, 5: true, 6: true}, To: 24 * time.Hour, Zone: time.UTC},
		"Tue,Thu-Fri 23:59-00:00":           {Days: [7]bool{2: true, 4: true, 5: true}, From: 23*time.Hour + 59*time.Minute},
	} {
		got, ok := parseWindow(s)
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b *time.Location) bool { return a == b || a != nil && b != nil && a.String() == b.String() })); !ok || diff != "" {
			t.Errorf("%q: %v (-want +got):\n%s", s, ok, diff)
		}
	}
	for _, s := range []string{"", "Sat", "22:00-04:00", "Sat 22-04", "Sat 22:00-04:60", "Sat 24:00-04:00", "Sat 22:00-24:01", "Sam 22:00-04:00", "Sat, 22:00-04:00",
		"Sat 22:00 - 04:00", "Sat 22:00-04:00 Europe/Atlantis", "Sat 22:00-04:00 CEST", "Sat 22:00-04:00 Local", "Sat 22:00-04:00 ../../etc/passwd", "Sat 22:00-04:00 Europe/Berlin now", "Sat- 22:00-04:00", "Saturday 22:00-04:00", "Sat +2:00-04:00"} {
		if w, ok := parseWindow(s); ok {
			t.Errorf("%q is taken as %+v", s, w)
		}
	}
}

// Pauses and windows stand in the file's upgrade section and in an instance's own; what
// is no window is an error that names line and column.
func TestConfig_PauseAndWindows(t *testing.T) {
	write := func(s string) string {
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const head = "home_assistant: {url: \"http://127.0.0.1:8123\", token: t}\n"
	c, err := load(write(head+`vcf:
  - {url: "https://a.example", username: u, password: p}
  - {name: lab, url: "https://b.example", username: u, password: p, upgrade: {pause: none, windows: []}}
  - {name: prod, url: "https://c.example", username: u, password: p, upgrade: {windows: ["Sun 01:00-02:00"]}}
upgrade: {pause: component, windows: ["Sat 22:00-04:00", "Sun 22:00-04:00 UTC"]}
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		pause   bool
		windows int
	}{{true, 2}, {false, 0}, {true, 1}} {
		if u := c.VCF[i].Upgrade; u.Pause != want.pause || len(u.Windows) != want.windows {
			t.Errorf("instance %d: pause %v, windows %v", i, u.Pause, u.Windows)
		}
	}
	for value, says := range map[string]string{
		"pause: true":              "must be one of none, component",
		"windows: Sat 22:00-04:00": "must be a list of weekly windows",
		`windows: ["Sat 22:00-04:00 Europe/Atlantis"]`: "a zone by its IANA name",
	} {
		_, err := load(write(head+"vcf: {url: \"https://a.example\", username: u, password: p}\nupgrade:\n  "+value+"\n"), nil)
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "4:") {
			t.Errorf("%s: %v", value, err)
		}
	}
}
