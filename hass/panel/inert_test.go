package panel

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	gmtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "all is well", "all is well"},
		{"line ends", "a\r\nb\n\nc\td", "a b c d"},
		{"unicode line ends", "a\u2028b\u2029c\u0085d", "a b c d"},
		{"control characters", "a\x00b\x1b[31mred\x7f", "a b [31mred"},
		{"direction marks", "safe\u202egpj.exe\u202c \u2067x\u2069\u200f\u061c", "safegpj.exe x"},
		{"zero width", "pass\u200bword\ufeff\u00ad", "password"},
		{"tags", "hi\U000e0041\U000e0042", "hi"},
		{"invalid bytes", "a\xffb", "a\ufffdb"},
		{"only spaces", " \n\t ", ""},
		{"combining and emoji stay", "e\u0301 ✅", "e\u0301 ✅"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, plain(c.in)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"äöüß", 3, "äö…"}, {"ab cd", 4, "ab…"}, {"", 1, ""}} {
		if got := cut(c.in, c.n); got != c.want {
			t.Errorf("cut(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestInert(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"words stay readable", "Task 12 of NSX_T_MANAGER: 5.2.1.0 (80%) is ready!", "Task 12 of NSX_T_MANAGER: 5.2.1.0 (80%) is ready!"},
		{"emphasis", "**bold** _it_ __b__", `\*\*bold\*\* \_it\_ \_\_b\_\_`},
		{"html", `<img src=x onerror="alert(1)">`, `&lt;img src=x onerror="alert(1)"&gt;`},
		{"entity", "&lt; &#60;", "&amp;lt; &amp;#60;"},
		{"link", "[click](javascript:alert(1))", `\[click\](javascript:alert(1))`},
		{"image", "![x](http://a/b)", `!\[x\](http\://a/b)`},
		{"bare addresses", "see https://evil.example, www.evil.example, a@b.example", `see https\://evil.example, www\.evil.example, a\@b.example`},
		{"templates", "{{ states('x') }} {% if 1 %} {# c #}", "&#123;&#123; states('x') }} &#123;% if 1 %} &#123;# c #}"},
		{"table", "a | b", `a \| b`},
		{"code", "`rm -rf` ~~no~~", "\\`rm -rf\\` \\~\\~no\\~\\~"},
		{"heading", "# big", `\# big`},
		{"list", "- one\n- two", `\- one - two`},
		{"numbered list", "12. twelve", `12\. twelve`},
		{"numbered list, other form", "1) one", `1\) one`},
		{"version", "5.2.1.0", "5.2.1.0"},
		{"number at the end", "5.", `5\.`},
		{"callout", "[!CAUTION] x", `\[!CAUTION\] x`},
		{"rule", "---", `\---`},
		{"backslash", `C:\*`, `C:\\\*`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, inert(c.in)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			checkInert(t, c.in)
		})
	}
}

// FuzzInert renders what inert makes of any bytes, in every place where the card has
// foreign text: it reads as it was and is no markup.
func FuzzInert(f *testing.F) {
	for _, s := range []string{"", ": 0", "<script>alert(1)</script>", "[a](b)", "{{ x }}", "a|b|c", "\u202eevil", "1. x", "http://x.example", "&amp;",
		"- [ ] todo", "`code`", "***", "===", "\t\tcode", "a@b.cc", "\\", "[^1]: note", "[a]: http://b.example", "_ _a_", "www.a.example", "ftp://a.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkInert(t, s) })
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList))

func checkInert(t *testing.T, s string) {
	t.Helper()
	got := inert(s)
	for _, template := range []string{"{{", "{%", "{#"} {
		if strings.Contains(got, template) {
			t.Errorf("inert(%q) = %q holds %s", s, got, template)
		}
	}
	if i := strings.IndexFunc(got, func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }); i >= 0 {
		t.Errorf("inert(%q) = %q holds a control character at %d", s, got, i)
	}
	want := plain(s)
	if want == "" {
		return
	}
	for _, place := range []struct{ prefix, suffix, before, after string }{
		{"", "\n", "", ""},
		{"- ", "\n", "", ""},
		{"a text ", " goes on\n", "a text ", " goes on"},
		{"- ", "  \n  second line\n", "", "second line"},
		{"a line\n", "\n", "a line", ""},
		{"> [!NOTE]\n> ", "\n", "[!NOTE]", ""},
		{"| a | b |\n|---|---|\n| x | ", " |\n", "abx", ""},
	} {
		texts, kind := renderedText(place.prefix + got + place.suffix)
		if kind != "" {
			t.Errorf("inert(%q) = %q after %q is a %s", s, got, place.prefix, kind)
		}
		if w := place.before + want + place.after; texts != w {
			t.Errorf("inert(%q) = %q after %q reads %q, want %q", s, got, place.prefix, texts, w)
		}
	}
}

// renderedText is the text of a markdown document and the first kind of node in it
// that our own frames do not have.
func renderedText(source string) (string, string) {
	src := []byte(source)
	var b strings.Builder
	foreign := ""
	depth := map[string]int{}
	_ = ast.Walk(markdown.Parser().Parse(gmtext.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		kind := n.Kind().String()
		depth[kind]++
		switch kind {
		case "Document", "Paragraph", "TextBlock", "String":
		case "List", "ListItem", "Blockquote", "Table", "TableHeader", "TableRow": // one each, of the frame
			if depth[kind] > 1 {
				foreign = "second " + kind
			}
		case "TableCell":
			if depth[kind] > 4 {
				foreign = "fifth " + kind
			}
		case "Text":
			b.Write(util.UnescapePunctuations(util.ResolveEntityNames(util.ResolveNumericReferences(n.(*ast.Text).Segment.Value(src)))))
		default:
			foreign = kind
		}
		return ast.WalkContinue, nil
	})
	return b.String(), foreign
}

func TestInertUpToNeverCutsAnEscape(t *testing.T) {
	if got, want := inertUpTo("<<<<", 3), "&lt;&lt;…"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLink(t *testing.T) {
	for _, c := range []struct{ address, want string }{
		{"https://sddc.example/ui/domains/1", "[Open](<https://sddc.example/ui/domains/1>)"},
		{"https://sddc.example/a(b)?x=<y>", "[Open](<https://sddc.example/a%28b%29?x=%3Cy%3E>)"},
		{"javascript:alert(1)", "Open"},
		{"https://user:secret@sddc.example/", "Open"},
		{"//host/x", "Open"},
		{"https://sddc.example/\n[x](y)", "Open"},
		{"", "Open"},
	} {
		if got := link("Open", c.address); got != c.want {
			t.Errorf("link(%q) = %q, want %q", c.address, got, c.want)
		}
	}
}

func TestHTMLText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"<p>VMware <b>Cloud</b> Foundation&nbsp;5.2.1</p><ul><li>one</li><li>two</li></ul>", "VMware Cloud Foundation 5.2.1 one two"},
		{"<script>alert(1)</script>after<style>p{}</style> it", "after it"},
		{"a < b && c", "a < b && c"},
		{"<a href='x", ""},
		{"plain", "plain"},
	} {
		if got := htmlText(c.in); got != c.want {
			t.Errorf("htmlText(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// kindsOf counts the nodes of a document, and names those that our cards never use.
func kindsOf(source string) (map[string]int, []string) {
	kinds := map[string]int{}
	var foreign []string
	src := []byte(source)
	_ = ast.Walk(markdown.Parser().Parse(gmtext.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		kind := n.Kind().String()
		kinds[kind]++
		switch kind {
		case "Document", "Paragraph", "TextBlock", "String", "Text", "Heading", "List", "ListItem", "Blockquote", "Emphasis", "CodeSpan", "Link":
		default:
			foreign = append(foreign, kind)
		}
		return ast.WalkContinue, nil
	})
	return kinds, foreign
}
