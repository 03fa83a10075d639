package cli

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vcf-assistant/vcf"
)

// What has no reason to stay goes, also from keys that nobody knows.
func TestRedaction(t *testing.T) {
	t.Parallel()
	k := newRedaction(&VCF{URL: "https://sddc.rainpole.io", Username: "olga@rainpole.io", Password: NewSecret("pass<word")})
	if k.user != "user-1@example.com" {
		t.Errorf("the account is %s", k.user)
	}
	answer := func(path, in string) string {
		_, _, body, text := k.answer(vcf.Answer{Method: "GET", Path: path, Status: 200, Body: []byte(in)})
		return string(body) + text
	}
	for _, tc := range []struct{ path, in, want string }{
		{"/v1/hosts", `{"serialNumber":"4C4C-0044","odd":"Rack 7","licenseKey":"AAAAA-BBBBB-CCCCC-DDDDD-EEEEE","note":"x","n":1.50,"b":true,"z":null,"e":""}`,
			`{"b":true,"e":"","licenseKey":"removed","n":1.50,"note":"name-1","odd":"name-2","serialNumber":"serial-1","z":null}`},
		{"/v1/hosts", `{"message":"Rack 7 of 4C4C-0044 holds AAAAA-BBBBB-CCCCC-DDDDD-EEEEE, olga@rainpole.io used pass<word"}`,
			`{"message":"name-2 of serial-1 holds removed, user-1@example.com used removed"}`},
		{"/v1/hosts", `{"password":"x","credentials":[{"a":"b"}],"tokens":{"a":"b"},"secretNumber":7,"isTokenValid":true}`,
			`{"credentials":[],"isTokenValid":true,"password":"removed","secretNumber":0,"tokens":{}}`},
		{"/v1/hosts", `{"thumbprint":"AA:BB:CC:DD:EE:FF:00:11:22:33:44:55","description":"key AA:BB:CC:DD:EE:FF:00:11:22:33:44:55 and 0123456789abcdef0123456789abcdef"}`,
			`{"description":"key thumbprint-1 and thumbprint-2","thumbprint":"thumbprint-1"}`},
		{"/v1/hosts", `{"status":"ASSIGNED","type":"In Progress","version":"8.0.3-24022510","toVersion":"DEL-x","when":"2026-11-23T19:00:00.000Z","errorCode":"A_B.error"}`,
			`{"errorCode":"A_B.error","status":"ASSIGNED","toVersion":"name-3","type":"In Progress","version":"8.0.3-24022510","when":"2026-11-23T19:00:00.000Z"}`},
		{"/v1/hosts", `{"status":"see sddc.rainpole.io","ip":"10.1.2.3","version":"10.1.2.3"}`, `{"ip":"198.18.0.1","status":"name-4","version":"10.1.2.3"}`},
		{"/v1/domains", `{"elements":[{"name":"HOST"}],"sddc.rainpole.io":{"name":"HOST"}}`, `{"elements":[{"name":"domain-1"}],"sddc-manager-1.example.com":{"name":"domain-1"}}`},
		{"/v1/releases", `{"bom":[{"name":"ESX_HOST","publicName":"VMware ESXi"}],"name":"ESX_HOST"}`, `{"bom":[{"name":"ESX_HOST","publicName":"VMware ESXi"}],"name":"name-5"}`},
		{"/v1/tasks", `{"elements":[{"name":"Upgrade Rack 7","status":"FAILED","referenceToken":"M3OE58","resources":[{"name":"Upgrade Rack 7","status":"x"}]}]}`,
			`{"elements":[{"name":"Upgrade name-2","referenceToken":"REF001","resources":[{"name":"name-6","status":"x"}],"status":"FAILED"}]}`},
		{"/v1/users", `{"elements":[{"name":"ADMIN"}]}`, `{"elements":[{"name":"name-7"}]}`},
		{"/v1/roles", `{"elements":[{"name":"ADMIN"}]}`, `{"elements":[{"name":"ADMIN"}]}`},
		// What only looks like a class of the vendor's, or like a word of the API, may hold a name.
		{"/v1/tasks", `{"cause":"java.net.UnknownHostException: esxi01.rainpole.io: Name or service not known","errorType":"java.net.UnknownHostException"}`,
			`{"cause":"name-8","errorType":"java.net.UnknownHostException"}`},
		{"/v1/tasks", `{"fqdn":"esxi07.rainpole.io","proposedAction":"Reboot ESXI07","status":"In Progress"}`,
			`{"fqdn":"host-1.example.com","proposedAction":"Reboot host-1","status":"In Progress"}`},
		{"/v1/tasks", `{"arguments":["5.2.1.0","10.1.2.4"],"message":"to 5.2.1.0"}`, `{"arguments":["5.2.1.0","198.18.0.2"],"message":"to 5.2.1.0"}`},
		{"/v1/tasks", `{"message":"{\"user\":\"root\",\"password\":\"VMw@re1!\"}, passwd=VMw@re1!, https://svc:VMw@re1!@esxi07.rainpole.io/, RAINPOLE\\olga"}`,
			`{"message":"{\"user\":\"root\",\"password\":\"removed\"}, passwd=removed, https://host-1.example.com/, user-2@example.com"}`},
		{"/v1/hosts", `<html>sddc.rainpole.io</html>`, `no JSON`},
		{"/v1/hosts", `{"a":"b"} {"c":"d"}`, `no JSON`},
		{"/v1/hosts", ``, ``},
	} {
		if diff := cmp.Diff(tc.want, answer(tc.path, tc.in)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.in, diff)
		}
	}
	id := "8e7c9a10-0000-1111-2222-333344445555"
	path, query, _, _ := k.answer(vcf.Answer{Path: "/v1/upgradables/domains/" + id, Query: url.Values{"targetVersion": {"5.2.1.0"}, "bundleId": {"sfo"}, "pageSize": {"100"}}})
	if path != "/v1/upgradables/domains/00000000-0000-4000-8000-000000000001" || query != "bundleId=id-2&pageSize=100&targetVersion=5.2.1.0" {
		t.Errorf("%s?%s", path, query)
	}
	if got := answer("/v1/domains", `{"id":"`+id+`"}`); !strings.Contains(got, "00000000-0000-4000-8000-000000000001") {
		t.Errorf("an id of a path is another in an answer: %s", got)
	}
	for text, bad := range map[string]bool{`"x": "pass<word"`: true, `"x": "pass\u003cword"`: true, "at SDDC.rainpole.io:443": true, id: true, "10.1.2.3": false,
		"olga@rainpole.io.": true, "administrator@vsphere.local": false, "": false} {
		if err := k.left(text); (err != nil) != bad {
			t.Errorf("left(%q): %v", text, err)
		}
	}
}

// A name that only a later answer tells is replaced in the earlier ones too; what cannot be
// made anonymous is not written.
func TestRecordFiles(t *testing.T) {
	t.Parallel()
	r := &recording{}
	r.answered(vcf.Answer{Method: "GET", Path: "/v1/upgrades", Status: 500, Body: []byte(`{"message":"Frankfurt is down"}`)})
	r.answered(vcf.Answer{Method: "GET", Path: "/v1/domains", Status: 401, Body: []byte(`{}`)})
	r.answered(vcf.Answer{Method: "GET", Path: "/v1/domains", Status: 200, Body: []byte(`{"elements":[{"name":"Frankfurt"}]}`)})
	files, err := r.files(newRedaction(&VCF{}))
	if err != nil || len(files) != 2 || files[0].name != "0001-upgrades.json" || files[1].name != "0002-domains.json" {
		t.Fatalf("%v, %v", files, err)
	}
	if !strings.Contains(string(files[0].data), `"domain-1 is down"`) || !strings.Contains(string(files[1].data), `"status": 200`) {
		t.Errorf("%s\n%s", files[0].data, files[1].data)
	}
	r.answered(vcf.Answer{Method: "GET", Path: "/v1/tasks", Status: 200, Body: []byte(`{"status":"hunter2"}`)})
	if files, err = r.files(newRedaction(&VCF{Password: NewSecret("hunter2")})); err == nil || len(files) != 0 || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a secret in a word of the API: %v", err)
	}
}
