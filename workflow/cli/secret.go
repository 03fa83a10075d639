package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// Secret is a token or a password. Whatever prints it prints "[redacted]": the value
// stands behind a pointer, so that not even %+v of what holds a Secret shows it.
type Secret struct{ value *string }

const redacted = "[redacted]"

// NewSecret keeps a secret.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal is the secret itself, for the client that needs it. Empty: there is none.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// IsSet tells whether there is a secret.
func (s Secret) IsSet() bool { return s.Reveal() != "" }

func (s Secret) String() string               { return redacted }
func (s Secret) GoString() string             { return redacted }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// secretSource says where a secret may come from. The first that is set counts:
// the value in the file, the file that it names, the environment, systemd's
// credential.
type secretSource struct {
	key        string // "home_assistant.token"; its file's key has "_file" appended
	env        string // empty: not from the environment
	credential string // its name in $CREDENTIALS_DIRECTORY

	inline Secret
	file   string // as written
}

// maxSecret bounds a secret's file: a token has some 200 characters.
const maxSecret = 64 << 10

// resolve reads the secret. A file that everybody may read is a warning.
func (s secretSource) resolve(e environment, base string) (secret Secret, warning string, err error) {
	switch {
	case s.inline.IsSet():
		return s.inline, "", nil
	case s.file == "" && s.env != "" && e.get(s.env) != "":
		secret = NewSecret(e.get(s.env))
		return secret, "", checkSecret("$"+s.env, secret.Reveal())
	}
	if name, path := s.from(e, base); path != "" {
		return readSecret(name, path)
	}
	return Secret{}, "", nil
}

// from is the file that the secret comes from, and what messages call it; none: it comes
// from elsewhere, or there is none.
func (s secretSource) from(e environment, base string) (name, path string) {
	switch {
	case s.inline.IsSet():
		return "", ""
	case s.file != "" && filepath.IsAbs(s.file):
		return s.key + "_file", s.file
	case s.file != "":
		return s.key + "_file", filepath.Join(base, s.file)
	case s.env != "" && e.get(s.env) != "":
		return "", ""
	}
	if dir := e.get("CREDENTIALS_DIRECTORY"); dir != "" {
		path := filepath.Join(dir, s.credential)
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return "systemd credential " + s.credential, path
		}
	}
	return "", ""
}

// readSecret reads a file that holds nothing but a secret. The line end that an
// editor leaves does not belong to it.
func readSecret(name, path string) (secret Secret, warning string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return Secret{}, "", fmt.Errorf("%s: %w: write the secret into that file, readable by this user", name, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return Secret{}, "", fmt.Errorf("%s: %w", name, err)
	}
	if len(b) > maxSecret {
		return Secret{}, "", fmt.Errorf("%s: %s is larger than %d bytes: it must hold the secret and nothing else", name, path, maxSecret)
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	if text == "" {
		return Secret{}, "", fmt.Errorf("%s: %s is empty: write the secret into it", name, path)
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o004 != 0 {
		warning = fmt.Sprintf("%s: everybody on this machine may read %s: chmod 600 it", name, path)
	}
	return NewSecret(text), warning, checkSecret(name, text)
}

// checkSecret refuses what cannot be one; the error never repeats it.
func checkSecret(name, text string) error {
	if strings.ContainsAny(text, "\r\n\x00") {
		return fmt.Errorf("%s: holds more than one line: it must be the secret and nothing else", name)
	}
	return nil
}
