// Package rig is what the parts that run a supervisor in their own process have in common.
package rig

import (
	"log/slog"
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// Config is the defaults, for a supervisor that reaches a simulated SDDC Manager, keeps its
// state in dir and logs nothing.
func Config(t testing.TB, sddc http.RoundTripper, dir string) workflow.Config {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	client, err := vcf.New(vcf.Config{URL: "https://sddc-manager.lab.example", Username: "administrator@vsphere.local", Password: "VMw@re1!VMw@re1!",
		Insecure: true, Transport: sddc, Logger: quiet})
	if err != nil {
		t.Fatal(err)
	}
	cfg := workflow.Defaults()
	cfg.Client, cfg.StateDir, cfg.Logger = client, dir, quiet
	return cfg
}

// Virtual is Config within a bubble of virtual time, in which the machine's own uptime
// stands still.
func Virtual(t testing.TB, sddc http.RoundTripper, dir string) workflow.Config {
	t.Helper()
	cfg := Config(t, sddc, dir)
	epoch := time.Now()
	cfg.Uptime = func() (string, time.Duration) { return "bubble", time.Since(epoch) }
	return cfg
}

// Memory is a folder where a disk costs nothing, if this machine has one.
func Memory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "vcf-assistant-bench-")
	if err != nil {
		t.Log("no /dev/shm: the journal is on the disk")
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// CPU is what this process has used, user and system, of all threads.
func CPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
