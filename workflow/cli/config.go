package cli

import (
	"log/slog"
	"path/filepath"
	"strings"

	"vcf-assistant/hass"
	"vcf-assistant/hass/panel"
	"vcf-assistant/vcf"
	"vcf-assistant/workflow"
)

// Config is the configuration: what the file says, then what the environment says,
// then the defaults.
type Config struct {
	File string // read from; empty: no file, the environment only

	HomeAssistant HomeAssistant
	VCF           []*VCF // the instances; at least one, at most one without a name

	StateDir  string
	ownState  bool // nobody named StateDir: it is the folder of the user who runs this
	LogLevel  slog.Level
	Intervals workflow.Intervals
	Timeouts  workflow.Timeouts
	Upgrade   workflow.Options

	MetricsListen string // a loopback address, or unix: and a path; empty: nobody listens

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
	Entities                panel.Show

	token secretSource
}

// VCF is an instance: where and how to reach its SDDC Manager, and how to upgrade it. At
// most one of CAFile, Fingerprint and Insecure is set.
type VCF struct {
	Name        string // empty: the one without a name
	URL         string
	Username    string
	Password    Secret
	CAFile      string
	Fingerprint string // SHA-256 of the certificate, 64 lower-case hex digits
	Insecure    bool

	FallbackUsername string // used only while single sign-on is down
	FallbackPassword Secret

	Upgrade workflow.Options // the file's, with what this instance replaces

	path               string // of its section: vcf, or vcf[1] in a list
	password, fallback secretSource
}

// unnamed is an instance without a name.
func unnamed(path string) *VCF {
	return &VCF{path: path,
		password: secretSource{key: path + ".password", env: "VCF_PASSWORD", credential: "vcf-password"},
		fallback: secretSource{key: path + ".fallback_password", credential: "vcf-fallback-password"}}
}

// called gives an instance its name. Its secrets are its own: those without a name
// belong to the instance without one.
func (v *VCF) called(name string) {
	v.Name = name
	v.password.env, v.password.credential = "VCF_"+strings.ToUpper(name)+"_PASSWORD", "vcf-"+name+"-password"
	v.fallback.credential = "vcf-" + name + "-fallback-password"
}

// defaults are the values of the contract; addresses, names and secrets have none.
func defaults() *Config {
	d := workflow.Defaults()
	return &Config{
		HomeAssistant: HomeAssistant{Dashboard: "vcf-upgrades",
			Entities: panel.Show{System: true, Versions: true, Capacity: workflow.CapacityClusters},
			token:    secretSource{key: "home_assistant.token", env: "HASS_TOKEN", credential: "hass-token"}},
		VCF:       []*VCF{unnamed("vcf")},
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

// client is the configuration of a client of its SDDC Manager.
func (v *VCF) client() vcf.Config {
	return vcf.Config{URL: v.URL, Username: v.Username, Password: v.Password.Reveal(), FallbackUsername: v.FallbackUsername,
		FallbackPassword: v.FallbackPassword.Reveal(), CAFile: v.CAFile, Fingerprint: v.Fingerprint, Insecure: v.Insecure}
}

// workflow is the configuration of an instance's supervisor.
func (c *Config) workflow(v *VCF) workflow.Config {
	return workflow.Config{StateDir: c.stateDir(v), Intervals: c.Intervals, Timeouts: c.Timeouts, Options: v.Upgrade,
		Inventory: workflow.InventoryOptions{Capacity: c.HomeAssistant.Entities.Capacity, Versions: c.HomeAssistant.Entities.Versions}}
}

// stateDir is an instance's own folder: a named one has it below the others'.
func (c *Config) stateDir(v *VCF) string {
	if c.StateDir == "" || v.Name == "" {
		return c.StateDir
	}
	return filepath.Join(c.StateDir, v.Name)
}
