package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

const recordHelp = `Reads everything that the service reads of SDDC Manager and writes each answer into a
file of DIR, redacted: host names, addresses, names, serial numbers, ids, users and
thumbprints get pseudonyms, the same ones everywhere, so that what belongs together
still does; versions, states, times and numbers stay; passwords, keys and licences are
left out. What vcf-assistant's tests replay from it is your data centre's shape.
Nothing is changed: the client that is used can send reads only. Prechecks are not
asked for, since their query makes something in SDDC Manager.
DIR must be empty, or is made; only you can read it. Free texts of errors may hold a
word that nothing else names: look through the files before you give them away.`

const recordExamples = `
sudo CREDENTIALS_DIRECTORY=/etc/vcf-assistant vcf-assistant record recording   # into a new folder
vcf-assistant record --config lab.yaml --instance lab recording                # of one instance of several`

// recordTimeout bounds the reading of a whole data centre.
const recordTimeout = 15 * time.Minute

func setupRecord(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	path := configFlag(flags)
	only := flags.String("instance", "", "record the instance `NAME`: needed where there are several")
	return func(ctx context.Context) error {
		dir := flags.Arg(0)
		if dir == "" {
			return usage("record: name a folder for the files: vcf-assistant record DIR")
		}
		given := false
		flags.Visit(func(f *flag.Flag) { given = given || f.Name == "instance" })
		var v *VCF
		_, err := in.configuration(*path, func(c *Config) (err error) {
			if v, err = c.recorded(*only, given); err != nil {
				return err
			}
			return c.completeFor(v)
		})
		if err != nil {
			return err
		}
		return in.record(ctx, v, dir)
	}
}

// recorded is the instance to record.
func (c *Config) recorded(name string, given bool) (*VCF, error) {
	if !given && len(c.VCF) == 1 {
		return c.VCF[0], nil
	}
	var names []string
	for _, v := range c.VCF {
		if given && v.Name == name {
			return v, nil
		}
		names = append(names, quote(v.Name))
	}
	if given {
		return nil, usage("record: no instance is named %s: the configuration has %s", quote(name), strings.Join(names, ", "))
	}
	return nil, usage("record: the configuration has the instances %s: choose one with --instance", strings.Join(names, ", "))
}

// completeFor tells what is missing to reach an instance's SDDC Manager; Home Assistant and
// a state directory are not needed for that.
func (c *Config) completeFor(v *VCF) error {
	alone := *c
	alone.VCF = []*VCF{v}
	var problems ConfigError
	if !errors.As(alone.complete(), &problems) {
		return nil
	}
	problems = slices.DeleteFunc(problems, func(p Problem) bool {
		return strings.HasPrefix(p.Text, "home_assistant.") || strings.HasPrefix(p.Text, "state_dir ")
	})
	if len(problems) == 0 {
		return nil
	}
	return problems
}

func (in *invocation) record(ctx context.Context, v *VCF, dir string) error {
	made, err := emptyDir(dir)
	if err != nil {
		return usage("record: %w", err)
	}
	r := &recording{}
	cfg := v.client()
	cfg.Record = r.answered
	client, err := vcf.ReadOnly(cfg)
	if err != nil {
		return &exitError{exitUsage, err}
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, recordTimeout)
	defer cancel()
	if err := r.collect(ctx, client, v.Username); err != nil {
		if made {
			os.Remove(dir)
		}
		err = fmt.Errorf("record: nothing was written: %w", err)
		var credentials *vcf.CredentialsError
		if errors.As(err, &credentials) {
			return &exitError{exitRefused, err}
		}
		return err
	}
	k := newRedaction(v)
	files, err := r.files(k)
	if err == nil {
		err = writeFiles(dir, files)
	}
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	for _, text := range r.missing {
		fmt.Fprintf(in.stderr, "not recorded: %s\n", printable(k.p.text(text)))
	}
	fmt.Fprintf(in.stdout, "%s written to %s. The account is %s in them.\nLook through them before you give them away: texts of errors may hold a word that nothing else names.\n",
		plural(len(files), "answer"), dir, k.user)
	return nil
}

// emptyDir makes the folder, or looks that it is empty.
func emptyDir(dir string) (made bool, err error) {
	switch err := os.Mkdir(dir, 0o700); {
	case err == nil:
		return true, nil
	case !errors.Is(err, os.ErrExist):
		return false, fmt.Errorf("make the folder: %w", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return false, fmt.Errorf("the folder cannot be read: %w", err)
	}
	if len(entries) > 0 {
		return false, fmt.Errorf("%s is not empty: name a new folder", dir)
	}
	return false, nil
}
