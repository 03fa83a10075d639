package vcf

import (
	"cmp"
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestVersionShapes goes through the shape of every component that the API reference
// names, and tells which of them are the same version.
func TestVersionShapes(t *testing.T) {
	for _, same := range [][]string{ // in each row one version; every row is newer than those above it
		{"4.2.1.0.0-24304122", "4.2.1.0.0.24304122", "4.2.1.0-24304122", "4.2.1-24304122", "4.2.1.0.0+24304122", "04.02.01.00.0-024304122"}, // NSX 4.x
		{"4.2.3.3.0.25171318", "4.2.3.3.0-25171318"},                 // NSX, KB 430825
		{"4.4.1.0-19766960"},                                         // SDDC Manager, vcfManifest
		{"5.2.1.0-24307856", "5.2.1-24307856", "5.2.1.0.24307856"},   // SDDC Manager 5.x
		{"8.0.3-24022510", "8.0.3-0.0.24022510"},                     // ESX 5.2.0
		{"8.0.3-24280767", "8.0.3-0.0.24280767", "8.0.3.0-24280767"}, // ESX and its vLCM base image
		{"8.0.3.00300-24305161", "8.0.3.300-24305161"},               // vCenter 8.0 U3c
		{"8.0.3.00700-25092719"},
		{"9.0.2.0.25148076", "9.0.2.0-25148076", "9.0.2-0.0.25148076", "9.0.2-25148076"}, // ESX 9.x
		{"9.0.2.0.25148086"},                                                             // vCenter, KB 443599
		{"9.0.2.0.25150386"},                                                             // NSX
		{"9.0.2.0.25151285", "9.0.2.0-25151285"},                                         // SDDC Manager 9.x
	} {
		for _, s := range same {
			v, ok := ParseVersion(s)
			w, _ := ParseVersion(same[0])
			if !ok || v.Build() == "" || v.Compare(w) != 0 || v.CompareRelease(w) != 0 {
				t.Errorf("%s: read %v, build %q, compared with %s: %d", s, ok, v.Build(), w, v.Compare(w))
			}
			// Without its build it is still that release.
			bare, ok := ParseVersion(fmt.Sprintf("%d.%d.%d.%d", w.parts[0], w.parts[1], w.parts[2], w.parts[3]))
			if !ok || bare.Build() != "" || v.Compare(bare) != 0 || bare.Compare(v) != 0 {
				t.Errorf("%s is not the release %s", s, bare)
			}
		}
	}
	rows := []string{"4.2.1.0.0-24304122", "4.2.3.3.0.25171318", "4.4.1.0-19766960", "5.2.0.0-24108943", "5.2.1.0-24307856", "8.0.3-24022510", "8.0.3-0.0.24280767",
		"8.0.3.00100-24091160", "8.0.3.00300-24305161", "8.0.3.00700-25092719", "9.0.0.0.1234567", "9.0.2.0.25148076", "9.0.2-0.0.25148086", "9.0.2.0.25150386", "9.0.2.0-25151285"}
	for i := range rows {
		for j := range rows {
			a, _ := ParseVersion(rows[i])
			b, _ := ParseVersion(rows[j])
			if got := a.Compare(b); got != cmp.Compare(i, j) {
				t.Errorf("Compare(%s, %s) = %d, want %d", a, b, got, cmp.Compare(i, j))
			}
		}
	}
	// Letters name patches for people ("8.0 U3b"); no version of the API has one, and
	// nothing is decided by what looks so. Digits are those of ASCII.
	for _, s := range []string{"8.0 U3b", "8.0U3b", "8.0.3b", "8.0.3b-24280767", "5.2.1.0a", "5.2.1a.0", "5.2.1.0.b", "5.2.1.0.0a-24307856", "5.2.1.0 P02", "8.0 Update 3", "٥.٢.١.٠", "５.２.１.０", "5.2.¹.0",
		"5.2.1.0-٢٤", "-5.2.1.0", "+5.2", "5.-2.1.0", "0x5.2", "5_0.2", "1e3.0", "5.2.1.0\x00", "5.2\u202e.1", "NaN.0", "5.2.1.0-" + strings.Repeat("9", 100)} {
		if v, ok := ParseVersion(s); ok {
			t.Errorf("%q was read as %v, build %q", s, v.parts, v.build)
		}
	}
}

// spelled is a whole number in a spelling that may begin with zeros.
func spelled(rnd *rand.Rand, digits string) string { return strings.Repeat("0", rnd.IntN(4)) + digits }

// TestVersionSpellings holds ParseVersion and Compare against numbers that were written
// down in every shape: the spelling never matters, the numbers and the build always do,
// however large they are.
func TestVersionSpellings(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 9))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	type known struct {
		parts [4]string
		build string // empty: none
	}
	write := func(k known) string {
		var p [4]string
		for i := range p {
			p[i] = spelled(rnd, k.parts[i])
		}
		shape := []string{strings.Join(p[:], "."), strings.Join(p[:], ".") + ".0"}
		for n := 3; n > 1 && k.parts[n] == "0"; n-- {
			shape = append(shape, strings.Join(p[:n], "."))
		}
		s := pick(shape...)
		switch {
		case k.build == "":
			return s
		case strings.Count(s, ".") >= 3 && rnd.IntN(3) == 0:
			return s + "." + spelled(rnd, k.build)
		case rnd.IntN(3) == 0:
			return s + "-0.0." + spelled(rnd, k.build)
		}
		return s + pick("-", "+") + spelled(rnd, k.build)
	}
	compare := func(a, b string) int {
		x, _ := new(big.Int).SetString(a, 10)
		y, _ := new(big.Int).SetString(b, 10)
		return x.Cmp(y)
	}
	for range 20_000 {
		var two [2]known
		var read [2]Version
		var text [2]string
		for i := range two {
			if i == 1 && rnd.IntN(2) == 0 {
				two[1] = two[0] // as a rule two random versions differ
			} else {
				for n := range two[i].parts {
					two[i].parts[n] = pick("0", "1", "2", "10", "300", "4294967296")
				}
			}
			if i == 0 || rnd.IntN(2) == 0 {
				two[i].build = pick("", "100000", "999999", "24280767", "24280768", "99999999999999999999", "100000000000000000000")
			}
			text[i] = write(two[i])
			var ok bool
			if read[i], ok = ParseVersion(text[i]); !ok {
				t.Fatalf("%q, written from %v, was not read", text[i], two[i])
			}
		}
		release := 0
		for n := range two[0].parts {
			release = cmp.Or(release, compare(two[0].parts[n], two[1].parts[n]))
		}
		whole := release
		if two[0].build != "" && two[1].build != "" {
			whole = cmp.Or(release, compare(two[0].build, two[1].build))
		}
		if got := read[0].CompareRelease(read[1]); got != release {
			t.Fatalf("CompareRelease(%s, %s) = %d, want %d", text[0], text[1], got, release)
		}
		if got := read[0].Compare(read[1]); got != whole {
			t.Fatalf("Compare(%s, %s) = %d, want %d", text[0], text[1], got, whole)
		}
	}
}

// hardVersions are spellings of few versions that are close to one another, with a build,
// without one, and with one that is no number.
func hardVersions(t *testing.T) []Version {
	t.Helper()
	var all []Version
	for _, release := range []string{"0.0", "5.2", "5.2.0", "5.2.0.0", "05.2.0.0", "5.2.0.1", "5.10.0.0", "5.9", "9.0", "18446744073709551615.0", "9.0.0.0.0"} {
		for _, build := range []string{"", "-", "-0", "-1", "-01", "-2", "-10", "+9", "-0.0.9", "-beta", "-1-2", "-99999999999999999999", "-100000000000000000000"} {
			v, ok := ParseVersion(release + build)
			if !ok {
				t.Fatalf("%s%s was not read", release, build)
			}
			all = append(all, v)
		}
	}
	return append(all, Version{})
}

// TestReleaseOrderIsTotal: the order of releases, by which the next one is chosen, is
// total over everything that can be read: any two compare, against each other as they
// should, and through a third.
func TestReleaseOrderIsTotal(t *testing.T) {
	all := hardVersions(t)
	order(t, "CompareRelease", all, Version.CompareRelease)
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, Version.CompareRelease)
	for i := range sorted {
		for j := i; j < len(sorted); j++ {
			if sorted[i].CompareRelease(sorted[j]) > 0 {
				t.Fatalf("sorted, %s stands before %s", sorted[i], sorted[j])
			}
		}
	}
}

// TestBuildOrderIsTotal: Compare is a total order of the versions that have a build, and
// of those that have none. Between the two it knows the release only; there "equal" says
// that nothing tells them apart, while older and newer still hold through a third.
func TestBuildOrderIsTotal(t *testing.T) {
	all := hardVersions(t)
	var with, without []Version
	for _, v := range all {
		if digits(v.Build()) {
			with = append(with, v)
		} else {
			without = append(without, v)
		}
	}
	order(t, "Compare with builds", with, Version.Compare)
	order(t, "Compare without builds", without, Version.Compare)
	for _, a := range all {
		for _, b := range all {
			ab := a.Compare(b)
			if r := a.CompareRelease(b); r != 0 && ab != r || ab != -b.Compare(a) || a == b && ab != 0 {
				t.Fatalf("Compare(%s, %s) = %d, CompareRelease %d", a, b, ab, r)
			}
			if ab >= 0 {
				continue
			}
			for _, c := range all {
				if b.Compare(c) < 0 && a.Compare(c) >= 0 {
					t.Fatalf("%s < %s < %s, but %s does not precede %s", a, b, c, a, c)
				}
			}
		}
	}
}

// order checks that a comparison is a total order of some versions, in which equal ones
// may stand for each other.
func order(t *testing.T, name string, all []Version, compare func(a, b Version) int) {
	t.Helper()
	for _, a := range all {
		if compare(a, a) != 0 {
			t.Fatalf("%s: %s is not itself", name, a)
		}
		for _, b := range all {
			ab := compare(a, b)
			if ab < -1 || ab > 1 || ab != -compare(b, a) {
				t.Fatalf("%s(%s, %s) = %d, the other way %d", name, a, b, ab, compare(b, a))
			}
			for _, c := range all {
				if ab <= 0 && compare(b, c) <= 0 && compare(a, c) > 0 {
					t.Fatalf("%s: %s <= %s <= %s, but %s > %s", name, a, b, c, a, c)
				}
				if ab == 0 && compare(a, c) != compare(b, c) {
					t.Fatalf("%s: %s and %s are equal, but not to %s", name, a, b, c)
				}
			}
		}
	}
}
