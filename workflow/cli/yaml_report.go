package cli

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/token"
)

// pattern is a section's path as keys writes it.
func (r *reader) pattern(path string) string {
	if clusters, cluster, ok := cutClusters(path); ok && cluster != "" {
		return clusters + ".*"
	}
	return path
}

// clustersSection holds clusters by name, in the file's upgrade section or an instance's:
// whatever key stands there is one.
var clustersSection = lazily(`^((?:vcf\[[0-9]+\]\.)?` + regexp.QuoteMeta(clustersKey) + `)(?:\.(?s:(.+)))?$`)

// cutClusters cuts the path of such a section, or of one below it, before the name.
func cutClusters(path string) (clusters, cluster string, ok bool) {
	m := clustersSection().FindStringSubmatch(path)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// children names what may stand in a section, in the order of keys; empty: it is none.
func (r *reader) children(path string) string {
	var names []string
	for _, k := range r.order {
		rest := k.path
		if path != "" {
			var ok bool
			if rest, ok = strings.CutPrefix(k.path, path+"."); !ok {
				continue
			}
		}
		name, _, _ := strings.Cut(rest, ".")
		if strings.HasPrefix(name, "vcf[") {
			continue // an element is no key
		}
		if name == "*" {
			name = "names of clusters"
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func (r *reader) report(at *token.Position, text string) {
	p := Problem{File: r.file, Text: printable(text)}
	if at != nil {
		p.Line, p.Col = at.Line, at.Column
	}
	r.problems = append(r.problems, p)
}

// problem reports at a key that was read, or at the nearest section above it.
func (r *reader) problem(path, text string) {
	at := r.at[path]
	for up := path; at == nil && up != ""; at = r.at[up] {
		up = up[:max(0, strings.LastIndexByte(up, '.'))]
	}
	r.report(at, text)
}

// missing reports a key that must be there and is not; pattern is its path in keys.
func (r *reader) missing(path, pattern string) {
	if r.at[path] == nil {
		r.problem(path, path+" is missing: it must be "+r.keys[pattern].allow)
	}
}

func (r *reader) sorted() ConfigError {
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	return r.problems
}

func join(parent, name string) string {
	if parent == "" {
		return name
	}
	return parent + "." + name
}

func orFile(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}
