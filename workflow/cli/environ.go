package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// environment is the process's environment as "KEY=VALUE".
type environment []string

// get is a variable's value; of several the last counts, as in a shell.
func (e environment) get(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		if value, ok := strings.CutPrefix(e[i], name+"="); ok {
			return value
		}
	}
	return ""
}

// systemConfig and systemState are where a service's files are.
const (
	systemConfig = "/etc/vcf-assistant/config.yaml"
	systemState  = "/var/lib/vcf-assistant"
)

// load reads the configuration: the file that --config or $VCF_ASSISTANT_CONFIG
// names, else /etc/vcf-assistant/config.yaml if there is one. What the file leaves
// out comes from the environment, then from systemd's credentials, then from the
// defaults: a variable that is set for another system never overrides a file.
func load(path string, e environment) (*Config, error) {
	c := defaults()
	if path == "" {
		path = e.get("VCF_ASSISTANT_CONFIG")
	}
	if path == "" {
		if _, err := os.Stat(systemConfig); !errors.Is(err, fs.ErrNotExist) {
			path = systemConfig
		}
	}
	r := &reader{}
	if path != "" {
		var err error
		if r, err = c.readFile(path); err != nil {
			return nil, err
		}
	}
	c.fromEnvironment(e, r)
	if r.list == nil {
		c.VCF[0].Upgrade = c.Upgrade
	}
	c.check(r)
	if len(r.problems) > 0 {
		return nil, r.sorted()
	}
	return c, c.readSecrets(e)
}

// fromEnvironment fills what the file left out. Of several instances it is the one
// without a name that the environment speaks of.
func (c *Config) fromEnvironment(e environment, r *reader) {
	type variable struct {
		name, key string
		to        *string
		allowed   func(string) bool
	}
	variables := []variable{{"HASS_URL", "home_assistant.url", &c.HomeAssistant.URL, isHomeAddress}}
	for _, v := range c.VCF {
		if v.Name != "" {
			continue
		}
		variables = append(variables, variable{"VCF_URL", v.path + ".url", &v.URL, isAddress}, variable{"VCF_USERNAME", v.path + ".username", &v.Username, nil})
		// A CA beside a pin or insecure in the file would contradict it: the file counts.
		if v.CAFile == "" && v.Fingerprint == "" && !v.Insecure {
			v.CAFile = e.get("VCF_CA_FILE")
		}
	}
	for _, v := range variables {
		s := e.get(v.name)
		if r.at[v.key] != nil || s == "" {
			continue
		}
		if v.allowed != nil && !v.allowed(s) {
			r.problems = append(r.problems, Problem{Text: "$" + v.name + " must be an address such as https://host.example, without a user or password"})
			continue
		}
		*v.to = s
		if v.allowed != nil {
			*v.to = strings.TrimRight(s, "/")
		}
	}
	if c.StateDir == "" {
		c.findState(e)
	}
}

// findState takes systemd's state directory, of several the first; else the user's.
func (c *Config) findState(e environment) {
	c.StateDir, _, _ = strings.Cut(e.get("STATE_DIRECTORY"), ":")
	if c.ownState = c.StateDir == ""; c.ownState {
		c.StateDir = userState(e)
	}
}

// userState is the folder of a user for what lasts; empty: there is none.
func userState(e environment) string {
	if dir := e.get("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "vcf-assistant")
	}
	if home := e.get("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "vcf-assistant")
	}
	return ""
}

// readSecrets reads the secrets from where they are.
func (c *Config) readSecrets(e environment) error {
	var problems ConfigError
	type wanted struct {
		source secretSource
		to     *Secret
	}
	all := []wanted{{c.HomeAssistant.token, &c.HomeAssistant.Token}}
	for _, v := range c.VCF {
		all = append(all, wanted{v.password, &v.Password}, wanted{v.fallback, &v.FallbackPassword})
	}
	for _, s := range all {
		secret, warning, err := s.source.resolve(e, filepath.Dir(c.File))
		if err != nil {
			problems = append(problems, Problem{Text: err.Error()})
			continue
		}
		if warning != "" {
			c.Warnings = append(c.Warnings, warning)
		}
		*s.to = secret
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

// complete tells what is missing to reach both systems, completeHome to reach Home
// Assistant.
func (c *Config) complete() error     { return c.missing(true) }
func (c *Config) completeHome() error { return c.missing(false) }

func (c *Config) missing(both bool) error {
	file := c.File
	if file == "" {
		file = systemConfig
	}
	var problems ConfigError
	missing := func(is bool, key, elsewhere string) {
		if is {
			problems = append(problems, Problem{Text: fmt.Sprintf("%s is missing: set it in %s, or %s", key, file, elsewhere)})
		}
	}
	missing(c.HomeAssistant.URL == "", "home_assistant.url", "set HASS_URL")
	missing(!c.HomeAssistant.Token.IsSet(), "home_assistant.token", "set token_file, HASS_TOKEN or the systemd credential hass-token")
	instances := c.VCF
	if !both {
		instances = nil
	}
	for _, v := range instances {
		missing(v.URL == "", v.path+".url", "set VCF_URL")
		missing(v.Username == "", v.path+".username", "set VCF_USERNAME")
		missing(!v.Password.IsSet(), v.password.key, fmt.Sprintf("set password_file, %s or the systemd credential %s", v.password.env, v.password.credential))
		missing(v.FallbackUsername != "" && !v.FallbackPassword.IsSet(), v.fallback.key,
			"set fallback_password_file or the systemd credential "+v.fallback.credential)
	}
	missing(both && c.StateDir == "", "state_dir", "set STATE_DIRECTORY or HOME")
	if len(problems) > 0 {
		return problems
	}
	return nil
}
