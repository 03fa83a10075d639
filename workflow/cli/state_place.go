package cli

import (
	"errors"
	"io/fs"
	"os"
)

// stateDirectory is the one that was named, or, where none was and the user has none, the
// service's.
func (c *Config) stateDirectory() string { return c.stateDirectoryOr(systemState) }

func (c *Config) stateDirectoryOr(service string) string {
	if !c.ownState {
		return c.StateDir
	}
	_, missing := os.Stat(c.StateDir)
	info, err := os.Stat(service)
	// With DynamicUser it is a link into a folder that is root's alone.
	if c.StateDir == "" || missing != nil && (errors.Is(err, fs.ErrPermission) || err == nil && info.IsDir()) {
		return service
	}
	return c.StateDir
}

// atService makes what only looks look where the service does, as far as this user may.
func (c *Config) atService(service string) {
	if _, err := os.ReadDir(service); err == nil {
		c.StateDir = c.stateDirectoryOr(service)
	}
}
