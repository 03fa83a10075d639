package cli

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"syscall"
	"time"
)

// reach looks whether the name in an address is known and whether its port answers. It
// says nothing where a client would say the same, and nothing through a proxy.
func (k *checking) reach(ctx context.Context, what, key, address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return true // the client says so
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); err == nil && proxy != nil {
		k.ok(what, "through the proxy %s: name and port are looked at by it", proxy.Host)
		return true
	}
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, min(k.limit, 15*time.Second))
	defer cancel()
	addresses := []string{host}
	if net.ParseIP(host) == nil {
		if addresses, err = net.DefaultResolver.LookupHost(ctx, host); err != nil {
			k.unknownName(ctx, what, key, host, err)
			return false
		}
	}
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		k.closed(ctx, what, key, net.JoinHostPort(host, port), time.Since(began), err)
		return false
	}
	conn.Close()
	if addresses[0] != host {
		k.ok(what, "the name %s is known: %s", host, addresses[0])
	}
	return true
}

func (k *checking) unknownName(ctx context.Context, what, key, host string, err error) {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		k.failNext(what, "check "+key+", and that this machine asks the name server that knows it", "the name %s is not known (no such host)", host)
	case ctx.Err() != nil || errors.As(err, &dns) && dns.IsTimeout:
		k.failNext(what, "check the network and /etc/resolv.conf", "the name server gives no answer for %s", host)
	default:
		k.failNext(what, "check the name server of this machine", "the name %s cannot be looked up: %v", host, err)
	}
}

func (k *checking) closed(ctx context.Context, what, key, address string, after time.Duration, err error) {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		k.failNext(what, "check that it is up and that "+key+" is its address", "%s: connection refused (nothing listens there)", address)
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		k.failNext(what, "check the network of this machine, and "+key, "there is no way to %s (%v)", address, err)
	case ctx.Err() != nil || isTimeout(err):
		k.failNext(what, "check that it is up, "+key+", and the firewalls between", "%s did not answer within %s: waited for a connection", address, after.Round(time.Second))
	default:
		k.failNext(what, "check "+key, "%s cannot be connected to: %v", address, err)
	}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}
