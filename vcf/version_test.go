package vcf

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseVersion(t *testing.T) {
	for _, tc := range []struct {
		in    string
		parts [4]uint64
		build string
	}{
		{"5.2.1.0", [4]uint64{5, 2, 1, 0}, ""},
		{"5.2.1", [4]uint64{5, 2, 1, 0}, ""},
		{" 5.2 ", [4]uint64{5, 2, 0, 0}, ""},
		{"4.4.1.0-19766960", [4]uint64{4, 4, 1, 0}, "19766960"},
		{"9.0.0.0.1234567", [4]uint64{9, 0, 0, 0}, "1234567"},
		{"9.0.2.0.25150386", [4]uint64{9, 0, 2, 0}, "25150386"},
		{"4.2.3.3.0.25171318", [4]uint64{4, 2, 3, 3}, "25171318"},
		{"4.2.1.0.0-24304122", [4]uint64{4, 2, 1, 0}, "24304122"},
		{"4.2.1.0.0", [4]uint64{4, 2, 1, 0}, ""},
		{"8.0.3.00700-25092719", [4]uint64{8, 0, 3, 700}, "25092719"},
		{"8.0.3-24280767", [4]uint64{8, 0, 3, 0}, "24280767"},
		{"8.0.3+24280767", [4]uint64{8, 0, 3, 0}, "24280767"},
		{"8.0.3-0.0.24280767", [4]uint64{8, 0, 3, 0}, "24280767"},
		{"9.0.0.0.100000-7654321", [4]uint64{9, 0, 0, 0}, "7654321"},
		{"9.0.0.0.12345", [4]uint64{9, 0, 0, 0}, ""}, // five digits are no build
		{"8.0.24280767", [4]uint64{8, 0, 24280767, 0}, ""},
		{"5.2.1.0-", [4]uint64{5, 2, 1, 0}, ""},
	} {
		v, ok := ParseVersion(tc.in)
		if !ok {
			t.Errorf("%q was not read", tc.in)
			continue
		}
		if diff := cmp.Diff(tc.parts, v.parts); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tc.in, diff)
		}
		if v.Build() != tc.build {
			t.Errorf("%q: build %q, want %q", tc.in, v.Build(), tc.build)
		}
		if v.String() != strings.TrimSpace(tc.in) {
			t.Errorf("%q is shown as %q", tc.in, v.String())
		}
	}
	for _, in := range []string{"", " ", "5", "24280767", "v5.2", "5..2", ".5.2", "5.2.", "-5.2", "5.2.x", "5.2.1.0-a b", "5.2.1.0-<b>",
		"5.2.\u0661", "99999999999999999999.0", "5,2", "latest", strings.Repeat("1.", 60) + "1"} {
		if v, ok := ParseVersion(in); ok {
			t.Errorf("%q was read as %v", in, v.parts)
		}
	}
}

func TestVersionOrder(t *testing.T) {
	for _, tc := range []struct {
		a, b             string
		release, compare int
	}{
		{"5.2.1", "5.2.1.0", 0, 0},
		{"5.10.0.0", "5.9.0.0", 1, 1},
		{"9.0.0.0", "5.2.2.0", 1, 1},
		{"5.2.0.0-1", "5.2.0.0-2", 0, -1},
		{"5.2.0.0-999", "5.2.0.0-1000", 0, -1},
		{"5.2.0.0-0999", "5.2.0.0-999", 0, 0},
		{"5.2.0.0-1", "5.2.0.0", 0, 0},
		{"5.2.0.0-beta", "5.2.0.0-2", 0, 0},
		{"8.0.3.00300-24305161", "8.0.3.300-24305161", 0, 0},
		{"8.0.3-24280767", "8.0.3-0.0.24280767", 0, 0},
		{"8.0.3-24022510", "8.0.3-0.0.24280767", 0, -1},
		{"9.0.2.0.25150386", "9.0.2.0-25150387", 0, -1},
		{"4.2.3.3.0.25171318", "4.2.3.3.0-25171318", 0, 0},
		{"5.2.0.0-99999999999999999999", "5.2.0.0-100000000000000000000", 0, -1},
		{"8.0.3.1-1", "8.0.3.0-2", 1, 1},
	} {
		a, _ := ParseVersion(tc.a)
		b, _ := ParseVersion(tc.b)
		if got := a.CompareRelease(b); got != tc.release {
			t.Errorf("CompareRelease(%s, %s) = %d, want %d", tc.a, tc.b, got, tc.release)
		}
		if got := a.Compare(b); got != tc.compare {
			t.Errorf("Compare(%s, %s) = %d, want %d", tc.a, tc.b, got, tc.compare)
		}
		if got := b.Compare(a); got != -tc.compare {
			t.Errorf("Compare(%s, %s) = %d, want %d", tc.b, tc.a, got, -tc.compare)
		}
	}
	if v, _ := ParseVersion("18446744073709551615.0"); v.Major() <= 0 {
		t.Errorf("Major() = %d", v.Major())
	}
	if v, _ := ParseVersion("9.0.2.0.25150386"); v.Major() != 9 {
		t.Errorf("Major() = %d, want 9", v.Major())
	}
}

// FuzzParseVersion: no string makes it panic, what is read is read again as the same, and
// any three versions that are read are in order.
func FuzzParseVersion(f *testing.F) {
	for _, s := range []string{"5.2.1.0", "8.0.3-0.0.24280767", "9.0.0.0.1234567", "4.2.3.3.0.25171318", "", "1.-", "5.2.1.0+\xff", "8.0 U3b"} {
		f.Add(s, "5.2.1.0-1", "5.2.1.0.100000")
	}
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var all []Version
		for _, s := range []string{a, b, c} {
			v, ok := ParseVersion(s)
			if !ok {
				if v != (Version{}) {
					t.Fatalf("%q was not read, and is %+v", s, v)
				}
				continue
			}
			if again, ok := ParseVersion(v.String()); !ok || again != v {
				t.Fatalf("%q is read as %+v, and its text as %+v", s, v, again)
			}
			if v.String() != clean(v.String()) || strings.ContainsAny(v.Build(), ". \n<") || len(v.Build()) > maxVersion {
				t.Fatalf("%q: build %q", s, v.Build())
			}
			if v.Major() < 0 || uint64(v.Major()) > v.parts[0] {
				t.Fatalf("%q: major version %d", s, v.Major())
			}
			all = append(all, v)
		}
		order(t, "CompareRelease", all, Version.CompareRelease)
		withBuild := slices.DeleteFunc(slices.Clone(all), func(v Version) bool { return !digits(v.Build()) })
		order(t, "Compare", withBuild, Version.Compare)
		for _, v := range all {
			for _, w := range all {
				if v.Compare(w) != -w.Compare(v) || v.CompareRelease(w) != 0 && v.Compare(w) != v.CompareRelease(w) {
					t.Fatalf("order of %q and %q", v, w)
				}
			}
		}
	})
}
