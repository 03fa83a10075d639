package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const diagnosticsHelp = `Writes one archive for a bug report: version and system, the configuration as it works,
what status, history and history --verify tell, the journals and reports of the newest
runs, what the state directory holds beside them, and the last lines of the service's log
where this user may read it. It reads files only and asks nothing of the network.
Secrets are left out. Names of hosts, domains, clusters and users, addresses and ids
become others, the same everywhere, so that what belongs together is still seen; --names
keeps them. Look into the archive before you send it: what is recognised as a name is
replaced, what is not stays. The file is yours alone to read, and none is overwritten.`

const diagnosticsExamples = `
sudo vcf-assistant diagnostics               # into this folder
sudo vcf-assistant diagnostics --output /tmp/lab.tar.gz --names   # for yourself, with all names
tar -tzf vcf-assistant-diagnostics-*.tar.gz  # what is in it`

func setupDiagnostics(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	output := flags.String("output", "", "write the archive to `FILE`")
	names := flags.Bool("names", false, "keep names, addresses and ids")
	dir := flags.String("state-dir", "", "read the state directory `DIR`")
	path := configFlag(flags)
	return func(ctx context.Context) error {
		now := time.Now().UTC()
		file := *output
		if file == "" {
			file = "vcf-assistant-diagnostics-" + now.Format("20060102T150405Z") + ".tar.gz"
		}
		d := &diagnostics{in: in, now: now}
		d.configuration(*path)
		if d.config != nil {
			in.conceal(d.config)
		}
		switch {
		case *dir != "":
			d.dir = *dir
		case d.config != nil:
			d.dir = d.config.stateDirectory()
		default:
			unread := &Config{}
			unread.findState(in.env)
			d.dir = unread.stateDirectory()
		}
		if err := mayRead(d.dir); err != nil {
			return fmt.Errorf("diagnostics: %w", err)
		}
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		switch {
		case errors.Is(err, fs.ErrExist):
			return usage("diagnostics: %s is there already, and nothing is overwritten: name another file with --output", short(file))
		case err != nil:
			return usage("diagnostics: %w: name a file in a folder that can be written with --output", err)
		}
		d.collect(ctx)
		d.conceal()
		if !*names {
			d.anonymise()
		}
		err = d.write(f)
		if err == nil {
			err = f.Sync()
		}
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(file)
			return fmt.Errorf("diagnostics: %w", err)
		}
		return d.tell(file, *names)
	}
}

// tell says what is in the archive and what is not.
func (d *diagnostics) tell(file string, names bool) error {
	size := int64(0)
	if info, err := os.Stat(file); err == nil {
		size = info.Size()
	}
	if whole, err := filepath.Abs(file); err == nil {
		file = whole
	}
	say := func(format string, args ...any) { fmt.Fprintf(d.in.stdout, format+"\n", args...) }
	say("%s, %d KiB:", printable(file), (size+1023)/1024)
	for _, e := range d.entries {
		say("  %-44s %8d bytes", printable(e.name), len(e.content))
	}
	for _, note := range d.notes {
		say("Not in it: %s", printable(note))
	}
	if names {
		say("Names, addresses and ids are in it as they are; secrets are not.")
	} else {
		say("Secrets are not in it; names, addresses and ids were replaced where they were recognised.")
	}
	say("Look into it before you send it: tar -xzf %s -O | less", printable(file))
	return nil
}
