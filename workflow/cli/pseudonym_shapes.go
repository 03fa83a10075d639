package cli

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	uuidShape = lazily(`\A[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}`)
	ip4Shape  = lazily(`\A[0-9]{1,3}(?:\.[0-9]{1,3}){3}`)
	ip6Shape  = lazily(`\A[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:\.[0-9]{1,3}){0,3}`)
	hostShape = lazily(`\A` + aHostName)
	ntShape   = lazily(`\A[A-Z][A-Z0-9-]{1,14}\\[\pL\pN][\pL\pN._-]*`) // RAINPOLE\olga
	hexShape  = lazily(`\A[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5,}`)      // an Ethernet address, a thumbprint
	userShape = lazily(`\A[\pL\pN](?:[\pL\pN._+-]*[\pL\pN_+-])?@` + aHostName)
)

const aHostName = `(?:[\pL\pN](?:[\pL\pN-]{0,61}[\pL\pN])?\.)+\pL[\pL\pN-]{0,61}[\pL\pN]`

// recognise does it by the shape.
func (p *pseudonyms) recognise(first rune, s string) (int, string) {
	if !inWord(first) && first != ':' {
		return 0, ""
	}
	s = s[:min(len(s), 320)] // no shape is longer; a hostile text is read once, not once from each of its words
	if m := uuidShape().FindString(s); m != "" && ends(s, len(m)) {
		return len(m), p.uuid(m)
	}
	if m := ip4Shape().FindString(s); m != "" {
		if p.of[m] != "" || !goesOn().MatchString(s[len(m):]) && wholeAddress(m) && !isVersion(m) {
			return len(m), p.address(m)
		}
		return 0, ""
	}
	if m := hexShape().FindString(s); m != "" && ends(s, len(m)) && !wholeAddress(m) {
		return len(m), p.add("thumbprint", m)
	}
	if m := ntShape().FindString(s); m != "" {
		return len(m), p.user(m)
	}
	if m := strings.TrimRight(ip6Shape().FindString(s), "."); len(m) > 1 {
		for _, m := range []string{m, strings.TrimSuffix(m, ":")} {
			if wholeAddress(m) && ends(s, len(m)) {
				return len(m), p.address(m)
			}
		}
	}
	if !strings.ContainsAny(s, ".") {
		return 0, ""
	}
	if m := userShape().FindString(s); m != "" {
		if strings.EqualFold(m, "administrator@vsphere.local") {
			return len(m), m
		}
		return len(m), p.user(m)
	}
	m := hostShape().FindString(s)
	switch {
	case m == "" || strings.Count(m, ".") == 1 && strings.HasPrefix(s[len(m):], "_"): // an entity of Home Assistant
		return 0, ""
	case isCode(m):
		return len(m), m
	case isPublic(m):
		return 0, ""
	}
	return len(m), p.host("host", m)
}

// goesOn is what stands behind the first four numbers of a longer version.
var goesOn = lazily(`\A(?:[0-9]|\.[0-9]|-[0-9]{4,}(?:[^.0-9]|\z))`)

// isVersion tells 5.2.1.0 from an address. Addresses below 10 are taken for versions: no
// private network has any.
func isVersion(quad string) bool {
	first, _, _ := strings.Cut(quad, ".")
	return len(first) == 1
}

// apiWords are types and states that somebody may have given to a thing as its name.
var apiWords = map[string]bool{"MANAGEMENT": true, "DOMAIN": true, "CLUSTER": true, "HOST": true, "ESX_HOST": true, "ESXI": true, "ESX": true,
	"VCENTER": true, "NSX": true, "NSXT": true, "NSX_T_MANAGER": true, "SDDC_MANAGER": true, "BUNDLE": true, "PATCH": true, "ACTIVE": true,
	"DEFAULT": true, "SYSTEM": true, "ERROR": true, "WARNING": true, "INFO": true, "NONE": true, "NULL": true, "TRUE": true, "FALSE": true}

// isCode are the names of the vendor's classes and error codes.
func isCode(s string) bool {
	return slices.ContainsFunc([]string{"com.vmware.", "com.broadcom.", "org.apache.", "org.springframework.", "java.", "javax."},
		func(prefix string) bool { return strings.HasPrefix(strings.ToLower(s), prefix) })
}

// isPublic are dotted words that name no machine of a data centre: public sites, files.
func isPublic(host string) bool {
	host = strings.ToLower(host)
	for _, site := range []string{"broadcom.com", "vmware.com", "github.com", "home-assistant.io", "example.com"} {
		if host == site || strings.HasSuffix(host, "."+site) {
			return true
		}
	}
	return host == "vsphere.local" || slices.Contains(fileEndings, host[strings.LastIndex(host, ".")+1:])
}

var fileEndings = []string{"json", "jsonl", "txt", "log", "yaml", "yml", "pem", "crt", "tar", "gz", "tgz", "tmp", "service", "socket", "sock", "credential",
	"iso", "ova", "vib", "bundle", "manifest", "html", "xml", "conf", "go"}

// distinct are names that can be no ordinary word: also in other letters they mean the same.
func distinct(name string) bool { return strings.ContainsAny(name, "0123456789-_. :") }

func whole(shape *regexp.Regexp, s string) bool { return s != "" && shape.FindString(s) == s }

func wholeAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// ends tells whether no word of s goes on at its nth byte.
func ends(s string, n int) bool {
	last, _ := utf8.DecodeLastRuneInString(s[:n])
	next, _ := utf8.DecodeRuneInString(s[n:])
	return n == len(s) || !inWord(last) || !inWord(next)
}
