package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPseudonyms(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ text, want string }{
		{"esxi-1.rainpole.io and ESXI-1.rainpole.io, esxi-1; esxi-12 is another", "host-1.example.com and host-1.example.com, host-1; esxi-12 is another"},
		{"esxi-1.rainpole.io esxi-1.other.lan", "host-1.example.com host-2.example.com"},
		{"https://sddc.rainpole.io:443/ui?x=sddc.rainpole.io", "https://host-1.example.com:443/ui?x=host-1.example.com"},
		{"10.0.0.1, 10.0.0.2:443, 10.0.0.1-10.0.0.2, 10.0.0.0/24 at 10.0.0.1.", "198.18.0.1, 198.18.0.2:443, 198.18.0.1-198.18.0.2, 198.18.0.3/24 at 198.18.0.1."},
		{"5.2.1.0 to 9.0.0.0-24307856; 10.4.0.0-24307856; 255.255.255.0 127.0.0.1", "5.2.1.0 to 9.0.0.0-24307856; 10.4.0.0-24307856; 255.255.255.0 127.0.0.1"},
		{"fd00::17: refused [fd00::17]:443 at 19:06:29", "2001:db8::1: refused [2001:db8::1]:443 at 19:06:29"},
		{"task 1A2B3C4D-0000-1111-2222-333344445555", "task 00000000-0000-4000-8000-000000000001"},
		{"alice.b@rainpole.io, administrator@vsphere.local", "user-1@example.com, administrator@vsphere.local"},
		{"Cluster SFO-m01-cl01 (sfo-M01-cl01), vm_SFO-m01-cl01_2", "Cluster cluster-1 (cluster-1), vm_cluster-1_2"},
		{"Werk Süd; Werk Südost; domain Prod of Production", "domain-1; Werk Südost; domain domain-2 of Production"},
		{"com.vmware.vim25.Fault in domains.json, sensor.vcf_domain1_status, depot.broadcom.com", "com.vmware.vim25.Fault in domains.json, sensor.vcf_domain1_status, depot.broadcom.com"},
		{"type MANAGEMENT, i.e. Management", "type MANAGEMENT, i.e. Management"},
	} {
		p := newPseudonyms()
		p.add("cluster", "SFO-m01-cl01")
		p.add("domain", "Werk Süd")
		p.add("domain", "Prod")
		p.add("domain", "MANAGEMENT")
		if got := p.text(tc.text); got != tc.want {
			t.Errorf("text(%q)\ngot  %q\nwant %q", tc.text, got, tc.want)
		}
	}
}

func TestPseudonymsOfWhatWasAdded(t *testing.T) {
	t.Parallel()
	p := newPseudonyms()
	p.add("x", "cluster-1") // somebody's name looks like a pseudonym
	got := []string{p.add("sddc-manager", "SDDC.rainpole.io"), p.add("cluster", "Lab"), p.add("cluster", "Lab"), p.add("dns", "8.8.8.8"), p.add("name", "")}
	if diff := cmp.Diff([]string{"sddc-manager-1.example.com", "cluster-2", "cluster-2", "198.18.0.1", ""}, got); diff != "" {
		t.Errorf("pseudonyms (-want +got):\n%s", diff)
	}
	if got, want := p.text("sddc.rainpole.io Lab 8.8.8.8"), "sddc-manager-1.example.com cluster-2 198.18.0.1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPseudonymsInJSON(t *testing.T) {
	t.Parallel()
	p := newPseudonyms()
	p.add("cluster", "name")
	p.add("cluster", "R&D")
	got := string(p.json([]byte(`{"name":"name", "n":1.50, "clusters":{"cl-1.rainpole.io":{"of":"R\u0026D \"R&D\""}}}` + "\n{\"torn\":\"10.1.1.1\", \"to 10.1.1.1")))
	want := `{"name":"cluster-1", "n":1.50, "clusters":{"host-1.example.com":{"of":"cluster-2 \"cluster-2\""}}}` + "\n{\"torn\":\"198.18.0.1\", \"to 198.18.0.1"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if strings.Contains(got, "rainpole") {
		t.Error("a name is left")
	}
}
