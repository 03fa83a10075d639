package cli

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// check looks at what several keys say together, and completes what depends on
// another key.
func (c *Config) check(r *reader) {
	c.checkSecrets(r)
	c.checkTrust(r)
	c.checkVCenter(r)
	c.checkFailureAction(r)
	c.componentTimeouts(r)
}

func (c *Config) checkSecrets(r *reader) {
	for _, s := range []secretSource{c.HomeAssistant.token, c.VCF.password, c.VCF.fallback} {
		if s.inline.IsSet() && s.file != "" {
			r.problem(s.key+"_file", fmt.Sprintf("%s_file: %s is set too: keep one of them", s.key, s.key))
		}
		if looksLikeToken(s.file) {
			r.problem(s.key+"_file", fmt.Sprintf("%s_file must be the path of a file, and this looks like the secret itself: write it into a file", s.key))
		}
	}
	fallback := c.VCF.fallback.inline.IsSet() || c.VCF.fallback.file != ""
	switch user := c.VCF.FallbackUsername; {
	case user == "" && fallback:
		r.problem("vcf.fallback_password", "vcf.fallback_username is missing: set it, admin@local as a rule")
	case user != "" && user == c.VCF.Username:
		r.problem("vcf.fallback_username", "vcf.fallback_username is the same account as vcf.username: name a local one, admin@local as a rule")
	}
}

// looksLikeToken tells a JSON web token from a path: an error may repeat a path.
func looksLikeToken(s string) bool {
	return len(s) > 80 && strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") == 2
}

func (c *Config) checkTrust(r *reader) {
	v := c.VCF
	set, last := []string{}, ""
	for _, o := range []struct {
		key string
		is  bool
	}{{"ca_file", v.CAFile != ""}, {"fingerprint", v.Fingerprint != ""}, {"insecure", v.Insecure}} {
		if o.is {
			set, last = append(set, o.key), "vcf."+o.key
		}
	}
	if len(set) > 1 {
		r.problem(last, fmt.Sprintf("vcf: %s are set: keep one of them, a fingerprint or a ca_file rather than insecure", strings.Join(set, " and ")))
	}
	if strings.HasPrefix(v.URL, "http:") && !v.Insecure {
		r.problem("vcf.url", "vcf.url: http would send the password in clear text: write https://"+strings.TrimPrefix(v.URL, "http://"))
	}
	if v.Insecure {
		c.Warnings = append(c.Warnings, "vcf.insecure is true: whoever stands between may read the password; set vcf.fingerprint instead, check prints it")
	}
}

func (c *Config) checkVCenter(r *reader) {
	const at = "upgrade.vcenter.temporary_network"
	v := &c.Upgrade.VCenter
	n := v.TemporaryNetwork
	given := r.at[at] != nil
	if !given {
		v.TemporaryNetwork = nil
	}
	if v.Mechanism != reducedDowntime && !given {
		return
	}
	if !given {
		r.problem("upgrade.vcenter.mechanism", fmt.Sprintf("upgrade.vcenter.mechanism: %s needs %s with mode, ip, netmask and gateway", reducedDowntime, at))
		return
	}
	before := len(r.problems)
	switch n.Mode {
	case "AUTOMATIC":
		for _, k := range []string{"ip", "netmask", "gateway"} {
			if r.at[at+"."+k] != nil {
				r.problem(at+"."+k, fmt.Sprintf("%s.%s has no meaning with mode AUTOMATIC: remove it, or set mode to STATIC", at, k))
			}
		}
		return
	case "":
		r.missing(at+".mode", at+".mode")
	}
	for _, k := range []string{"ip", "netmask", "gateway"} {
		r.missing(at+"."+k, at+"."+k)
	}
	if len(r.problems) > before || n.IP == "" || n.Netmask == "" || n.Gateway == "" {
		return
	}
	bits, _ := prefixLength(n.Netmask)
	ip, gateway := netip.MustParseAddr(n.IP), netip.MustParseAddr(n.Gateway)
	switch {
	case ip == gateway:
		r.problem(at+".gateway", at+".gateway is the same address as ip: they must differ")
	case !netip.PrefixFrom(ip, bits).Masked().Contains(gateway):
		r.problem(at+".gateway", fmt.Sprintf("%s.gateway: %s is not in the network of ip %s with netmask %s", at, n.Gateway, n.IP, n.Netmask))
	}
}

// checkFailureAction: both numbers belong to RETRY, and to nothing else.
func (c *Config) checkFailureAction(r *reader) {
	if slices.ContainsFunc(r.problems, func(p Problem) bool { return strings.HasPrefix(p.Text, failureKey+".action:") }) {
		return // another word was meant
	}
	for _, k := range []string{failureKey + ".delay", failureKey + ".count"} {
		switch {
		case c.Upgrade.ESX.FailureAction.Action == retry:
			r.missing(k, k)
		case r.at[k] != nil:
			r.problem(k, fmt.Sprintf("%s has no meaning with action FAIL: remove it, or set action to %s", k, retry))
		}
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
