package vcf

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNextRelease(t *testing.T) {
	yes, no := true, false
	rel := func(version, low, applicability string, applicable *bool) Release {
		return Release{Version: version, MinCompatibleVersion: low, Applicability: applicability, IsApplicable: applicable}
	}
	for _, tc := range []struct {
		name, current string
		future        []Release
		want          string // empty: none
	}{
		{"the oldest wins, wherever it stands", "5.2.0.0", []Release{
			rel("9.0.0.0", "5.0.0.0", "APPLICABLE", &yes), rel("5.2.1.0", "5.0.0.0", "APPLICABLE", &yes), rel("5.2.2.0", "5.0.0.0", "APPLICABLE", &yes)}, "5.2.1.0"},
		{"numbers, not text", "5.2.0.0", []Release{rel("5.10.0.0", "", "APPLICABLE", &yes), rel("5.9.0.0", "", "APPLICABLE", &yes)}, "5.9.0.0"},
		{"nothing offered", "5.2.0.0", nil, ""},
		{"the present one", "5.2.0.0", []Release{rel("5.2.0.0", "", "APPLICABLE", &yes)}, ""},
		{"the present one with fewer parts", "5.2.0.0", []Release{rel("5.2", "", "APPLICABLE", &yes)}, ""},
		{"the present one with another build", "5.2.0.0-1", []Release{rel("5.2.0.0-2", "", "APPLICABLE", &yes)}, ""},
		{"an older one", "5.2.1.0", []Release{rel("5.2.0.0", "", "APPLICABLE", &yes)}, ""},
		{"the lower limit is the present one", "5.2.0.0", []Release{rel("5.2.1.0", "5.2.0.0", "APPLICABLE", &yes)}, "5.2.1.0"},
		{"too old for it", "5.1.0.0", []Release{rel("5.2.1.0", "5.2.0.0", "APPLICABLE", &yes), rel("9.0.0.0", "5.0.0.0", "APPLICABLE", &yes)}, "9.0.0.0"},
		{"no lower limit (9.0.2)", "5.2.0.0", []Release{rel("9.0.2.0", "", "APPLICABLE", &yes)}, "9.0.2.0"},
		{"a lower limit that cannot be read", "5.2.0.0", []Release{rel("5.2.1.0", "five", "APPLICABLE", &yes)}, ""},
		{"a version that cannot be read", "5.2.0.0", []Release{rel("newest", "", "APPLICABLE", &yes), rel("", "", "APPLICABLE", &yes)}, ""},
		{"the present one cannot be read", "", []Release{rel("5.2.1.0", "", "APPLICABLE", &yes)}, ""},
		{"not applicable", "5.2.0.0", []Release{rel("5.2.1.0", "", "NOT_APPLICABLE", &yes), rel("5.2.2.0", "", "APPLICABLE", &no)}, ""},
		{"isApplicable is gone", "5.2.0.0", []Release{rel("5.2.1.0", "", "APPLICABLE", nil)}, "5.2.1.0"},
		{"applicabilityStatus is gone", "5.2.0.0", []Release{rel("5.2.1.0", "", "", &yes)}, "5.2.1.0"},
		{"neither is there", "5.2.0.0", []Release{rel("5.2.1.0", "", "", nil)}, ""},
		{"another case", "5.2.0.0", []Release{rel("5.2.1.0", "", "Applicable", &yes)}, "5.2.1.0"},
		{"an unknown word", "5.2.0.0", []Release{rel("5.2.1.0", "", "MAYBE", &yes)}, ""},
	} {
		got, ok := NextRelease(tc.current, tc.future)
		if ok != (tc.want != "") || got.Version != tc.want {
			t.Errorf("%s: %q, %v; want %q", tc.name, got.Version, ok, tc.want)
		}
	}
}

// TestNextReleaseProperties: the choice is newer than the present release, allowed, and
// no other allowed one is older; the order of the list does not matter.
func TestNextReleaseProperties(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	pick := func(of ...string) string { return of[rnd.IntN(len(of))] }
	for range 3000 {
		current := pick("5.0.0.0", "5.2.0.0", "5.2.1.0", "9.0.0.0")
		var future []Release
		for range rnd.IntN(6) {
			r := Release{Version: pick("5.1.0.0", "5.2.0.0", "5.2.1.0", "5.2.10.0", "5.10.0.0", "9.0.0.0", "9.0.1.0.25150386", "bad", ""),
				MinCompatibleVersion: pick("", "5.0.0.0", "5.2.0.0", "bad"), Applicability: pick("APPLICABLE", "NOT_APPLICABLE", "")}
			if b := rnd.IntN(3); b > 0 {
				yes := b == 1
				r.IsApplicable = &yes
			}
			future = append(future, r)
		}
		got, ok := NextRelease(current, future)
		cur, _ := ParseVersion(current)
		allowed := 0
		for _, r := range future {
			v, readable := ParseVersion(r.Version)
			low, lowReadable := ParseVersion(r.MinCompatibleVersion)
			fits := readable && r.Applicable() && v.CompareRelease(cur) > 0 &&
				(r.MinCompatibleVersion == "" || lowReadable && low.CompareRelease(cur) <= 0)
			if !fits {
				continue
			}
			allowed++
			chosen, _ := ParseVersion(got.Version)
			if !ok || v.CompareRelease(chosen) < 0 {
				t.Fatalf("from %s, %s is allowed, but %q was chosen", current, r.Version, got.Version)
			}
		}
		if ok && allowed == 0 {
			t.Fatalf("from %s, %s was chosen although nothing is allowed", current, got.Version)
		}
		rnd.Shuffle(len(future), func(i, j int) { future[i], future[j] = future[j], future[i] })
		if again, _ := NextRelease(current, future); again.Version != got.Version {
			t.Fatalf("from %s, %q or %q, as the list is ordered", current, got.Version, again.Version)
		}
	}
}

func TestReleaseKeepsTheAnswer(t *testing.T) {
	const raw = `{"version":"5.2.1.0", "unknown":{"kept":[1.0]},"bom":null,"reasonsNotApplicable":[{"message":"A"},{"message":" A "}],"reasonNotApplicable":"B","notApplicableReason":"A"}`
	var r Release
	if err := json.Unmarshal([]byte(raw), &r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(raw, string(r.Raw)); diff != "" {
		t.Errorf("the answer was changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"A", "B"}, r.WhyNot()); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestComponents(t *testing.T) {
	for in, want := range map[string]Component{
		"SDDC_MANAGER": SDDCManagerComponent, "SDDC_MANAGER_VCF": SDDCManagerComponent, "NSX_T_MANAGER": NSX, "NSXT_MANAGER": NSX, "NSX": NSX,
		"VCENTER": VCenterComponent, "vCenter": VCenterComponent, "HOST": ESX, "ESX_HOST": ESX, "ESXI": ESX, "CLUSTER": ESX, "ESX": ESX,
		" vsan\x00\n": "VSAN", "": "",
	} {
		if got := ParseComponent(in); got != want {
			t.Errorf("ParseComponent(%q) = %q, want %q", in, got, want)
		}
	}
	r := Release{BOM: []BOMEntry{{Name: "SDDC_MANAGER_VCF", Version: "1"}, {Name: "ESX_HOST", Version: "2"}}}
	if e, ok := r.BOMOf(ESX); !ok || e.Version != "2" {
		t.Errorf("BOMOf(ESX) = %v, %v", e, ok)
	}
	if _, ok := r.BOMOf(NSX); ok {
		t.Error("BOMOf(NSX) found something")
	}
	if got := (PatchBundle{Elements: []string{"X", "ESX_HOST"}, BundleType: "VMWARE_SOFTWARE"}).Component(); got != ESX {
		t.Errorf("component of a patch bundle: %q", got)
	}
	if got := (Bundle{Type: "VMWARE_SOFTWARE", Components: []BundleComponent{{Type: "X"}, {Type: "HOST"}}}).Component(); got != ESX {
		t.Errorf("component of a bundle: %q", got)
	}
	if got := (Upgradable{BundleType: "VMWARE_SOFTWARE", Software: []Software{{Type: "NSX_T_MANAGER"}}}).Component(); got != NSX {
		t.Errorf("component of an upgradable: %q", got)
	}
}
