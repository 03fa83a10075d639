package cli

import (
	"log/slog"

	"vcf-assistant/hass"
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// Config is the configuration: what the file says, then what the environment says,
// then the defaults.
type Config struct {
	File string // read from; empty: no file, the environment only

	HomeAssistant HomeAssistant
	VCF           VCF

	StateDir  string
	LogLevel  slog.Level
	Intervals workflow.Intervals
	Timeouts  workflow.Timeouts
	Upgrade   workflow.Options

	Warnings []string // what an administrator should put right, one line each
}

// HomeAssistant is where and how to reach Home Assistant, and what is kept there.
type HomeAssistant struct {
	URL                     string
	Token                   Secret
	CAFile                  string
	Dashboard               string   // url path; empty: none is kept
	InstallFromUpdateEntity bool     // the update entity's Install presses Start
	Operators               []string // names or ids of users; empty: whoever may control the helpers

	token secretSource
}

// VCF is where and how to reach SDDC Manager. At most one of CAFile, Fingerprint and
// Insecure is set.
type VCF struct {
	URL         string
	Username    string
	Password    Secret
	CAFile      string
	Fingerprint string // SHA-256 of the certificate, 64 lower-case hex digits
	Insecure    bool

	FallbackUsername string // used only while single sign-on is down
	FallbackPassword Secret

	password, fallback secretSource
}

// defaults are the values of the contract; addresses, names and secrets have none.
func defaults() *Config {
	d := workflow.Defaults()
	return &Config{
		HomeAssistant: HomeAssistant{Dashboard: "vcf-upgrades",
			token: secretSource{key: "home_assistant.token", env: "HASS_TOKEN", credential: "hass-token"}},
		VCF: VCF{
			password: secretSource{key: "vcf.password", env: "VCF_PASSWORD", credential: "vcf-password"},
			fallback: secretSource{key: "vcf.fallback_password", credential: "vcf-fallback-password"}},
		LogLevel:  slog.LevelInfo,
		Intervals: d.Intervals,
		Timeouts:  d.Timeouts,
		Upgrade:   d.Options,
	}
}

// hass is the configuration of a client of Home Assistant.
func (c *Config) hass() hass.Config {
	h := c.HomeAssistant
	return hass.Config{URL: h.URL, Token: h.Token.Reveal(), CAFile: h.CAFile, Operators: h.Operators}
}

// vcf is the configuration of a client of SDDC Manager.
func (c *Config) vcf() vcf.Config {
	v := c.VCF
	return vcf.Config{URL: v.URL, Username: v.Username, Password: v.Password.Reveal(), FallbackUsername: v.FallbackUsername,
		FallbackPassword: v.FallbackPassword.Reveal(), CAFile: v.CAFile, Fingerprint: v.Fingerprint, Insecure: v.Insecure}
}

// workflow is the configuration of a supervisor.
func (c *Config) workflow() workflow.Config {
	return workflow.Config{StateDir: c.StateDir, Intervals: c.Intervals, Timeouts: c.Timeouts, Options: c.Upgrade}
}
