package cli

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
)

func setupVersion(in *invocation, _ *flag.FlagSet) func(context.Context) error {
	return func(context.Context) error {
		_, err := fmt.Fprintf(in.stdout, "vcf-assistant %s %s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	}
}

// released is the version of a package, which the linker sets; empty: built in another
// way.
var released string

// version is that of the package, or what the Go toolchain stamped into the program: a
// module version, or the commit it was built from.
func version() string {
	if released != "" {
		return released
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	revision, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changes"
		}
	}
	switch {
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	case revision != "":
		return revision[:min(12, len(revision))] + dirty
	}
	return "devel"
}
