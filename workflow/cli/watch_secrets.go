package cli

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// secretInterval is how often the files of secrets are looked at, together with what wakes
// the processor anyway. Their content counts, not their time: an administrator may replace
// a file by one that is older.
const secretInterval = 30 * time.Second

// secretWatch takes over secrets that were changed in their files while the service runs.
// What systemd's LoadCredential copied stays as it was when the service was started.
type secretWatch struct {
	log  *slog.Logger
	hide func(...string) // conceals a new secret before anything can write it

	mu    sync.Mutex
	files []*secretFile
}

// secretFile is one file with the secret that counts.
type secretFile struct {
	name, path string
	have       string
	trouble    string // that was said; empty: none
	take       func(string)
}

// watchSecrets is the watch over those secrets of a configuration that come from files.
func (s *service) watchSecrets(c *Config, e environment, hide func(...string)) *secretWatch {
	w := &secretWatch{log: s.log, hide: hide}
	add := func(source secretSource, have Secret, take func(string)) {
		name, path := source.from(e, filepath.Dir(c.File))
		if path != "" && have.IsSet() {
			w.files = append(w.files, &secretFile{name: name, path: path, have: have.Reveal(), take: take})
		}
	}
	add(c.HomeAssistant.token, c.HomeAssistant.Token, s.setToken)
	for n, v := range c.VCF {
		i := s.instances[n]
		add(v.password, v.Password, func(password string) { i.setPasswords(password, "") })
		add(v.fallback, v.FallbackPassword, func(fallback string) { i.setPasswords("", fallback) })
	}
	return w
}

// run looks until ctx ends.
func (w *secretWatch) run(ctx context.Context) error {
	tick := time.NewTimer(together(secretInterval))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			w.look()
			tick.Reset(together(secretInterval))
		case <-ctx.Done():
			return nil
		}
	}
}

// look reads the files once, and tells whether a secret has changed. What cannot be read,
// or holds nothing, as while an editor writes it, changes nothing and is said once.
func (w *secretWatch) look() (changed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.files {
		// A pipe could be read once only, and another time for ever.
		if info, err := os.Stat(f.path); err == nil && !info.Mode().IsRegular() {
			continue
		}
		secret, _, err := readSecret(f.name, f.path)
		if err != nil {
			if f.trouble == "" {
				w.log.Warn("a secret cannot be read again; the one before stays", "problem", err)
			}
			f.trouble = err.Error()
			continue
		}
		if f.trouble != "" {
			f.trouble = ""
			w.log.Info("a secret can be read again", "from", f.name)
		}
		if secret.Reveal() == f.have {
			continue
		}
		w.hide(secret.Reveal())
		f.have = secret.Reveal()
		w.log.Info("a secret has changed and counts from now on", "from", f.name)
		f.take(f.have)
		changed = true
	}
	return changed
}

// setToken lets the next connection to Home Assistant use another token.
func (s *service) setToken(token string) {
	if err := s.home.SetToken(token); err != nil {
		s.log.Error("the new token cannot be one; the one before stays", "problem", err)
	}
}

// setPasswords lets the next login use other passwords; an empty one stays. The domains
// are read at once, so that it shows whether they are right.
func (i *instance) setPasswords(password, fallback string) {
	i.sddc.SetPasswords(password, fallback)
	if s := i.now(); s != nil {
		s.Refresh()
	}
}
