package workflow

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vcf-assistant/vcf/vcftest"
)

// Whatever the file of the digests holds, the start takes up what the journals say, and
// leaves a file from which the next one does too.
func TestDigests_DamagedFile(t *testing.T) {
	t.Parallel()
	s, first, _, _ := mixed(t)
	want := s.bare()
	good, err := os.ReadFile(s.cache())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"empty":           {},
		"torn":            good[:len(good)-20],
		"no newline":      good[:len(good)-1],
		"zeros":           append(bytes.Clone(good[:len(good)/2]), make([]byte, len(good)/2)...),
		"another version": bytes.Replace(good, []byte("runs 1\n"), []byte("runs 2\n"), 1),
		"a foreign file":  []byte("GIF89a\n"),
		"no end":          bytes.ReplaceAll(good, []byte(" false start"), []byte(" true start")),
		"another hash":    bytes.ReplaceAll(good, []byte("/7/"), []byte("/6/")),
		"another domain":  bytes.ReplaceAll(good, []byte(" dom-1 "), []byte(" dom-9 ")),
		"another history": bytes.ReplaceAll(good, []byte(`"target_version"`), []byte(`"target_versiom"`)),
		"lines of others": append(bytes.Clone(good), "00000000 x y z\n"...),
	} {
		if err := os.WriteFile(s.cache(), content, 0o600); err != nil {
			t.Fatal(err)
		}
		s.same(name, want, s.open())
		for _, id := range first[:14] {
			s.t.Helper()
			if b, err := os.ReadFile(s.cache()); err != nil || !bytes.Contains(b, []byte(" "+id+" ")) {
				t.Fatalf("%s: the file lacks %s: %v", name, id, err)
			}
		}
		if f := readDigestFile(s.cache()); f.broken {
			t.Errorf("%s: the file was not mended", name)
		}
	}
	// What the words of another version mean is not known.
	other := []byte(strings.Replace(digestHead, "runs 1", "runs 2", 1))
	for _, g := range readDigestFile(s.cache()).entries {
		g.unfold()
		g.Ended.Target = "9.9.9.9"
		line, _ := g.line()
		other = append(other, line...)
	}
	if err := os.WriteFile(s.cache(), other, 0o600); err != nil {
		t.Fatal(err)
	}
	s.same("words of another version", want, s.open())
	// Lines that say the same twice, or of runs that are gone, are cleared away at last.
	var long []byte
	for range 30 {
		long = append(long, good[len(digestHead):]...)
	}
	if err := os.WriteFile(s.cache(), append([]byte(digestHead), long...), 0o600); err != nil {
		t.Fatal(err)
	}
	s.same("many times the same", want, s.open())
	if f := readDigestFile(s.cache()); f.lines != 18 {
		t.Errorf("the file has %d lines, want one for each of 18 ended runs", f.lines)
	}
}

// A journal whose last line ends the run and that is damaged before it gets no digest: it
// is told of at every start.
func TestDigests_DamagedJournal(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	id := s.run(1, "success")
	b, err := os.ReadFile(s.path(id))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"in the middle": bytes.Replace(b, []byte(`"validate"`), []byte(`"validate`), 1),
		"first line":    append([]byte("{\n"), b...),
		"torn":          append(bytes.Clone(b), []byte(`{"for`)...),
	} {
		s.write(id, content, time.Time{})
		if g := readDigest(s.path(id)); name != "in the middle" && g != nil {
			t.Errorf("%s: its ends make a digest: %+v", name, g)
		}
		want := s.bare()
		for range 2 {
			s.log.Reset()
			s.same(name, want, s.open())
			if warned := strings.Contains(s.log.String(), "is damaged"); warned != (name != "torn") {
				t.Errorf("%s: warned %v:\n%s", name, warned, s.log.String())
			}
		}
	}
}

// A file that cannot be written is told of once, and hinders nothing.
func TestDigests_CannotBeWritten(t *testing.T) {
	t.Parallel()
	s, _, _, _ := mixed(t)
	want := s.bare()
	os.Remove(s.cache())
	if err := os.MkdirAll(filepath.Join(s.cache(), "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.log.Reset()
	s.same("a folder is in its place", want, s.open())
	if n := strings.Count(s.log.String(), "cannot be kept"); n != 1 {
		t.Errorf("told %d times:\n%s", n, s.log.String())
	}
	play(t, model(), func(w *world) {
		if err := os.MkdirAll(filepath.Join(w.dir, "runs.cache", "x"), 0o700); err != nil {
			t.Fatal(err)
		}
		for n := range 2 {
			if d := w.upgrade(n + 1); d.UpgradeStatus() != Completed {
				t.Errorf("ended as %s: %s", d.UpgradeStatus(), d.Run.Reason)
			}
			time.Sleep(time.Hour)
		}
	}, sparse, func(c *Config) {
		s.log.Reset()
		c.Logger = slog.New(slog.NewTextHandler(&s.log, nil))
	})
	if n := strings.Count(s.log.String(), "cannot be kept"); n != 1 {
		t.Errorf("two runs told it %d times", n)
	}
}

// A run's digest is written when it ends: the next start reads no journal. Of one that was
// put away since, it reads the journal once more.
func TestDigests_WrittenAtTheEnd(t *testing.T) {
	t.Parallel()
	dir := ""
	play(t, model(func(m *vcftest.Model) { m.Findings = found }), func(w *world) {
		dir = w.dir
		w.press(Start, 1)
		w.until(1, WaitingForAck)
		w.press(Cancel, 1)
		w.ended(1)
		w.upgrade(1)
		w.until(1, WaitingForInitiation)
	}, sparse)
	f := readDigestFile(filepath.Join(dir, "runs.cache"))
	all, err := (&stateDir{path: dir}).digests()
	if err != nil || f.broken || f.lines != 2 || len(all.ids) != 2 || all.file.used != 1 {
		t.Fatalf("%d lines, %d of them count for %d journals: %v", f.lines, all.file.used, len(all.ids), err)
	}
	s := &shelf{t: t, dir: dir}
	if info, err := os.Stat(s.cache()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the file: %v %v, want 0600", info.Mode(), err)
	}
	got := s.open()
	if all, _ := (&stateDir{path: dir}).digests(); all.file.used != 2 {
		t.Errorf("after another start %d digests count", all.file.used)
	}
	s.same("then", s.bare(), got)
	if h := got.History[1]; len(h) != 2 || h[0].Status != Completed || h[1].Status != Failed || len(got.Known) == 0 {
		t.Errorf("history %+v, known %v", h, got.Known)
	}
}
