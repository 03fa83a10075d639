package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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
	order    []key // as they are listed in messages
	at       map[string]*token.Position
	list     *ast.SequenceNode // vcf as a list; nil: it is none
	problems ConfigError
}

// readFile reads the YAML file into c. Every problem is reported, not only the first.
func (c *Config) readFile(path string) (*reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, notOpened(err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, ConfigError{{Text: fmt.Sprintf("configuration: %v: name a file with --config", err)}}
	}
	r := &reader{file: path, keys: map[string]key{}, at: map[string]*token.Position{}}
	r.know(c.keys())
	if len(b) > maxFile {
		r.problem("", fmt.Sprintf("is larger than %d bytes: this is no configuration", maxFile))
	} else {
		r.parse(b)
	}
	if r.list != nil {
		c.readInstances(r, r.list)
	}
	c.File = path
	c.resolvePaths(filepath.Dir(path))
	info, err := f.Stat()
	if err == nil && info.Mode().Perm()&0o004 != 0 && c.holdsSecret() {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s holds a secret and everybody on this machine may read it: chmod 600 it", path))
	}
	return r, nil
}

// notOpened is why there is no configuration: a file that is there is not to be written.
func notOpened(err error) ConfigError {
	next := "write that file"
	if errors.Is(err, fs.ErrPermission) {
		next = "run this as root or as the user of the service"
	}
	return ConfigError{{Text: fmt.Sprintf("configuration: %v: %s, or name another one with --config", err, next)}}
}

// holdsSecret tells whether a secret stands in the file itself.
func (c *Config) holdsSecret() bool {
	return c.HomeAssistant.token.inline.IsSet() || slices.ContainsFunc(c.VCF, func(v *VCF) bool {
		return v.password.inline.IsSet() || v.fallback.inline.IsSet()
	})
}

// resolvePaths makes paths begin where the file is, not where the process started.
// Secrets' files are resolved when they are read.
func (c *Config) resolvePaths(base string) {
	paths := []*string{&c.HomeAssistant.CAFile, &c.StateDir}
	for _, v := range c.VCF {
		paths = append(paths, &v.CAFile)
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(base, *p)
		}
	}
}

// know adds keys that the file may hold.
func (r *reader) know(keys []key) {
	for _, k := range keys {
		r.keys[k.path] = k
	}
	r.order = append(r.order, keys...)
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
	clusters, cluster, inClusters := cutClusters(parent)
	switch {
	case inClusters && cluster == "":
		pattern = clusters + ".*"
	case inClusters:
		pattern = clusters + ".*." + name
	}
	r.at[path] = v.Key.GetToken().Position
	switch v.Value.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode, *ast.MergeKeyNode:
		r.report(v.Value.GetToken().Position, path+": anchors, aliases and tags are not read here: write the value itself")
		return
	}
	if list, ok := v.Value.(*ast.SequenceNode); ok && path == "vcf" {
		r.list = list // read when the rest is known
		return
	}
	dotted := strings.Contains(name, ".") && !(inClusters && cluster == "") // "a.b:" is not a below b
	if k, ok := r.keys[pattern]; ok && !dotted {
		r.value(path, parent, k, v.Value)
		return
	}
	if path == "vcf.name" {
		r.report(v.Key.GetToken().Position, "vcf.name: a name belongs to an instance in a list: write - before the first key below vcf")
		return
	}
	if r.children(pattern) == "" || dotted {
		r.report(v.Key.GetToken().Position, fmt.Sprintf("%s is not a key: %s takes %s", quote(path), orFile(parent), r.children(r.pattern(parent))))
		return
	}
	r.section(path, v.Value)
	if inClusters && cluster == "" {
		r.missing(path+".image", clusters+".*.image")
	}
}

func (r *reader) value(path, parent string, k key, n ast.Node) {
	position := n.GetToken().Position
	r.at[path] = position
	name := ""
	if strings.Contains(k.path, "*") {
		_, name, _ = cutClusters(parent)
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
