package workflow

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"vcf-assistant/vcf"
)

// loginsFile holds the refused logins in a row of each account. Single sign-on locks an
// account after some, and a service that is restarted while a run is unfinished would
// begin to count anew each time.
const loginsFile = "logins.json"

// keepLogins lets the spacing of refused logins outlive this process. What an earlier
// one counted holds only while a run is unfinished: else a person who has mended the
// password and starts the service again would wait for nothing.
func (s *Supervisor) keepLogins() {
	var earlier map[string]vcf.Refusals
	if s.Unfinished() {
		// A file that is not there or damaged counts as no refusal.
		if b, err := os.ReadFile(filepath.Join(s.dir.path, loginsFile)); err == nil {
			_ = json.Unmarshal(b, &earlier)
		}
	} else if err := os.Remove(filepath.Join(s.dir.path, loginsFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.log.Error("the refused logins cannot be forgotten", "error", err) // nor must they come back with the next run
	}
	s.cfg.Client.KeepRefusals(earlier, func(now map[string]vcf.Refusals) {
		b, err := json.Marshal(now)
		if err == nil {
			err = s.dir.replace(loginsFile, append(b, '\n'))
		}
		if err != nil {
			s.log.Error("the refused logins cannot be written down", "error", err)
		}
	})
}
