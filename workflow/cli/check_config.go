package cli

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"vcf-assistant/workflow"
)

// check looks at what several keys say together, and completes what depends on
// another key.
func (c *Config) check(r *reader) {
	c.checkSecrets(r)
	c.checkAddresses(r)
	upgrades := []upgradeSection{{r, "upgrade", &c.Upgrade}}
	for _, v := range c.VCF {
		c.checkTrust(r, v)
		upgrades = append(upgrades, upgradeSection{r, v.path + ".upgrade", &v.Upgrade})
	}
	for _, u := range upgrades {
		u.checkVCenter()
		u.checkFailureAction()
	}
	c.componentTimeouts(r)
}

// upgradeSection is the file's upgrade section, or an instance's, which replaces single
// keys of it. A key of the file that what an instance says leaves no meaning is not an
// error there: it is left out.
type upgradeSection struct {
	r    *reader
	path string
	u    *workflow.Options
}

// own tells whether a key stands in this very section; empty: whether the section does.
func (s upgradeSection) own(key string) bool { return s.r.at[s.path+key] != nil }

// given tells whether a key stands here or in the file's section.
func (s upgradeSection) given(key string) bool { return s.own(key) || s.r.at["upgrade"+key] != nil }

// missing reports a key that must be there.
func (s upgradeSection) missing(key string) bool {
	if !s.given(key) {
		s.r.missing(s.path+key, s.path+key)
	}
	return !s.given(key)
}

func (s upgradeSection) global() bool { return s.path == "upgrade" }

func (c *Config) checkSecrets(r *reader) {
	sources := []secretSource{c.HomeAssistant.token}
	for _, v := range c.VCF {
		sources = append(sources, v.password, v.fallback)
	}
	for _, s := range sources {
		if s.inline.IsSet() && s.file != "" {
			r.problem(s.key+"_file", fmt.Sprintf("%s_file: %s is set too: keep one of them", s.key, s.key))
		}
		if looksLikeToken(s.file) {
			r.problem(s.key+"_file", fmt.Sprintf("%s_file must be the path of a file, and this looks like the secret itself: write it into a file", s.key))
		}
	}
	for _, v := range c.VCF {
		fallback := v.fallback.inline.IsSet() || v.fallback.file != ""
		switch user := v.FallbackUsername; {
		case user == "" && fallback:
			r.problem(v.path+".fallback_password", v.path+".fallback_username is missing: set it, admin@local as a rule")
		case user != "" && user == v.Username:
			r.problem(v.path+".fallback_username", fmt.Sprintf("%s.fallback_username is the same account as %[1]s.username: name a local one, admin@local as a rule", v.path))
		}
	}
}

// looksLikeToken tells a JSON web token from a path: an error may repeat a path.
func looksLikeToken(s string) bool {
	return len(s) > 80 && strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") == 2
}

func (c *Config) checkTrust(r *reader, v *VCF) {
	set, last := []string{}, ""
	for _, o := range []struct {
		key string
		is  bool
	}{{"ca_file", v.CAFile != ""}, {"fingerprint", v.Fingerprint != ""}, {"insecure", v.Insecure}} {
		if o.is {
			set, last = append(set, o.key), v.path+"."+o.key
		}
	}
	if len(set) > 1 {
		r.problem(last, fmt.Sprintf("%s: %s are set: keep one of them, a fingerprint or a ca_file rather than insecure", v.path, strings.Join(set, " and ")))
	}
	if strings.HasPrefix(v.URL, "http:") && !v.Insecure {
		r.problem(v.path+".url", v.path+".url: http would send the password in clear text: write https://"+strings.TrimPrefix(v.URL, "http://"))
	}
	if v.Insecure {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s.insecure is true: whoever stands between may read the password; set %[1]s.fingerprint instead, check prints it", v.path))
	}
}

func (s upgradeSection) checkVCenter() {
	const at = ".vcenter.temporary_network"
	path, v := s.path+at, &s.u.VCenter
	n := v.TemporaryNetwork
	given := s.given(at)
	if !given {
		v.TemporaryNetwork = nil
	}
	if !s.global() && !s.own(".vcenter") || v.Mechanism != reducedDowntime && !given {
		return
	}
	if !given {
		s.r.problem(s.path+".vcenter.mechanism", fmt.Sprintf("%s.vcenter.mechanism: %s needs %s with mode, ip, netmask and gateway", s.path, reducedDowntime, path))
		return
	}
	before := len(s.r.problems)
	switch n.Mode {
	case "AUTOMATIC":
		for _, k := range []string{".ip", ".netmask", ".gateway"} {
			if s.own(at + k) {
				s.r.problem(path+k, fmt.Sprintf("%s%s has no meaning with mode AUTOMATIC: remove it, or set mode to STATIC", path, k))
			}
		}
		n.IP, n.Netmask, n.Gateway = "", "", ""
		return
	case "":
		s.missing(at + ".mode")
	}
	for _, k := range []string{".ip", ".netmask", ".gateway"} {
		s.missing(at + k)
	}
	if len(s.r.problems) > before || n.IP == "" || n.Netmask == "" || n.Gateway == "" {
		return
	}
	bits, _ := prefixLength(n.Netmask)
	ip, gateway := netip.MustParseAddr(n.IP), netip.MustParseAddr(n.Gateway)
	switch {
	case ip == gateway:
		s.r.problem(path+".gateway", path+".gateway is the same address as ip: they must differ")
	case !netip.PrefixFrom(ip, bits).Masked().Contains(gateway):
		s.r.problem(path+".gateway", fmt.Sprintf("%s.gateway: %s is not in the network of ip %s with netmask %s", path, n.Gateway, n.IP, n.Netmask))
	}
}

// checkFailureAction: both numbers belong to RETRY, and to nothing else.
func (s upgradeSection) checkFailureAction() {
	at := strings.TrimPrefix(failureKey, "upgrade")
	path, f := s.path+at, &s.u.ESX.FailureAction
	if slices.ContainsFunc(s.r.problems, func(p Problem) bool { return strings.HasPrefix(p.Text, path+".action:") }) {
		return // another word was meant
	}
	for _, k := range []string{".delay", ".count"} {
		switch {
		case !s.global() && !s.own(at):
		case f.Action == retry:
			s.missing(at + k)
		case s.own(at + k):
			s.r.problem(path+k, fmt.Sprintf("%s%s has no meaning with action FAIL: remove it, or set action to %s", path, k, retry))
		}
	}
	if f.Action != retry {
		f.Delay, f.Count = 0, 0
	}
}

// componentTimeouts gives NSX, vCenter and ESX the timeout of a component where they
// have none of their own.
func (c *Config) componentTimeouts(r *reader) {
	t := &c.Timeouts
	for key, to := range map[string]*time.Duration{"nsx": &t.NSX, "vcenter": &t.VCenter, "esx": &t.ESX} {
		if r.at["timeouts."+key] == nil {
			*to = t.Component
		}
	}
}
