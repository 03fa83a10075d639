package vcftest

import (
	"cmp"
	"strconv"
	"strings"
)

// compareVersions orders releases by their first four parts: 5.2.1 equals 5.2.1.0, builds do not count.
func compareVersions(a, b string) int {
	x, y := parts(a), parts(b)
	for i := range x {
		if c := cmp.Compare(x[i], y[i]); c != 0 {
			return c
		}
	}
	return 0
}

func parts(v string) (out [4]int) {
	v, _, _ = strings.Cut(v, "-")
	for i, p := range strings.SplitN(v, ".", 5) {
		if i == 4 {
			break
		}
		out[i], _ = strconv.Atoi(p) // an unparsable part counts as 0
	}
	return out
}

// build is what follows the dash, else the last part of five.
func build(v string) string {
	if _, b, ok := strings.Cut(v, "-"); ok {
		return b[strings.LastIndex(b, ".")+1:]
	}
	return v[strings.LastIndex(v, ".")+1:]
}

// baseImage is the vLCM spelling of an ESX version: 8.0.3-0.0.24280767 for 8.0.3-24280767.
func baseImage(esx string) string {
	v, b, ok := strings.Cut(esx, "-")
	if !ok { // 9.0.2.0.25148076
		i := strings.LastIndex(esx, ".")
		v, b = esx[:i], esx[i+1:]
	}
	return v + "-0.0." + b
}
