package tui

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestMarkdown(t *testing.T) {
	got := Markdown("### Upgrading NSX\n\n**5.2.0.0 → 5.2.1.0** · ██░ 10 %  \nsince 11:04\n\n> [!WARNING]\n> **2 findings.** Go on?  \n> Press it.\n\n"+
		"- ⏳ **NSX**  \n  1 → 2\n- second\n\n- `11:04` a \\*b\\* &lt;i&gt; &amp; \\_c\\_ &#123;{ x }}\n\n[open](https://sddc.example/ui) <b>not</b>\n", 0, false)
	want := []string{"Upgrading NSX", "5.2.0.0 → 5.2.1.0 · ██░ 10 %", "since 11:04", "▌  WARNING  2 findings. Go on?", "▌ Press it.",
		"• ⏳ NSX", "  1 → 2", "• second", "• 11:04 a *b* <i> & _c_ {{ x }}", "open <https://sddc.example/ui> not"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := Markdown("**a** \x1b[31m\u202e", 0, true); strings.Contains(strings.ReplaceAll(strings.Join(got, ""), "\x1b[1m", ""), "\x1b[31m") {
		t.Errorf("control characters reach the terminal: %q", got)
	}
}

// Lines are as wide as there is room; a table that has none is read row by row.
func TestMarkdownInColumns(t *testing.T) {
	const source = "> **The prechecks found something.** Nothing goes on.\n\n| Component | Now | Next |\n|---|---|---|\n| NSX | `4.2.0` | 4.2.1 |\n| vCenter | 8.0.3 | |\n\n" +
		"[Open](https://sddc.example/ui) ~~old~~ one<br>two"
	want := []string{"▌ The prechecks found something. Nothing", "▌ goes on.", "Component  Now    Next", "NSX        4.2.0  4.2.1", "vCenter    8.0.3", "Open old one", "two"}
	if diff := cmp.Diff(want, Markdown(source, 42, false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	want = []string{"▌ The prechecks", "▌ found something.", "▌ Nothing goes on.", "NSX", "  Now: 4.2.0", "  Next: 4.2.1", "vCenter", "  Now: 8.0.3", "Open old one", "two"}
	if diff := cmp.Diff(want, Markdown(source, 20, false)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Wherever a control character stands, it gives the terminal no order.
func TestMarkdownIsInert(t *testing.T) {
	const foreign = "\x1b]0;x\x07\x1b[31m\u202e"
	for _, source := range []string{"# %", "% **%** ~~%~~", "`%`", "    %", "```\n%\n```", "> - %", "[%](http://x/%)", "<http://x/%>", "![%](%)", "| a% |\n|---|\n| `%` |", "<b>%", "&#27;[31m &#7;"} {
		for _, width := range []int{0, 30} {
			got := strings.Join(Markdown(strings.ReplaceAll(source, "%", foreign), width, false), "")
			if strings.ContainsFunc(got, func(c rune) bool { return !unicode.IsPrint(c) }) {
				t.Errorf("%q: %q", source, got)
			}
		}
	}
}
