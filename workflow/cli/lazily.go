package cli

import (
	"regexp"
	"sync"
)

// lazily compiles a pattern when it is first used: the service needs few of them, and all
// together were half of what it kept in memory.
func lazily(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}
