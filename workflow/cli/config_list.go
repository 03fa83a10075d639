package cli

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"vcf-assistant/workflow"
)

// maxInstances bounds the list of instances.
const maxInstances = 64

// readInstances reads vcf as a list, after everything else: what an instance does not
// say about upgrades is what the file says.
func (c *Config) readInstances(r *reader, list *ast.SequenceNode) {
	if n := len(list.Values); n == 0 || n > maxInstances {
		r.problem("vcf", fmt.Sprintf("vcf: a list must have from 1 to %d instances, each beginning with - url: or - name:", maxInstances))
		return
	}
	c.VCF = nil
	for i, node := range list.Values {
		path := fmt.Sprintf("vcf[%d]", i)
		v := unnamed(path)
		v.Upgrade = cloneOptions(c.Upgrade)
		c.VCF = append(c.VCF, v)
		r.know(v.listed())
		switch n := node.(type) {
		case *ast.MappingNode:
			r.at[path] = n.GetToken().Position
			if len(n.Values) > 0 && !n.IsFlowStyle {
				r.at[path] = n.Values[0].Key.GetToken().Position
			}
		case *ast.MappingValueNode:
			r.at[path] = n.Key.GetToken().Position
		default:
			r.report(node.GetToken().Position, fmt.Sprintf("%s must be an instance with keys: %s", path, r.children(path)))
			continue
		}
		r.section(path, node)
	}
	c.checkNames(r)
}

// checkNames: names tell instances apart, and only one goes without.
func (c *Config) checkNames(r *reader) {
	first := map[string]*VCF{}
	for _, v := range c.VCF {
		if v.Name == "" && r.at[v.path+".name"] != nil || r.at[v.path] == nil {
			continue // it was reported already
		}
		other := first[v.Name]
		switch {
		case other == nil:
			first[v.Name] = v
		case v.Name == "":
			r.problem(v.path+".name", fmt.Sprintf("%s.name is missing: %s has none either, and only one instance may go without", v.path, other.path))
		default:
			r.problem(v.path+".name", fmt.Sprintf("%s.name: %s is the name of %s too: give each its own", v.path, quote(v.Name), other.path))
		}
		if v.Name != "" { // the environment belongs to the one without a name
			r.missing(v.path+".url", v.path+".url")
			r.missing(v.path+".username", v.path+".username")
		}
	}
}

// checkAddresses: two instances of one SDDC Manager would upgrade it twice.
func (c *Config) checkAddresses(r *reader) {
	first := map[string]*VCF{}
	for _, v := range c.VCF {
		u, err := url.Parse(strings.ToLower(v.URL))
		if err != nil || v.URL == "" {
			continue
		}
		where := strings.TrimSuffix(u.Hostname(), ".") + ":" + u.Port()
		if u.Port() == "" {
			where += map[string]string{"https": "443", "http": "80"}[u.Scheme]
		}
		if other := first[where]; other != nil {
			r.problem(v.path+".url", fmt.Sprintf("%s.url is the same SDDC Manager as %s.url: remove one of them", v.path, other.path))
			continue
		}
		first[where] = v
	}
}

// aName is what may be an instance's name. It is in entity ids, in the names of files
// and in variables: none may come to mean another instance's.
const aName = "small letters and digits, words joined by one _, at most 20 characters, such as lab; no word like domain1, and none of " +
	"demo, demo_..., fallback, lock, reports, runs, which mean something else already"

var (
	namePattern = lazily(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	domainWord  = lazily(`^domain[0-9]+$`)
	// Files of the state directory, the credential vcf-fallback-password.
	reservedNames = []string{"demo", "fallback", "lock", "reports", "runs"}
)

func isInstanceName(s string) bool {
	return len(s) <= 20 && namePattern().MatchString(s) && !slices.Contains(reservedNames, s) && !strings.HasPrefix(s, "demo_") &&
		!slices.ContainsFunc(strings.Split(s, "_"), domainWord().MatchString)
}

func instanceName(to *VCF) func(value) bool {
	return func(v value) bool {
		s, ok := v.scalar()
		if ok = ok && isInstanceName(s); ok {
			to.called(s)
		}
		return ok
	}
}

// cloneOptions copies options so deep that changing one changes no other.
func cloneOptions(o workflow.Options) workflow.Options {
	if n := o.VCenter.TemporaryNetwork; n != nil {
		clone := *n
		o.VCenter.TemporaryNetwork = &clone
	}
	o.ESX.Clusters = maps.Clone(o.ESX.Clusters)
	return o
}
