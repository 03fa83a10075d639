package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile bounds the configuration.
const maxFile = 1 << 20

// reader takes a file apart and keeps where each key stands.
type reader struct {
	file     string
	keys     map[string]key
	at       map[string]*token.Position
	problems ConfigError
}

// readFile reads the YAML file into c. Every problem is reported, not only the first.
func (c *Config) readFile(path string) (*reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, ConfigError{{Text: fmt.Sprintf("configuration: %v: write that file, or name another one with --config", err)}}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, ConfigError{{Text: fmt.Sprintf("configuration: %v", err)}}
	}
	r := &reader{file: path, keys: map[string]key{}, at: map[string]*token.Position{}}
	for _, k := range c.keys() {
		r.keys[k.path] = k
	}
	if len(b) > maxFile {
		r.problem("", fmt.Sprintf("is larger than %d bytes: this is no configuration", maxFile))
	} else {
		r.parse(b)
	}
	c.File = path
	c.resolvePaths(filepath.Dir(path))
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o004 != 0 && (c.HomeAssistant.token.inline.IsSet() || c.VCF.password.inline.IsSet() || c.VCF.fallback.inline.IsSet()) {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s holds a secret and everybody on this machine may read it: chmod 600 it", path))
	}
	return r, nil
}

// resolvePaths makes paths begin where the file is, not where the process started.
// Secrets' files are resolved when they are read.
func (c *Config) resolvePaths(base string) {
	for _, p := range []*string{&c.HomeAssistant.CAFile, &c.VCF.CAFile, &c.StateDir} {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(base, *p)
		}
	}
}

func (r *reader) parse(b []byte) {
	file, err := parser.ParseBytes(b, 0)
	var at yaml.Error
	switch {
	case errors.As(err, &at):
		r.syntax(at.GetToken(), at.GetMessage())
		return
	case err != nil:
		r.problem("", "cannot be read as YAML")
		return
	}
	for i, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if i > 0 {
			r.report(doc.GetToken().Position, "a second document begins here: keep everything in one, without ---")
			return
		}
		switch body := doc.Body.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			r.section("", body)
		case *ast.CommentGroupNode, *ast.NullNode:
		default:
			r.report(body.GetToken().Position, "the configuration must be a list of keys such as vcf: and home_assistant:")
		}
	}
}

// syntax reports what the YAML parser found. Its words may repeat what the file holds
// only where that is a key.
func (r *reader) syntax(t *token.Token, message string) {
	if t == nil || t.Position == nil {
		r.problem("", "cannot be read as YAML")
		return
	}
	if strings.HasPrefix(message, "mapping key ") {
		_, rest, _ := strings.Cut(message, "already defined at ")
		line, _, _ := strings.Cut(strings.Trim(rest, "[]"), ":")
		r.report(t.Position, fmt.Sprintf("%s stands here a second time, first in line %s: keep one of them", quote(t.Value), line))
		return
	}
	r.report(t.Position, "cannot be read as YAML: "+message+": check indentation and quotes around here")
}

// section reads the keys of a mapping.
func (r *reader) section(path string, node ast.Node) {
	var values []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	case *ast.NullNode: // a section whose keys are all commented out
		return
	default:
		r.report(node.GetToken().Position, fmt.Sprintf("%s must be a section: %s go below it, indented", path, r.children(path)))
		return
	}
	for _, v := range values {
		r.entry(path, v)
	}
}

// entry reads one key: a value that keys names, or a section on the way to one.
func (r *reader) entry(parent string, v *ast.MappingValueNode) {
	name := v.Key.GetToken().Value
	path, pattern := join(parent, name), join(parent, name)
	if parent == clustersKey {
		pattern = parent + ".*"
	} else if rest, ok := strings.CutPrefix(parent, clustersKey+"."); ok && rest != "" {
		pattern = clustersKey + ".*." + name
	}
	r.at[path] = v.Key.GetToken().Position
	switch v.Value.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode, *ast.MergeKeyNode:
		r.report(v.Value.GetToken().Position, path+": anchors, aliases and tags are not read here: write the value itself")
		return
	}
	dotted := strings.Contains(name, ".") && parent != clustersKey // "a.b:" is not a below b
	if k, ok := r.keys[pattern]; ok && !dotted {
		r.value(path, parent, k, v.Value)
		return
	}
	if r.children(pattern) == "" || dotted {
		r.report(v.Key.GetToken().Position, fmt.Sprintf("%s is not a key: %s takes %s", quote(path), orFile(parent), r.children(r.pattern(parent))))
		return
	}
	r.section(path, v.Value)
	if parent == clustersKey {
		r.missing(path+".image", clustersKey+".*.image")
	}
}

func (r *reader) value(path, parent string, k key, n ast.Node) {
	position := n.GetToken().Position
	r.at[path] = position
	name := ""
	if strings.Contains(k.path, "*") {
		name = strings.TrimPrefix(parent, clustersKey+".")
	}
	if _, null := n.(*ast.NullNode); null && !k.take(value{node: n, name: name}) {
		r.report(position, fmt.Sprintf("%s has no value: it must be %s, or the line must go", path, k.allow))
		return
	} else if null {
		return
	}
	if !k.take(value{node: n, name: name}) {
		r.report(position, fmt.Sprintf("%s: %s must be %s", path, show(path, n), k.allow))
	}
}

// pattern is a section's path as keys writes it.
func (r *reader) pattern(path string) string {
	if strings.HasPrefix(path, clustersKey+".") {
		return clustersKey + ".*"
	}
	return path
}

// children names what may stand in a section, in the order of keys; empty: it is none.
func (r *reader) children(path string) string {
	var names []string
	for _, k := range (defaults()).keys() {
		rest := k.path
		if path != "" {
			var ok bool
			if rest, ok = strings.CutPrefix(k.path, path+"."); !ok {
				continue
			}
		}
		name, _, _ := strings.Cut(rest, ".")
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
