package vcftest

import (
	"reflect"
	"strings"
	"testing"

	"vcf-assistant/vcf"
	"vcf-assistant/vcf/vcftest/contract"
)

// pageOf is a list's answer.
type pageOf[T any] struct {
	Elements []T `json:"elements"`
}

// reads is what the client reads of each operation's answer.
var reads = []struct {
	operation string
	status    int
	as        reflect.Type
}{
	{"GET /v1/domains", 200, reflect.TypeFor[pageOf[vcf.Domain]]()},
	{"GET /v1/domains/{id}", 200, reflect.TypeFor[vcf.Domain]()},
	{"GET /v1/sddc-managers", 200, reflect.TypeFor[pageOf[vcf.SDDCManager]]()},
	{"GET /v1/vcenters", 200, reflect.TypeFor[pageOf[vcf.VCenter]]()},
	{"GET /v1/nsxt-clusters", 200, reflect.TypeFor[pageOf[vcf.NSXCluster]]()},
	{"GET /v1/clusters", 200, reflect.TypeFor[pageOf[vcf.Cluster]]()},
	{"GET /v1/clusters/{id}", 200, reflect.TypeFor[vcf.Cluster]()},
	{"GET /v1/hosts", 200, reflect.TypeFor[pageOf[vcf.Host]]()},
	{"GET /v1/resource-functionalities/global", 200, reflect.TypeFor[vcf.Functionality]()},
	{"GET /v1/releases", 200, reflect.TypeFor[pageOf[vcf.Release]]()},
	{"GET /v1/releases/domains/{id}", 200, reflect.TypeFor[vcf.Target]()},
	{"GET /v1/releases/domains/{id}/future-releases", 200, reflect.TypeFor[pageOf[vcf.Release]]()},
	{"POST /v1/releases/domains/{id}/validations", 202, reflect.TypeFor[vcf.Validation]()},
	{"GET /v1/releases/domains/validations/{id}", 200, reflect.TypeFor[vcf.Validation]()},
	{"GET /v1/bundles", 200, reflect.TypeFor[pageOf[vcf.Bundle]]()},
	{"GET /v1/bundles/{id}", 200, reflect.TypeFor[vcf.Bundle]()},
	{"GET /v1/upgradables/domains/{id}", 200, reflect.TypeFor[pageOf[vcf.Upgradable]]()},
	{"GET /v1/upgradables/domains/{id}/nsxt", 200, reflect.TypeFor[vcf.NSXUpgradable]()},
	{"GET /v1/upgradables/domains/{id}/clusters", 200, reflect.TypeFor[pageOf[vcf.ClusterUpgradable]]()},
	{"GET /v1/system/upgradables", 200, reflect.TypeFor[pageOf[vcf.Upgradable]]()},
	{"GET /v1/personalities", 200, reflect.TypeFor[pageOf[vcf.Personality]]()},
	{"POST /v1/system/check-sets/queries", 200, reflect.TypeFor[vcf.CheckSetCandidates]()},
	{"POST /v1/system/check-sets", 202, reflect.TypeFor[vcf.Task]()},
	{"GET /v1/system/check-sets/{id}", 200, reflect.TypeFor[vcf.Assessment]()},
	{"POST /v1/upgrades", 202, reflect.TypeFor[vcf.Task]()},
	{"GET /v1/upgrades", 200, reflect.TypeFor[pageOf[vcf.Upgrade]]()},
	{"GET /v1/upgrades/{id}", 200, reflect.TypeFor[vcf.Upgrade]()},
	{"GET /v1/tasks", 200, reflect.TypeFor[pageOf[vcf.Task]]()},
	{"GET /v1/tasks/{id}", 200, reflect.TypeFor[vcf.Task]()},
	{"GET /v1/domains", 400, reflect.TypeFor[vcf.Error]()},
}

// TestContract_TheClientReadsWhatTheVendorSends: a key that neither document knows in any of these answers would never come.
func TestContract_TheClientReadsWhatTheVendorSends(t *testing.T) {
	docs, known := contract.Vendor(t), map[string]bool{}
	for _, r := range reads {
		method, pattern, _ := strings.Cut(r.operation, " ")
		for _, d := range docs {
			op, _ := d.Operation(method, pattern)
			if err := d.Reads(op, r.status, r.as, known); err != nil {
				t.Error(err)
			}
		}
	}
	for key, ok := range known {
		if !ok {
			t.Errorf("the client reads %s, which neither document knows", key)
		}
	}
	t.Logf("the client reads %d keys of %d answers", len(known), len(reads))
}
