package cli

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/goccy/go-yaml/ast"
)

// Problem is one thing that is wrong in the configuration.
type Problem struct {
	File      string // empty: not of a file
	Line, Col int    // from 1; zero: not at one place
	Text      string // the key, what is allowed, the next move
}

func (p Problem) String() string {
	switch {
	case p.File == "":
		return p.Text
	case p.Line == 0:
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Text)
}

// ConfigError is everything that is wrong in the configuration, one line each.
type ConfigError []Problem

func (e ConfigError) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// show is a value as an error may repeat it: never a secret, and no address that may
// hold one.
func show(path string, n ast.Node) string {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a section"
	case *ast.SequenceNode:
		return "this list"
	case *ast.StringNode:
		if isSecret(path) || strings.Contains(n.Value, "@") {
			return "the value"
		}
		return quote(n.Value)
	}
	if isSecret(path) || n.GetToken() == nil {
		return "the value"
	}
	return quote(n.GetToken().Value)
}

func isSecret(path string) bool {
	return strings.HasSuffix(path, "token") || strings.HasSuffix(path, "password")
}

// quote makes one short printable line of a foreign text.
func quote(s string) string {
	s = printable(s)
	if runes := []rune(s); len(runes) > 60 {
		s = string(runes[:59]) + "…"
	}
	return strconv.Quote(s)
}

// printable makes one line of a text.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, s)
}
