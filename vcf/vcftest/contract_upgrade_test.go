package vcftest

import (
	"context"
	"net/http"
	"time"
)

// upgradeAll takes both domains to their next release, looking at everything on the way.
func upgradeAll(g *stage) {
	version := g.target()
	if g.server.Release("m01") == "5.2.1.0" {
		version = "9.0.2.0"
	}
	for _, name := range []string{"m01", "w01"} {
		ctx, stop := context.WithCancel(g.t.Context())
		done := make(chan struct{})
		end := func() { stop(); <-done }
		defer end()
		go func() { // somebody who watches
			defer close(done)
			w := &stage{script: newScript(g.t, g.server), server: g.server}
			w.script.client = g.script.client
			for ctx.Err() == nil {
				w.login()
				for _, path := range []string{"/v1/domains", "/v1/domains/" + g.server.DomainID(name), "/v1/upgrades", "/v1/tasks", "/v1/upgradables/domains/" +
					g.server.DomainID(name), "/v1/system/upgradables", "/v1/sddc-manager/upgradables", "/v1/bundles", "/v1/releases/domains/" +
					g.server.DomainID(name) + "/future-releases", "/v1/resource-functionalities/global", "/v1/upgradables/domains/" +
					g.server.DomainID(name) + "/nsxt", "/v1/upgradables/domains/" + g.server.DomainID(name) + "/clusters", "/v1/hosts", "/v1/personalities"} {
					w.do("GET", path, nil)
				}
				select {
				case <-ctx.Done():
				case <-time.After(20 * time.Minute):
				}
			}
		}()
		g.login()
		order, err := g.upgrade(g.server.DomainID(name), version)
		if err != nil || g.server.Release(name) != version {
			g.t.Errorf("%s went through %v to %s: %v", name, order, g.server.Release(name), err)
		}
		g.do("POST", "/v1/releases/domains/"+g.server.DomainID(name)+"/validations", object{"targetVersion": version})
		end()
	}
}

// failures fails every component, and reads what is said about it.
func failures(g *stage) {
	version := g.target()
	g.server.DownloadAll()
	g.server.SetTarget("m01", version)
	g.login()
	domain := g.server.DomainID("m01")
	for range 10 {
		u, found := g.available(domain, version)
		if !found {
			break
		}
		component := u["softwareComponents"].([]any)[0].(object)["type"].(string)
		g.server.Update(func(m *Model) { m.FailComponent, m.FailTimes = component, 0 })
		id := g.must(202, "POST", "/v1/upgrades", g.body(domain, u)).(object)["id"].(string)
		g.poll("/v1/upgrades/"+id, "status", "COMPLETED_WITH_FAILURE")
		g.login()
		g.get("/v1/tasks/" + id)
		g.get("/v1/domains/" + domain)
		g.server.Update(func(m *Model) { m.FailComponent = "" })
		g.must(200, "PATCH", "/v1/tasks/"+id, nil)
		g.poll("/v1/upgrades/"+id, "status", "COMPLETED_WITH_SUCCESS")
		g.login()
	}
	if got := g.server.Release("m01"); got != version {
		g.t.Errorf("m01 is on %s", got)
	}
}

// outages asks while the API is gone in every way.
func outages(g *stage) {
	for _, kind := range []string{Refused, Reset, Hang, HTML, TLS, "401", "404", "500", "502", "503", "504"} {
		g.login()
		g.server.Down(kind, 10*time.Minute)
		g.do("GET", "/v1/domains", nil)
		g.do("POST", "/v1/tokens", object{"username": g.user, "password": g.pass})
		_, _ = g.client.Domains(g.t.Context())
		time.Sleep(11 * time.Minute)
	}
	g.login()
	g.server.Fault(Fault{Path: "/v1/domains", Status: http.StatusInternalServerError, Times: 1})
	g.do("GET", "/v1/domains", nil)
	g.server.Fault(Fault{Path: "/v1/domains", Cut: Torn, Times: 1})
	g.do("GET", "/v1/domains", nil)
}
