package vcf

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"
)

// tokenLifetime is assumed where the token does not tell (found: 9.0 tokens page).
const tokenLifetime = time.Hour

// usableToken tells whether a string can stand in a header: printable, no blanks.
func usableToken(s string) bool {
	const most = 64 << 10
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// lifetimeOf is how long a token that came just now lives: exp less iat, which needs
// no agreement between the clocks, else exp less our time; an hour where it does not
// tell, or tells nonsense.
func lifetimeOf(token string, now time.Time) time.Duration {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return tokenLifetime
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return tokenLifetime
	}
	var claims struct {
		Exp float64 `json:"exp"`
		Iat float64 `json:"iat"`
	}
	if json.Unmarshal(payload, &claims) != nil || claims.Exp <= 0 {
		return tokenLifetime
	}
	from := claims.Iat
	if from <= 0 {
		from = float64(now.Unix())
	}
	const day = 24 * 60 * 60
	seconds := claims.Exp - from
	if seconds < 1 || seconds > day {
		return tokenLifetime
	}
	return time.Duration(seconds) * time.Second
}
