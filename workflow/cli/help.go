package cli

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

// group is a heading of the overview.
type group string

const (
	groupStart   group = "Try and check"
	groupLook    group = "Look"
	groupAct     group = "Act"
	groupHome    group = "In Home Assistant"
	groupService group = "Service"
	groupHelp    group = "Help and support"
)

// groups are all headings, in the order of the overview.
var groups = []group{groupStart, groupLook, groupAct, groupHome, groupService, groupHelp}

// helpPage is help that is being written.
type helpPage struct {
	bytes.Buffer
	bold bool // on a terminal that can
}

// print shows a page of help.
func (in *invocation) print(write func(*helpPage)) error {
	p := &helpPage{bold: in.colored(in.stdout)}
	write(p)
	if _, err := in.stdout.Write(p.Bytes()); err != nil {
		return fmt.Errorf("writing the help: %w", err)
	}
	return nil
}

// colored tells whether people read w on a terminal that they want colours on
// (no-color.org).
func (in *invocation) colored(w io.Writer) bool {
	return isTerminal(w) && in.env.get("NO_COLOR") == "" && in.env.get("TERM") != "dumb"
}

func (p *helpPage) line(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

func (p *helpPage) heading(text string) {
	if p.bold {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	p.line("\n%s:", text)
}

// rows prints pairs, the second ones below each other.
func (p *helpPage) rows(rows [][2]string) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r[0]))
	}
	for _, r := range rows {
		p.line("%s", strings.TrimRight(fmt.Sprintf("  %-*s  %s", width, r[0], r[1]), " "))
	}
}

// help is the command help: the overview, or the page of a command or topic.
func (in *invocation) help(args []string) error {
	args = slices.DeleteFunc(slices.Clone(args), isHelpFlag)
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		return usage("help: %s is not a flag: help takes none", short(args[0]))
	}
	if len(args) > 1 {
		return usage("help: %s is one argument too many: help takes the name of one command", quote(args[1]))
	}
	if len(args) == 0 {
		return in.print(overview)
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return in.print(c.help)
		}
	}
	for _, t := range topicsOfHelp {
		if t.name == args[0] {
			return in.print(t.print)
		}
	}
	return unknownCommand(args[0], true)
}

func overview(p *helpPage) {
	p.line("vcf-assistant upgrades VMware Cloud Foundation domains from the dashboard of Home Assistant.\n")
	p.line("Usage: vcf-assistant [COMMAND] [FLAGS]")
	all := commands()
	width := 0
	for _, c := range all {
		width = max(width, len(c.name))
	}
	for _, g := range groups {
		if !slices.ContainsFunc(all, func(c command) bool { return c.group == g }) {
			continue
		}
		p.heading(string(g))
		for _, c := range all {
			if c.group == g {
				p.line("  %-*s  %s", width, c.name, c.about)
			}
		}
	}
	p.examples(overviewExamples)
	p.line("")
	for _, t := range topicsOfHelp {
		p.line("vcf-assistant help %s: %s.", t.name, t.about)
	}
	p.line("vcf-assistant help COMMAND, or COMMAND -h: what it does, its flags, examples.")
}

// help is the page of a command.
func (c command) help(p *helpPage) {
	p.line("%s.\n", sentence(c.about))
	p.line("Usage: %s", c.usage())
	if c.more != "" {
		p.line("\n%s", strings.TrimSpace(c.more))
	}
	if rows := c.flagRows(); len(rows) > 0 {
		p.heading("Flags")
		p.rows(rows)
	}
	p.examples(c.examples)
}

// usage is the line that shows what a command takes.
func (c command) usage() string { return strings.TrimSpace("vcf-assistant " + c.name + " " + c.args) }

// flagRows are a command's flags, each with what it does.
func (c command) flagRows() (rows [][2]string) {
	c.flags().VisitAll(func(f *flag.Flag) {
		value, about := flag.UnquoteUsage(f)
		if isSet := f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0"; isSet && !strings.Contains(about, f.DefValue) {
			about += " (default " + f.DefValue + ")"
		}
		rows = append(rows, [2]string{strings.TrimSpace("--" + f.Name + " " + value), about})
	})
	return rows
}

// examples stand beside what they do, or below it where that would be too wide.
func (p *helpPage) examples(lines string) {
	rows := exampleRows(lines)
	if len(rows) == 0 {
		return
	}
	p.heading("Examples")
	width, abouts := 0, 0
	for _, r := range rows {
		width, abouts = max(width, len(r[0])), max(abouts, len(r[1]))
	}
	if width+abouts < 96 {
		p.rows(rows)
		return
	}
	for _, r := range rows {
		if r[1] != "" {
			p.line("  %s", r[1])
		}
		p.line("  %s", r[0])
	}
}

// exampleRows are the lines of examples, each with what it does: that stands behind the
// last " # ".
func exampleRows(lines string) (rows [][2]string) {
	for line := range strings.Lines(lines) {
		command, about := strings.TrimSpace(line), ""
		if i := strings.LastIndex(command, "# "); i > 0 && strings.HasSuffix(command[:i], " ") {
			command, about = strings.TrimSpace(command[:i]), "# "+strings.TrimSpace(command[i+2:])
		}
		if command != "" {
			rows = append(rows, [2]string{command, about})
		}
	}
	return rows
}

// sentence begins a text with a capital letter.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
