package cli

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"vcf-assistant/vcf"
)

// tolerableSkew is how far the clocks may be apart: more, and upgrades of ESX hosts
// fail (KB 429115), and nobody can compare logs.
const tolerableSkew = 30 * time.Second

// sddcManager looks at one instance, and returns the name that its SDDC Manager gives
// itself; empty: not known.
func (k *checking) sddcManager(ctx context.Context, v *VCF, sddc *vcf.Client) (fqdn string) {
	const what = "sddc manager"
	ctx, cancel := context.WithTimeout(ctx, 2*checkTimeout)
	defer cancel()
	if print := certificate(ctx, v.URL); print != "" {
		verified := "verified with the system's certificates"
		switch {
		case v.Fingerprint != "":
			verified = "compared with " + v.path + ".fingerprint"
		case v.CAFile != "":
			verified = "verified with " + v.path + ".ca_file"
		case v.Insecure:
			verified = "not verified"
		}
		k.ok("fingerprint", "%s (%s)", print, verified)
	}
	if err := sddc.Login(ctx); err != nil {
		k.fail(what, err)
		return ""
	}
	managers, err := sddc.SDDCManagers(ctx)
	if err != nil {
		k.fail(what, err)
		return ""
	}
	version := "unknown"
	if len(managers) > 0 {
		version, fqdn = managers[0].Version, managers[0].FQDN
	}
	k.ok(what, "%s: %s version %s, logged in as %s", sddc.URL(), fqdn, version, v.Username)
	if v, ok := vcf.ParseVersion(version); !ok || v.Major() != 5 && v.Major() != 9 {
		k.warn(what, "version %s is none that this was made for: 5.2 and 9.0", version)
	}
	if skew := sddc.ClockSkew(); skew.Abs() > tolerableSkew {
		k.warn("clock", "SDDC Manager's clock differs from this machine's by %s: set both by NTP", skew.Abs())
	} else {
		k.ok("clock", "SDDC Manager's clock differs by %s", skew.Abs())
	}
	k.busy(ctx, sddc)
	k.domains(ctx, sddc)
	return fqdn
}

// busy warns of what would keep an upgrade from starting.
func (k *checking) busy(ctx context.Context, sddc *vcf.Client) {
	global, err := sddc.GlobalFunctionality(ctx)
	switch {
	case vcf.NotFound(err):
	case err != nil:
		k.fail("operations", err)
	case global.Blocked() != "":
		k.warn("operations", "SDDC Manager allows none now: %s", global.Blocked())
	}
	upgrades, err := sddc.Upgrades(ctx)
	if err != nil {
		k.fail("upgrades", err)
		return
	}
	for _, u := range upgrades {
		if u.Outcome() == vcf.Running {
			k.warn("upgrades", "upgrade %s is unfinished (%s): nothing starts beside it", u.ID, u.Status)
		}
	}
}

func (k *checking) domains(ctx context.Context, sddc *vcf.Client) {
	domains, err := sddc.Domains(ctx)
	if err != nil {
		k.fail("domains", err)
		return
	}
	if len(domains) == 0 {
		k.warn("domains", "SDDC Manager lists none")
	}
	for _, d := range domains {
		k.domain(ctx, sddc, d)
	}
}

func (k *checking) domain(ctx context.Context, sddc *vcf.Client, d vcf.Domain) {
	what := "domain " + d.Name
	if !d.Active() {
		k.warn(what, "%s, status %s: it is shown once it was ACTIVE", d.Type, d.Status)
	}
	current, err := sddc.CurrentRelease(ctx, d.ID)
	if err != nil {
		k.fail(what, err)
		return
	}
	future, err := sddc.FutureReleases(ctx, d.ID)
	if err != nil {
		k.fail(what, err)
		return
	}
	next, ok := vcf.NextRelease(current.Version, future)
	if !ok {
		k.ok(what, "%s at %s, no update applies", d.Type, current.Version)
		for _, f := range future {
			for _, why := range f.WhyNot() {
				k.ok(what, "not %s: %s", f.Version, why)
			}
		}
		return
	}
	var parts []string
	for _, e := range next.BOM {
		parts = append(parts, e.Component().String()+" "+e.Version)
	}
	k.ok(what, "%s at %s, would be upgraded to %s: %s", d.Type, current.Version, next.Version, strings.Join(parts, ", "))
}

// certificate is the SHA-256 of what the server shows, to be pinned: nothing is sent
// to it. Empty: no TLS, or only through a proxy.
func certificate(ctx context.Context, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" {
		return ""
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	// The certificate is only looked at, whoever signed it; no request follows.
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ServerName: u.Hostname()}}
	conn, err := dialer.DialContext(ctx, "tcp", host)
	if err != nil {
		return ""
	}
	defer conn.Close()
	certs := conn.(*tls.Conn).ConnectionState().PeerCertificates
	if len(certs) == 0 {
		return ""
	}
	sum := sha256.Sum256(certs[0].Raw)
	return fmt.Sprintf("%s of %s", hex.EncodeToString(sum[:]), host)
}
