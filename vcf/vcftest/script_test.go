package vcftest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// script drives a server with raw HTTP: it shares nothing with the server but the wire.
type script struct {
	t      *testing.T
	client *http.Client
	token  string
	user   string
	pass   string
}

func newScript(t *testing.T, s *Server) *script {
	return &script{t: t, client: &http.Client{Transport: s.Transport(), Timeout: 20 * time.Second},
		user: "administrator@vsphere.local", pass: "VMw@re1!VMw@re1!"}
}

// object is decoded JSON.
type object = map[string]any

// do sends one request and decodes what comes back, if it is JSON.
func (c *script) do(method, path string, body any) (int, any, error) {
	c.t.Helper()
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		data, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		in = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(c.t.Context(), method, "https://sddc-manager.lab.example"+path, in)
	if err != nil {
		c.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	res, err := c.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return res.StatusCode, nil, err
	}
	var out any
	if json.Unmarshal(data, &out) != nil {
		out = string(data)
	}
	return res.StatusCode, out, nil
}

func (c *script) login() int {
	c.t.Helper()
	c.token = ""
	status, v, err := c.do("POST", "/v1/tokens", object{"username": c.user, "password": c.pass})
	if err != nil || status > 299 {
		return status
	}
	c.token = v.(object)["accessToken"].(string)
	return status
}

// must sends a request that has to be answered with the status.
func (c *script) must(want int, method, path string, body any) any {
	c.t.Helper()
	status, v, err := c.do(method, path, body)
	if status == http.StatusUnauthorized && want != status && c.login() == http.StatusOK {
		status, v, err = c.do(method, path, body)
	}
	if err != nil || status != want {
		c.t.Fatalf("%s %s: status %d, %v, %v; want %d", method, path, status, v, err, want)
	}
	return v
}

// get is must for a GET of an object.
func (c *script) get(path string) object {
	c.t.Helper()
	return c.must(http.StatusOK, "GET", path, nil).(object)
}

// list is get for the elements of a page.
func (c *script) list(path string) []object {
	c.t.Helper()
	var out []object
	for _, e := range c.get(path)["elements"].([]any) {
		out = append(out, e.(object))
	}
	return out
}

// poll repeats a GET, through outages, until a field has one of the values.
func (c *script) poll(path, field string, want ...string) object {
	c.t.Helper()
	for range 2000 {
		status, v, err := c.do("GET", path, nil)
		if err == nil && status == http.StatusUnauthorized {
			c.login()
		}
		if o, isObject := v.(object); err == nil && status == http.StatusOK && isObject {
			for _, w := range want {
				if o[field] == w {
					return o
				}
			}
		}
		time.Sleep(30 * time.Second)
	}
	c.t.Fatalf("GET %s: %s never became one of %v", path, field, want)
	return nil
}

// available is the AVAILABLE element of a domain's upgradables.
func (c *script) available(domain, version string) (object, bool) {
	c.t.Helper()
	for _, u := range c.list("/v1/upgradables/domains/" + domain + "?targetVersion=" + url.QueryEscape(version)) {
		if u["status"] == "AVAILABLE" {
			return u, true
		}
	}
	return nil, false
}

// download downloads a bundle, if it is not there.
func (c *script) download(id string) {
	c.t.Helper()
	if c.get("/v1/bundles/" + id)["downloadStatus"] == "SUCCESSFUL" {
		return
	}
	c.must(http.StatusAccepted, "PATCH", "/v1/bundles/"+id, object{"bundleDownloadSpec": object{"downloadNow": true}})
	c.poll("/v1/bundles/"+id, "downloadStatus", "SUCCESSFUL")
}

// body makes the request for an upgradable.
func (c *script) body(domain string, u object) object {
	c.t.Helper()
	bundle := u["bundleId"].(string)
	spec := object{"bundleId": bundle, "resourceType": "DOMAIN", "resourceUpgradeSpecs": []object{{"resourceId": domain, "upgradeNow": true}}}
	switch u["softwareComponents"].([]any)[0].(object)["type"] {
	case NSX:
		n := c.get("/v1/upgradables/domains/" + domain + "/nsxt?bundleId=" + bundle)
		var hosts []object
		for _, h := range n["nsxtHostClusters"].([]any) {
			hosts = append(hosts, object{"hostClusterId": h.(object)["id"], "liveUpgrade": false, "hostParallelUpgrade": false})
		}
		spec["nsxtUpgradeUserInputSpecs"] = []object{{"nsxtId": n["nsxtManagerCluster"].(object)["id"], "nsxtHostClusterUpgradeSpecs": hosts,
			"nsxtUpgradeOptions": object{"isEdgeOnlyUpgrade": false, "isHostClustersUpgradeParallel": true, "isEdgeClustersUpgradeParallel": true}}}
	case VCenter:
		d := c.get("/v1/domains/" + domain)
		in := object{"resourceId": d["vcenters"].([]any)[0].(object)["id"], "upgradeMechanism": "InPlace"}
		if strings.HasPrefix(c.get("/v1/bundles/" + bundle)["version"].(string), "9.") {
			in["upgradeMechanism"], in["temporaryNetwork"] = "ReducedDowntimeMigration", object{"networkMode": "AUTOMATIC"}
		}
		spec["vcenterUpgradeUserInputSpecs"] = []object{in}
	case Host:
		var clusters []object
		for _, cl := range c.get("/v1/domains/" + domain)["clusters"].([]any) {
			id := cl.(object)["id"].(string)
			r := object{"resourceId": id, "upgradeNow": true}
			if c.get("/v1/clusters/" + id)["isImageBased"] == true {
				images := c.list("/v1/personalities")
				r["personalitySpec"] = object{"personalityId": images[len(images)-1]["personalityId"]}
			}
			clusters = append(clusters, r)
		}
		spec["resourceType"], spec["resourceUpgradeSpecs"], spec["parallelUpgrade"] = "CLUSTER", clusters, false
	}
	return spec
}

// upgrade takes a domain to a version and returns the components in the order in which they were upgraded.
func (c *script) upgrade(domain, version string) ([]string, error) {
	c.t.Helper()
	c.must(http.StatusOK, "PATCH", "/v1/releases/domains/"+domain, object{"targetVersion": version})
	var order []string
	for range 20 {
		u, found := c.available(domain, version)
		if !found {
			return order, nil
		}
		c.download(u["bundleId"].(string))
		task := c.must(http.StatusAccepted, "POST", "/v1/upgrades", c.body(domain, u)).(object)
		order = append(order, u["softwareComponents"].([]any)[0].(object)["type"].(string))
		done := c.poll("/v1/upgrades/"+task["id"].(string), "status", "COMPLETED_WITH_SUCCESS", "COMPLETED_WITH_FAILURE", "FAILED", "CANCELLED")
		if done["status"] != "COMPLETED_WITH_SUCCESS" {
			return order, fmt.Errorf("%s ended %s", order[len(order)-1], done["status"])
		}
	}
	return order, errors.New("there is always something available")
}
