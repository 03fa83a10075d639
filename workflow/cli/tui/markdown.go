package tui

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	table "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// cards reads what Home Assistant's markdown cards read.
var cards = func() parser.Parser {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Parser()
}

// terminal turns the markdown of a card into lines for a terminal: what Home Assistant
// renders as headings, lists, tables and boxes.
type terminal struct {
	source []byte
	width  int // zero: lines are as long as they are
	color  bool
	lines  []string
	prefix string // of every line
	bullet string // of the next line only; then it is blanks
}

// Markdown is a card as lines of text, at most so many columns wide; zero: however wide.
func Markdown(markdown string, width int, color bool) []string {
	t := &terminal{source: []byte(markdown), width: width, color: color}
	t.blocks(cards().Parse(gmtext.NewReader(t.source)))
	return t.lines
}

// blocks renders the children of a node that holds blocks.
func (t *terminal) blocks(parent ast.Node) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			t.add(t.style("1", t.inline(n)))
		case *ast.Blockquote:
			t.indent("▌ ", n)
		case *ast.ListItem:
			bullet := t.bullet
			t.bullet = "• "
			t.indent("  ", n)
			t.bullet = bullet
		case *ast.List:
			t.blocks(n)
		case *table.Table:
			t.table(n)
		case *ast.ThematicBreak:
			t.add("────")
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				t.add(printable(strings.TrimRight(string(line.Value(t.source)), "\n")))
			}
		case *ast.HTMLBlock: // nothing to read
		default:
			if n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeBlock {
				t.blocks(n)
				continue
			}
			for line := range strings.SplitSeq(t.inline(n), "\n") {
				t.add(t.callout(line))
			}
		}
	}
}

func (t *terminal) indent(by string, n ast.Node) {
	before := t.prefix
	t.prefix += by
	t.blocks(n)
	t.prefix = before
}

// room is how wide a line may be behind the prefix; zero: however wide.
func (t *terminal) room() int {
	if t.width == 0 {
		return 0
	}
	return max(8, t.width-ansi.StringWidth(t.prefix))
}

func (t *terminal) add(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	prefix := t.prefix
	if t.bullet != "" {
		prefix = strings.TrimSuffix(prefix, "  ") + t.bullet
		t.bullet = ""
	}
	if t.width == 0 {
		t.lines = append(t.lines, prefix+line)
		return
	}
	for part := range strings.SplitSeq(lipgloss.Wrap(line, t.room(), ""), "\n") {
		t.lines = append(t.lines, prefix+part)
		prefix = t.prefix
	}
}

// callout shows what a box begins with, "[!WARNING]", as its word.
func (t *terminal) callout(line string) string {
	if kind, rest, ok := strings.Cut(strings.TrimPrefix(line, "[!"), "]"); ok && strings.HasPrefix(line, "[!") {
		return t.style("7", " "+kind+" ") + rest
	}
	return line
}

// inline is the text of a node that holds no blocks; a hard line break is a new line.
func (t *terminal) inline(parent ast.Node) string {
	var b strings.Builder
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			b.WriteString(t.text(n.Segment.Value(t.source)))
			switch {
			case n.HardLineBreak():
				b.WriteByte('\n')
			case n.SoftLineBreak():
				b.WriteByte(' ')
			}
		case *ast.String:
			b.WriteString(printable(string(n.Value)))
		case *ast.CodeSpan:
			for c := n.FirstChild(); c != nil; c = c.NextSibling() {
				if part, ok := c.(*ast.Text); ok {
					b.WriteString(printable(string(part.Segment.Value(t.source))))
				}
			}
		case *ast.Emphasis:
			b.WriteString(t.style("1", t.inline(n)))
		case *table.Strikethrough:
			b.WriteString(t.style("9", t.inline(n)))
		case *ast.Link:
			if t.width > 0 { // an address fills the screen, and leads nowhere in a simulation
				b.WriteString(t.style("4", t.inline(n)))
				continue
			}
			b.WriteString(t.inline(n) + " <" + printable(string(n.Destination)) + ">")
		case *ast.AutoLink:
			b.WriteString(printable(string(n.URL(t.source))))
		case *ast.RawHTML:
			if strings.HasPrefix(strings.ToLower(string(n.Segments.Value(t.source))), "<br") {
				b.WriteByte('\n')
			}
		default:
			b.WriteString(t.inline(n))
		}
	}
	return b.String()
}

// text resolves escapes and entities, and keeps control characters from the terminal.
func (t *terminal) text(b []byte) string {
	return printable(string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(b)))))
}

func (t *terminal) style(code, s string) string {
	if !t.color {
		return s
	}
	return paint(code, s)
}

// paint is s in a style of the terminal's own ("1;36"); the program takes colours away
// where they are not wanted.
func paint(code, s string) string { return "\x1b[" + code + "m" + s + "\x1b[0m" }
