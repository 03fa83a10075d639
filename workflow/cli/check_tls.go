package cli

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"vcf-assistant/vcf"
)

// soonExpired is how long before its end a certificate is warned of.
const soonExpired = 30 * 24 * time.Hour

// trusted looks at the certificate of SDDC Manager: what it is, so that it can be pinned,
// and why it is not trusted. Nothing is sent over the connection. It is silent where only
// a proxy sees the certificate, and where something is wrong that the client words.
func (k *checking) trusted(ctx context.Context, v *VCF) bool {
	const what = "sddc manager"
	u, err := url.Parse(v.URL)
	if err != nil || u.Scheme != "https" {
		return true
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); err != nil || proxy != nil {
		return true
	}
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "443")
	}
	chain, err := shown(ctx, host, u.Hostname(), min(k.limit, 15*time.Second))
	if err != nil || len(chain) == 0 {
		return true
	}
	leaf := chain[0]
	sum := sha256.Sum256(leaf.Raw)
	print := hex.EncodeToString(sum[:])
	how, problem, next := verify(v, chain, u.Hostname(), print)
	if problem != "" {
		k.failNext(what, next, "certificate of %s not trusted: %s; its SHA-256 is %s", host, problem, print)
		return false
	}
	k.ok("fingerprint", "%s of %s (%s)", print, host, how)
	switch left := time.Until(leaf.NotAfter); {
	case left < 0:
		k.warn("fingerprint", "replace the certificate in SDDC Manager", "the certificate expired %s; it is taken all the same, since it is not verified that way", date(leaf.NotAfter))
	case left < soonExpired && leaf.NotAfter.Sub(leaf.NotBefore) > 2*soonExpired:
		k.warn("fingerprint", "renew it in SDDC Manager before that", "the certificate expires %s", date(leaf.NotAfter))
	}
	return true
}

// shown is the chain that a server shows, whoever signed it.
func shown(ctx context.Context, address, name string, limit time.Duration) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dialer := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ServerName: name}}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates, nil
}

// verify does what the client does with a chain. It tells how it was verified, or what is
// wrong and the next move.
func verify(v *VCF, chain []*x509.Certificate, host, print string) (how, problem, next string) {
	pin := fmt.Sprintf("set %s.fingerprint to it", v.path)
	switch {
	case v.Insecure:
		return "not verified", "", ""
	case v.Fingerprint != "":
		if v.Fingerprint != print {
			return "", fmt.Sprintf("%s.fingerprint is %s", v.path, v.Fingerprint),
				"compare it with the certificate on the appliance; if that was replaced on purpose, " + pin + ", else somebody stands between"
		}
		return "compared with " + v.path + ".fingerprint", "", ""
	}
	how = "verified with the system's certificates"
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if v.CAFile != "" {
		how = "verified with " + v.path + ".ca_file"
		if pem, err := os.ReadFile(v.CAFile); err == nil {
			roots.AppendCertsFromPEM(pem)
		}
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	leaf := chain[0]
	_, err = leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between})
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case err == nil:
		return how, "", ""
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(leaf.NotBefore):
		return "", fmt.Sprintf("it is valid only from %s, and this machine's clock says %s", date(leaf.NotBefore), date(time.Now())),
			"set both clocks by NTP; if they are right, replace the certificate in SDDC Manager"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "", "it expired " + date(leaf.NotAfter), "replace it in SDDC Manager; until then compare it with the one on the appliance and " + pin
	case errors.As(err, &name):
		return "", fmt.Sprintf("it is not for %s but for %s", host, vcf.CertificateNames(leaf)), fmt.Sprintf("write a name of it in %s.url, or compare it with the one on the appliance and %s", v.path, pin)
	}
	var unknown x509.UnknownAuthorityError
	problem = err.Error()
	if errors.As(err, &unknown) {
		problem = fmt.Sprintf("its issuer %q is not known here", leaf.Issuer.String())
	}
	return "", problem, fmt.Sprintf("compare it with the certificate on the appliance and %s, or set %s.ca_file to the certificate of the issuer", pin, v.path)
}

// date is a moment for people.
func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }
