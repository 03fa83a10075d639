package tui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/yuin/goldmark/ast"
)

// table renders rows of columns; where they do not fit beside each other, each row is a
// paragraph: its first cell, then the others with their headings.
func (t *terminal) table(n ast.Node) {
	var rows [][]string
	var widths []int
	for row := n.FirstChild(); row != nil; row = row.NextSibling() { // the header is the first
		var cells []string
		for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
			text := strings.TrimSpace(strings.ReplaceAll(t.inline(cell), "\n", " "))
			cells = append(cells, text)
			if len(cells) > len(widths) {
				widths = append(widths, 0)
			}
			widths[len(cells)-1] = max(widths[len(cells)-1], ansi.StringWidth(text))
		}
		rows = append(rows, cells)
	}
	if len(rows) == 0 {
		return
	}
	const gap = 2
	total := -gap
	for _, w := range widths {
		total += w + gap
	}
	if t.width > 0 && total > t.room() {
		t.stacked(rows)
		return
	}
	for i, cells := range rows {
		var line strings.Builder
		for j, cell := range cells {
			if i == 0 && cell != "" {
				cell = t.style("1", cell)
			}
			line.WriteString(cell)
			if j < len(cells)-1 {
				line.WriteString(strings.Repeat(" ", widths[j]-ansi.StringWidth(cell)+gap))
			}
		}
		t.add(strings.TrimRight(line.String(), " "))
	}
}

func (t *terminal) stacked(rows [][]string) {
	header := rows[0]
	for _, cells := range rows[1:] {
		for j, cell := range cells {
			switch {
			case cell == "":
			case j == 0:
				t.add(t.style("1", cell))
			case j < len(header) && header[j] != "":
				t.add("  " + header[j] + ": " + cell)
			default:
				t.add("  " + cell)
			}
		}
	}
}
