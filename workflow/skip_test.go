package workflow

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest"
)

func (w *world) skip(a Action, version string) Reply {
	return w.sup.Press(context.Background(), Press{Action: a, Domain: 1, Version: version, By: Person{Name: "Ada"}, At: time.Now()})
}

// The offered version can be skipped, that one only; it is on disk, survives a restart,
// is undone by Unskip, and keeps nobody from Start.
func TestSkip(t *testing.T) {
	t.Parallel()
	end := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	play(t, model(func(m *vcftest.Model) { m.CertificateExpires = end }), func(w *world) {
		if got := w.sup.Snapshot().Backend.CertificateExpires; !got.Equal(end) {
			t.Errorf("the certificate expires %v", got)
		}
		skipped := func(want, said string, r Reply) {
			t.Helper()
			if got := w.domain(1).Skipped; got != want || !strings.Contains(r.Message, said) || r.Title != "VCF update of m01" || r.Started {
				t.Errorf("skipped %q, want %q; said %+v", got, want, r)
			}
		}
		skipped("", "No version is skipped", w.skip(Unskip, ""))
		skipped("", "5.2.2.0 was shown, but 5.2.1.0 is offered now", w.skip(Skip, "5.2.2.0"))
		skipped("", "no version was shown", w.skip(Skip, ""))
		skipped("5.2.1.0", "5.2.1.0 is skipped", w.skip(Skip, "5.2.1.0"))
		w.shutdown()
		w.boot()
		skipped("5.2.1.0", "5.2.2.0 was shown", w.skip(Skip, "5.2.2.0"))
		skipped("", "5.2.1.0 is shown as an update again", w.skip(Unskip, ""))
		w.shutdown()
		w.boot()
		skipped("", "5.2.1.0 is skipped: it is not", Reply{Title: "VCF update of m01", Message: "5.2.1.0 is skipped: it is not"})

		skipped("5.2.1.0", "Start upgrades to it all the same", w.skip(Skip, "5.2.1.0"))
		if r := w.press(Start, 1); !r.Started {
			t.Errorf("Start of what is skipped: %+v", r)
		}
		w.ended(1)
		w.until(1, WaitingForInitiation)
		time.Sleep(time.Minute)
		skipped("", "nothing to skip", w.skip(Skip, "5.2.1.0"))
		skipped("", "5.2.1.0 is not skipped any more", w.skip(Unskip, "")) // it is not offered either
	})
}

// Another version ends the skip by itself.
func TestSkip_EndsWithAnotherVersion(t *testing.T) {
	t.Parallel()
	s := skips{"d": {Version: "5.2.1.0"}}
	for _, c := range []struct {
		next *vcf.Release
		want string
	}{{&vcf.Release{Version: "5.2.1.0"}, "5.2.1.0"}, {&vcf.Release{Version: "5.2.2.0"}, ""}, {nil, ""}, {&vcf.Release{}, ""}} {
		if got := s.of(Domain{ID: "d", Next: c.next}); got != c.want {
			t.Errorf("offered %+v: skipped %q", c.next, got)
		}
	}
	if got := (skips{}).of(Domain{ID: "d", Next: &vcf.Release{}}); got != "" {
		t.Errorf("nothing skipped: %q", got)
	}
}

// A damaged skipped.json counts as nothing skipped and is replaced whole; a directory
// that cannot be written is said, and nothing is skipped.
func TestSkip_File(t *testing.T) {
	t.Parallel()
	for _, content := range []string{"{", "null", "[]", `{"x": 1}`, ""} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "skipped.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := (&stateDir{path: dir}).skips()
		if len(got) != 0 || got == nil || (err == nil) != (content == "null") {
			t.Errorf("%q: %v, %v", content, got, err)
		}
	}
	play(t, model(), func(w *world) {
		w.shutdown()
		path := filepath.Join(w.dir, "skipped.json")
		if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		w.boot()
		if s := w.domain(1).Skipped; s != "" {
			t.Errorf("skipped %q", s)
		}
		w.skip(Skip, "5.2.1.0")
		if got, err := w.sup.dir.skips(); err != nil || got[w.sim.DomainID("m01")].Version != "5.2.1.0" {
			t.Errorf("kept %v, %v", got, err)
		}
		b, _ := os.ReadFile(path)
		w.sup.dir.path = filepath.Join(w.dir, "missing")
		if r := w.skip(Unskip, ""); !strings.Contains(r.Message, "Nothing was changed") || w.domain(1).Skipped != "5.2.1.0" {
			t.Errorf("skipped %q; said %+v", w.domain(1).Skipped, r)
		}
		w.sup.dir.path = w.dir
		if after, _ := os.ReadFile(path); cmp.Diff(string(b), string(after)) != "" {
			t.Errorf("the file changed:\n%s", after)
		}
	})
}
