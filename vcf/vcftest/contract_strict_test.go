package vcftest

import (
	"reflect"
	"strings"
	"testing"

	"vcf-assistant/vcf/vcftest/contract"
)

// bodies are what the simulator decodes, by route.
var bodies = map[string]any{
	"POST /v1/tokens":                            tokenSpec{},
	"PATCH /v1/releases/domains/{id}":            targetSpec{},
	"POST /v1/releases/domains/{id}/validations": targetSpec{},
	"PATCH /v1/bundles/{id}":                     bundleSpec{},
	"POST /v1/system/check-sets/queries":         querySpec{},
	"POST /v1/system/check-sets":                 runSpec{},
	"POST /v1/upgrades":                          upgradeSpec{},
	"PATCH /v1/upgrades/{id}":                    commitSpec{},
}

// TestContract_TheSimulatorIsAsStrictAsTheVendor: it takes no key that neither document knows, and insists on those that both require.
func TestContract_TheSimulatorIsAsStrictAsTheVendor(t *testing.T) {
	docs := contract.Vendor(t)
	for route, body := range bodies {
		method, pattern, _ := strings.Cut(route, " ")
		accepted := map[string]bool{}
		keysOf(reflect.TypeOf(body), "", accepted)
		unknown := map[string]int{}
		for _, d := range docs {
			op, _ := d.Operation(method, pattern)
			vendor := d.RequestKeys(op)
			if vendor == nil {
				t.Fatalf("VCF %s does not know %s", d.Version, route)
			}
			known := func(what, key string) bool {
				return contract.IsKnown(contract.Violation{Document: d.Version, Operation: op, Side: "request", What: what + " " + key})
			}
			for key := range accepted {
				if _, ok := vendor[key]; !ok && !known("unknown key", key) {
					unknown[key]++
				}
			}
			for key, required := range vendor {
				need, taken := accepted[key]
				switch {
				case !taken:
					t.Errorf("VCF %s: %s %s is not taken", d.Version, route, key)
				case required && !need && !known("required", key):
					t.Errorf("VCF %s: %s %s is required, but not here", d.Version, route, key)
				case need && !required && key != "/targetVersion": // nothing can be done without one
					t.Errorf("VCF %s: %s %s is needed here, but not required", d.Version, route, key)
				}
			}
		}
		for key, n := range unknown {
			if n == len(docs) {
				t.Errorf("%s %s: neither document knows it", route, key)
			}
		}
	}
}

// keysOf are the keys that a type decodes, and whether each is needed.
func keysOf(t reflect.Type, at string, keys map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer:
		keysOf(t.Elem(), at, keys)
	case reflect.Slice:
		keysOf(t.Elem(), at+"/*", keys)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			keys[at+"/"+name] = f.Tag.Get("need") == "true"
			keysOf(f.Type, at+"/"+name, keys)
		}
	}
}
