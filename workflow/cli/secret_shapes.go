package cli

import (
	"encoding/json"
	"regexp"
)

// secretShapes are what a server's text holds of secrets that nobody told us: licences,
// keys and certificates, tokens, the user of an address, and what is named a password.
var secretShapes = []struct {
	shape func() *regexp.Regexp
	now   string
}{
	{lazily(`-----BEGIN [A-Z0-9 ]+-----(?s:.*?)(?:-----END [A-Z0-9 ]+-----|\z)`), removed},
	{lazily(`(?i)\b[0-9A-Z]{5}(?:-[0-9A-Z]{5}){4}\b`), removed},
	{lazily(`\beyJ[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]+){1,2}`), removed},
	{lazily(`://[^\s/?#"'<>]*@`), "://"},
	{lazily(`(?i)(authorization["']?\s*[:=]\s*["']?(?:bearer|basic)\s+)[^\s"',;]+`), "${1}" + removed},
	{lazily(`(?i)(` + secretWord + `"\s*:\s*)"(?:[^"\\]|\\.)*"`), `${1}"` + removed + `"`},         // JSON in a text
	{lazily(`(?i)(` + secretWord + `(\\+")\s*:\s*\\+")(?s:.*?)(\\+")`), "${1}" + removed + "${3}"}, // the same, quoted again
	{lazily(`(?i)(` + secretWord + `=)(?:"[^"]*"|'[^']*'|[^\s,;&"'}\])]+)`), "${1}" + removed},     // a command, a query, a Java object
}

const secretWord = `(?:password|passwd|passphrase|pwd|secret|token|api_?key|private_?key)`

// withoutSecrets takes out what has the shape of a secret.
func withoutSecrets(s string) string {
	for _, x := range secretShapes {
		s = x.shape().ReplaceAllString(s, x.now)
	}
	return s
}

// withoutSecretsJSON does it in the strings of JSON, and in what is torn or none. A key is
// no text: what stands between two strings is not looked at.
func withoutSecretsJSON(b []byte) []byte {
	var out []byte
	end := 0
	memo := map[string]string{} // a journal's lines repeat most of theirs
	for _, m := range jsonString().FindAllSubmatchIndex(b, -1) {
		out = append(out, b[end:m[2]]...)
		end = m[3]
		var s string
		if json.Unmarshal(b[m[2]:m[3]], &s) == nil {
			now, known := memo[s]
			if !known {
				now = withoutSecrets(s)
				memo[s] = now
			}
			if now != s {
				quoted, _ := json.Marshal(now) // a string always can be
				out = append(out, quoted...)
				continue
			}
		}
		out = append(out, b[m[2]:m[3]]...)
	}
	return append(out, withoutSecrets(string(b[end:]))...)
}
