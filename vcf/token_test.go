package vcf

import (
	"strings"
	"testing"
	"time"
)

func TestLifetime(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	claims := func(s string) string {
		return strings.Replace(jwt(1, time.Hour), strings.Split(jwt(1, time.Hour), ".")[1], b64(s), 1)
	}
	for token, want := range map[string]time.Duration{
		claims(`{"iat":100,"exp":3700}`):       time.Hour,
		claims(`{"iat":100.0,"exp":400.5}`):    300 * time.Second,
		claims(`{"exp":1800000600}`):           10 * time.Minute,
		claims(`{"exp":1700000000}`):           tokenLifetime, // long ago: the clocks differ
		claims(`{"iat":100,"exp":1e300}`):      tokenLifetime,
		claims(`{"iat":100,"exp":"soon"}`):     tokenLifetime,
		claims(`{}`):                           tokenLifetime,
		claims(`null`):                         tokenLifetime,
		"opaque":                               tokenLifetime,
		"a.b.c":                                tokenLifetime,
		"..":                                   tokenLifetime,
		strings.Repeat(".", 1000):              tokenLifetime,
		claims(`{"iat":100,"exp":3700}`) + "=": time.Hour,
	} {
		if got := lifetimeOf(token, now); got != want {
			t.Errorf("%s: %v, want %v", token, got, want)
		}
	}
}

func FuzzToken(f *testing.F) {
	f.Add(jwt(1, time.Hour))
	f.Add("a.e30.c")
	f.Fuzz(func(t *testing.T, s string) {
		if d := lifetimeOf(s, time.Unix(1_800_000_000, 0)); d < time.Second || d > 24*time.Hour {
			t.Fatalf("lifetime %v", d)
		}
		if usableToken(s) && strings.ContainsAny(s, " \r\n\x00") {
			t.Fatalf("usable: %q", s)
		}
	})
}
