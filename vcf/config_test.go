package vcf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConfig(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	print := strings.Repeat("ab", 32)
	for _, tc := range []struct {
		name string
		set  func(*Config)
		want string // part of the error; empty: it is good
	}{
		{"good", func(*Config) {}, ""},
		{"with a slash and a port", func(c *Config) { c.URL = " https://vcf.lab.example:8443/ " }, ""},
		{"IPv6", func(c *Config) { c.URL = "https://[::1]:443" }, ""},
		{"no URL", func(c *Config) { c.URL = "" }, "vcf.url: is empty"},
		{"no scheme", func(c *Config) { c.URL = "vcf.lab.example" }, "must be https:// and the name"},
		{"no host", func(c *Config) { c.URL = "https://" }, "must be https:// and the name"},
		{"only a port", func(c *Config) { c.URL = "https://:443" }, "must be https:// and the name"},
		{"another scheme", func(c *Config) { c.URL = "ftp://vcf.lab.example" }, "must be https:// and the name"},
		{"not a URL", func(c *Config) { c.URL = "https://a b\x00" }, "is not a URL"},
		{"http", func(c *Config) { c.URL = "http://vcf.lab.example" }, "use https"},
		{"http, insecure", func(c *Config) { c.URL, c.Insecure = "http://vcf.lab.example", true }, ""},
		{"a path", func(c *Config) { c.URL = "https://vcf.lab.example/ui" }, "use https://vcf.lab.example"},
		{"a query", func(c *Config) { c.URL = "https://vcf.lab.example?a=b" }, "must end after the host"},
		{"a password", func(c *Config) { c.URL = "https://me:hunter22@vcf.lab.example" }, "must not hold a user or a password"},
		{"a password in what is no URL", func(c *Config) { c.URL = "https://me:hunter22@vcf.lab.example:x" }, "is not a URL"},
		{"no user", func(c *Config) { c.Username = "" }, "vcf.username and vcf.password"},
		{"no password", func(c *Config) { c.Password = "" }, "vcf.username and vcf.password"},
		{"half a fallback", func(c *Config) { c.FallbackUsername = localUser }, "set both, or neither"},
		{"the fallback is the main account", func(c *Config) { c.FallbackUsername, c.FallbackPassword = c.Username, "x" }, "same account"},
		{"a negative timeout", func(c *Config) { c.Timeout = -1 }, "must not be negative"},
		{"two ways to trust", func(c *Config) { c.Fingerprint, c.Insecure = print, true }, "set only one"},
		{"no such file", func(c *Config) { c.CAFile = empty + "x" }, "vcf.ca_file: open"},
		{"no certificate", func(c *Config) { c.CAFile = empty }, "holds no PEM certificate"},
		{"fingerprint", func(c *Config) { c.Fingerprint = print }, ""},
		{"a short fingerprint", func(c *Config) { c.Fingerprint = print[2:] }, "64 hex digits"},
		{"not hex", func(c *Config) { c.Fingerprint = "zz" + print[2:] }, "64 hex digits"},
		{"SHA-1", func(c *Config) { c.Fingerprint = strings.Repeat("ab", 20) }, "64 hex digits"},
	} {
		cfg := testConfig(&wire{})
		tc.set(&cfg)
		c, err := New(cfg)
		if tc.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tc.name, err)
			} else if c.URL() != strings.TrimSuffix(strings.TrimSpace(cfg.URL), "/") {
				t.Errorf("%s: URL() = %q", tc.name, c.URL())
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v, want one with %q", tc.name, err, tc.want)
		} else if strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s: the error holds the password: %v", tc.name, err)
		}
	}
}
