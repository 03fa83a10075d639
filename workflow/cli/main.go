package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Exit codes. systemd does not restart the service on 2 and 3: another try would end
// the same, and a refused login again and again locks the account.
const (
	exitDone    = 0
	exitFailure = 1
	exitUsage   = 2 // usage or configuration
	exitRefused = 3 // refused credentials, and no run is unfinished
)

// exitError is an error with the code that the process ends with. Without words it
// has been said already.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}
func (e *exitError) Unwrap() error { return e.err }

func usage(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// exitCode is the code that an error ends the process with.
func exitCode(err error) int {
	var exit *exitError
	var config ConfigError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &config):
		return exitUsage
	}
	return exitFailure
}

// Main runs the command that args name and returns the process's exit code. ctx
// ends it like SIGTERM and SIGINT do.
func Main(ctx context.Context, args, env []string, stdout, stderr io.Writer) int {
	log.SetOutput(io.Discard) // net/http prints foreign bytes there, past what conceals secrets
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal kills

	in := &invocation{env: env, stdout: stdout, stderr: stderr}
	err := in.dispatch(ctx, args)
	if err != nil && err.Error() != "" {
		in.say(err)
	}
	return exitCode(err)
}

// invocation is one call of the program.
type invocation struct {
	env            environment
	stdout, stderr io.Writer

	statfs func(string, *unix.Statfs_t) error // of check; nil: the kernel's
}

// say writes an error, one line for each thing that is wrong.
func (in *invocation) say(err error) {
	var config ConfigError
	for line := range strings.SplitSeq(err.Error(), "\n") {
		if errors.As(err, &config) {
			fmt.Fprintln(in.stderr, printable(line)) // begins with the file
			continue
		}
		fmt.Fprintln(in.stderr, "vcf-assistant: "+printable(line))
	}
}

// configuration reads it for a command that goes on the network: complete tells what that
// needs and is not there. Its secrets are concealed from then on.
func (in *invocation) configuration(path string, complete func(*Config) error) (*Config, error) {
	c, err := load(path, in.env)
	if err != nil {
		return nil, err
	}
	if err := complete(c); err != nil {
		return nil, err
	}
	in.conceal(c)
	return c, nil
}

// conceal keeps secrets out of everything that is written from now on, whoever
// writes it and wherever the text came from.
func (in *invocation) conceal(c *Config) {
	secrets := []string{c.HomeAssistant.Token.Reveal()}
	for _, v := range c.VCF {
		secrets = append(secrets, v.Password.Reveal(), v.FallbackPassword.Reveal())
	}
	in.hide(secrets...)
}

// hide is conceal for secrets of which it is known now.
func (in *invocation) hide(secrets ...string) {
	for _, w := range []*io.Writer{&in.stdout, &in.stderr} {
		if c, ok := (*w).(*concealer); ok {
			c.add(secrets)
		} else {
			*w = newConcealer(*w, secrets)
		}
	}
}
