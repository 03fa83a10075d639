package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"vcf-assistant/vcf"
)

// redaction makes answers of a data centre into answers of nobody's. It denies by default:
// a text is replaced unless its key says that it is a word of the API, a version or a time,
// and it looks like one.
type redaction struct {
	p        *pseudonyms
	secrets  []string
	user     string // the account's pseudonym
	endpoint string // of the answer at hand
}

func newRedaction(v *VCF) *redaction {
	k := &redaction{p: newPseudonyms()}
	for _, s := range []string{v.Password.Reveal(), v.FallbackPassword.Reveal()} {
		if s != "" {
			k.secrets = append(k.secrets, s)
		}
	}
	if u, err := url.Parse(v.URL); err == nil {
		k.p.add("sddc-manager", u.Hostname())
	}
	k.user = k.p.add("user", v.Username)
	k.p.add("user", v.FallbackUsername)
	return k
}

const removed = "removed"

// answer is an answer that may be given away. Of a page nothing is left but that it was one.
func (k *redaction) answer(a vcf.Answer) (path, query string, body []byte, text string) {
	k.endpoint = vcf.Endpoint(a.Path)
	template, segments := strings.Split(k.endpoint, "/"), strings.Split(a.Path, "/")
	for i, s := range segments {
		if id, err := url.PathUnescape(s); err == nil && i < len(template) && template[i] == "{id}" {
			segments[i] = url.PathEscape(k.p.add("id", id))
		}
	}
	values := url.Values{}
	for key, list := range a.Query {
		for _, s := range list {
			if !smallNumber().MatchString(s) {
				s = k.word("", key, s)
			}
			values.Add(key, s)
		}
	}
	d := json.NewDecoder(bytes.NewReader(a.Body))
	d.UseNumber()
	var v any
	switch err := d.Decode(&v); {
	case len(a.Body) == 0:
	case err != nil || d.More():
		text = "<html></html>"
		if !strings.Contains(a.ContentType, "html") {
			text = "no JSON"
		}
	default:
		body, _ = json.Marshal(k.value("", "", v, nil)) // what was decoded can be encoded
	}
	return strings.Join(segments, "/"), values.Encode(), body, text
}

var smallNumber = lazily(`\A[0-9]{1,6}\z`)

// value rewrites a value of JSON. parent is the key of the object that it stands in, of is
// that object.
func (k *redaction) value(parent, key string, v any, of map[string]any) any {
	hidden := isHidden(key)
	switch v := v.(type) {
	case json.Number:
		if hidden {
			return 0
		}
	case map[string]any:
		if hidden {
			return map[string]any{}
		}
		out := make(map[string]any, len(v))
		for _, name := range keysOf(v) {
			now := name
			if !plainKey().MatchString(name) {
				now = k.text(name)
			}
			out[now] = k.value(key, name, v[name], v)
		}
		return out
	case []any:
		if hidden {
			return []any{}
		}
		out := make([]any, len(v))
		for i := range v {
			out[i] = k.value(parent, key, v[i], of)
		}
		return out
	case string:
		switch {
		case hidden && v != "":
			return removed
		case key == "name" && k.isTitle(parent, of):
			return k.text(v)
		}
		return k.word(parent, key, v)
	}
	return v
}

// plainKey is a key that a programmer chose.
var plainKey = lazily(`\A[A-Za-z][A-Za-z_-]*\z`)

func keysOf(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys) // the order in which pseudonyms are given must not be chance
	return keys
}

// isTitle tells the names of tasks, sub-tasks and stages, which are texts, from those of
// things.
func (k *redaction) isTitle(parent string, of map[string]any) bool {
	_, status := of["status"]
	return strings.HasPrefix(k.endpoint, "/v1/tasks") && parent != "resources" && status
}

// word rewrites a text by what its key says.
func (k *redaction) word(parent, key, s string) string {
	lower := strings.ToLower(key)
	switch {
	case s == "":
		return s
	case key == "referenceToken":
		return k.p.once("reference", s, func(n int) string { return fmt.Sprintf("REF%03d", n) })
	case whole(timeShape(), s):
		return s
	case key == "name" && (parent == "bom" && vcf.ParseComponent(s).Known() || k.endpoint == "/v1/roles" && builtInRoles[s]):
		return s
	case strings.Contains(lower, "version") && versionShape().MatchString(s), release().MatchString(s) && !wholeAddress(s) && !strings.Contains(lower, "serial"):
		return s
	case isText(lower), parent == "bom", parent == "patchBundles" && lower != "bundleid":
		return k.text(s)
	case isVocabulary(lower) && vocabulary().MatchString(s) && strings.Contains(s, " "):
		return k.text(s) // a sentence may hold a name
	case isVocabulary(lower) && vocabulary().MatchString(s), lower == "errorcode" && errorCode().MatchString(s), isCode(s) && errorCode().MatchString(s),
		lower == "arguments" && release().MatchString(s) && isVersion(s):
		return s
	}
	return k.p.add(k.kind(parent, lower), s)
}

var (
	timeShape    = lazily(`\A[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?`)
	vocabulary   = lazily(`\A[A-Za-z][A-Za-z0-9_ -]{0,79}\z`)
	errorCode    = lazily(`\A[A-Za-z][A-Za-z0-9_.-]{0,199}\z`)
	versionShape = lazily(`\A[0-9][0-9A-Za-z.+_-]{0,79}\z`)
	release      = lazily(`\A[0-9]+(?:\.[0-9]+)+(?:-[0-9.]+)?\z`)
	builtInRoles = map[string]bool{"ADMIN": true, "OPERATOR": true, "VIEWER": true} // roles
)

// isHidden are keys whose value is left out, whatever it is.
func isHidden(key string) bool {
	key = strings.ToLower(key)
	if key == "referencetoken" {
		return false
	}
	return slices.ContainsFunc([]string{"password", "passphrase", "passwd", "secret", "token", "credential", "privatekey", "apikey", "sshkey", "encryption",
		"licensekey", "licencekey", "certificate", "keystore"}, func(word string) bool { return strings.Contains(key, word) })
}

// isText are keys of sentences, in which only what is known or recognised is replaced.
func isText(key string) bool {
	return slices.Contains([]string{"description", "publicname", "vendor", "validationname", "checksetname", "progressmessages", "upgradeorder", "label",
		"releaseurl", "reasonnotapplicable", "notapplicablereason", "reasonsnotapplicable", "title"}, key) || strings.HasSuffix(key, "message") || strings.HasSuffix(key, "messages")
}

// isVocabulary are keys of words of the API.
func isVocabulary(key string) bool {
	if slices.Contains([]string{"product", "producttype", "bundleelements", "validatordefinitionid", "checksetid", "component", "messagekey", "sku",
		"frequency", "protocol", "unit"}, key) {
		return true
	}
	return slices.ContainsFunc([]string{"status", "state", "type", "mode", "severity", "level", "action", "eligibility", "mechanism"},
		func(end string) bool { return strings.HasSuffix(key, end) })
}

// kind is what a pseudonym begins with.
func (k *redaction) kind(parent, key string) string {
	switch {
	case strings.HasSuffix(key, "id"), strings.HasSuffix(key, "ids"):
		return "id"
	case strings.Contains(key, "serial"):
		return "serial"
	case strings.Contains(key, "print"), strings.Contains(key, "hash"), strings.Contains(key, "checksum"):
		return "thumbprint"
	case strings.Contains(key, "user"):
		return "user"
	case strings.Contains(key, "fqdn"), strings.Contains(key, "host"), strings.Contains(key, "server"):
		return "host"
	case strings.Contains(key, "cluster"), key == "name" && strings.Contains(strings.ToLower(parent), "cluster"), key == "name" && k.endpoint == "/v1/clusters":
		return "cluster"
	case strings.Contains(key, "domain"), key == "name" && strings.Contains(strings.ToLower(parent), "domain"), key == "name" && strings.HasPrefix(k.endpoint, "/v1/domains"):
		return "domain"
	}
	return "name"
}

// text rewrites a sentence.
func (k *redaction) text(s string) string {
	for _, secret := range k.secrets {
		s = strings.ReplaceAll(s, secret, removed)
	}
	s = withoutSecrets(s)
	s = thumbprint().ReplaceAllStringFunc(s, func(m string) string { return k.p.add("thumbprint", m) }) // first: a part of one looks like an address
	return k.p.text(s)
}

var thumbprint = lazily(`\b(?:[0-9A-Fa-f]{2}:){5,}[0-9A-Fa-f]{2}\b|\b[0-9a-fA-F]{32,}\b`)

// left is what an answer still holds that it must not: the last look before it is written.
func (k *redaction) left(text string) error {
	for _, s := range k.secrets {
		quoted, _ := json.Marshal(s)
		if len(s) >= 4 && (strings.Contains(text, s) || strings.Contains(text, string(quoted[1:len(quoted)-1]))) {
			return fmt.Errorf("a secret of the configuration is in the answer to %s; report that", k.endpoint)
		}
	}
	for _, m := range words().FindAllString(text, -1) {
		m = strings.ToLower(strings.Trim(m, ".-:"))
		_, domain, _ := strings.Cut(m, "@")
		if isPublic(m) || isPublic(domain) {
			continue
		}
		if k.p.of[m] != "" && k.p.of[m] != m && (strings.Contains(m, ".") || whole(uuidShape(), m)) && !release().MatchString(m) {
			return fmt.Errorf("a name that was replaced elsewhere is in the answer to %s; report that", k.endpoint)
		}
	}
	return nil
}

var words = lazily(`[\pL\pN][\pL\pN.@-]*`)
