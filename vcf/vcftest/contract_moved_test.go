package vcftest

import (
	"net/http"
	"slices"
	"strings"
)

// movedElsewhere asks every lifecycle call of a 9.x system that answers none of them any more, and a call that still works.
func movedElsewhere(g *stage) {
	g.login()
	for _, status := range []int{http.StatusNotFound, http.StatusGone, http.StatusNotImplemented} {
		g.server.Update(func(m *Model) { m.LifecycleMoved = status })
		asked := 0
		for _, r := range routes {
			if !slices.ContainsFunc(lifecycle, func(p string) bool { return strings.HasPrefix(r.pattern, p) }) {
				continue
			}
			asked++
			g.must(status, r.method, at(r.pattern, nil), nil)
		}
		if asked < 20 {
			g.t.Errorf("%d lifecycle calls, want all of them", asked)
		}
		g.list("/v1/domains")
		g.list("/v1/tasks")
		g.list("/v1/releases?domainId=" + g.server.DomainID("m01"))
	}
}

// finalize lets NSX be offered once more when all hosts are done.
func finalize(how string) func(*Model) { return func(m *Model) { m.Finalize = how } }

// warned validates the release that a domain is on, which ends with a warning, in the word of the flavour.
func warned(word string) func(*stage) {
	return func(g *stage) {
		g.login()
		g.server.Update(func(m *Model) { m.FinalValidation = FinalWarnings })
		id := g.must(202, "POST", "/v1/releases/domains/"+g.server.DomainID("m01")+"/validations",
			object{"targetVersion": g.server.Release("m01")}).(object)["id"].(string)
		if got := g.poll("/v1/releases/domains/validations/"+id, "executionStatus", "COMPLETED")["resultStatus"]; got != word {
			g.t.Errorf("result %v, want %s", got, word)
		}
	}
}
