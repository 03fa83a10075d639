package cli

import (
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// address is scheme and host: SDDC Manager does not live under a path, and a password
// has no place in an address.
func address(to *string) func(value) bool { return addressThat(isAddress, to) }

// homeAddress may have a path: Home Assistant behind a proxy.
func homeAddress(to *string) func(value) bool { return addressThat(isHomeAddress, to) }

func addressThat(is func(string) bool, to *string) func(value) bool {
	return func(v value) bool {
		s, ok := v.scalar()
		if !ok || !is(s) {
			return false
		}
		*to = strings.TrimRight(s, "/")
		return true
	}
}

func isAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && strings.Trim(u.Path, "/") == "" && isHomeAddress(s)
}

func isHomeAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	if _, port, err := net.SplitHostPort(u.Host); err == nil {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return false
		}
	}
	return u.Scheme == "http" || u.Scheme == "https"
}

func ipv4(to *string) func(value) bool {
	return func(v value) bool {
		s, _ := v.scalar()
		ip, err := netip.ParseAddr(s)
		if err != nil || !ip.Is4() || ip.IsUnspecified() || ip.IsMulticast() || ip.IsLoopback() {
			return false
		}
		*to = s
		return true
	}
}

func netmask(to *string) func(value) bool {
	return func(v value) bool {
		s, _ := v.scalar()
		if _, ok := prefixLength(s); !ok {
			return false
		}
		*to = s
		return true
	}
}

// prefixLength is a netmask as a number of bits; a mask of another shape is none.
func prefixLength(mask string) (int, bool) {
	ip, err := netip.ParseAddr(mask)
	if err != nil || !ip.Is4() {
		return 0, false
	}
	b := ip.As4()
	ones, bits := net.IPMask(b[:]).Size()
	return ones, bits == 32 && ones > 0 && ones < 32
}
