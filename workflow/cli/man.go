package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"
)

const manHelp = `Prints the manual page in the format of man(7), made of the same table as help. The
packages install it as vcf-assistant(1).`

func setupMan(in *invocation, _ *flag.FlagSet) func(context.Context) error {
	return func(context.Context) error {
		_, err := io.WriteString(in.stdout, manual())
		return err
	}
}

// roff is a manual page that is being written.
type roff struct{ strings.Builder }

// manual is vcf-assistant(1). It names neither a version nor a date: two builds of the
// same source give the same bytes.
func manual() string {
	r := &roff{}
	r.raw(`.TH VCF\-ASSISTANT 1 "" "vcf\-assistant" "User Commands"`)
	r.raw(".nh", ".ad l", ".ss 12 0")
	r.section("NAME")
	r.raw(`vcf\-assistant \- upgrade VMware Cloud Foundation from Home Assistant`)
	r.section("SYNOPSIS")
	for _, c := range commands() {
		r.raw(`.B ` + roffText(strings.TrimSpace("vcf-assistant "+c.name)))
		if c.args != "" {
			r.text(c.args)
		}
		r.raw(".br")
	}
	r.section("DESCRIPTION")
	r.text(`vcf-assistant is a service beside Home Assistant. It watches every domain of VMware Cloud Foundation, shows it on a dashboard,
and, when somebody presses a button there, upgrades the domain to the next release: target version, bundles, SDDC Manager, prechecks,
an acknowledgement of what they found, NSX, vCenter, ESX clusters, final validation. Every step is journaled before it is acted on:
after a crash, a reboot or an update of this program the upgrade goes on where it stood.`)
	r.raw(".PP")
	r.paragraphs(sourcesHelp)
	r.section("COMMANDS")
	for _, c := range commands() {
		r.raw(".SS " + roffText(strings.TrimSpace(c.name+" "+c.args)))
		r.text(sentence(c.about) + ".")
		if c.more != "" {
			r.raw(".PP")
			r.paragraphs(c.more)
		}
		for _, row := range c.flagRows() {
			r.item(row[0], row[1])
		}
		r.raw(".PP")
		r.examples(c.examples)
	}
	r.section("ENVIRONMENT")
	r.facts(variables)
	r.section("FILES")
	r.facts(files)
	r.section("EXIT STATUS")
	r.facts(codes)
	r.section("EXAMPLES")
	r.examples(overviewExamples)
	r.section("SEE ALSO")
	r.raw(`.BR systemctl (1),`, `.BR journalctl (1),`, `.BR systemd.exec (5)`)
	return r.String()
}

func (r *roff) raw(lines ...string) {
	for _, line := range lines {
		r.WriteString(line + "\n")
	}
}

func (r *roff) section(name string) { r.raw(".SH " + name) }

// text is one paragraph, to be filled.
func (r *roff) text(text string) {
	for line := range strings.Lines(text) {
		r.raw(roffText(strings.TrimSpace(line)))
	}
}

// paragraphs keeps lines that begin with a space as they are: they are tables or code.
func (r *roff) paragraphs(text string) {
	asIs := false
	for line := range strings.Lines(strings.TrimSpace(text)) {
		line = strings.TrimRight(line, "\n")
		if code := strings.HasPrefix(line, " "); code != asIs && line != "" {
			r.raw(map[bool]string{true: ".nf", false: ".fi"}[code])
			asIs = code
		}
		if line == "" {
			r.raw(".PP")
			continue
		}
		r.raw(roffText(line))
	}
	if asIs {
		r.raw(".fi")
	}
}

func (r *roff) item(name, about string) {
	r.raw(".TP", ".B "+roffText(name))
	r.text(about)
}

func (r *roff) facts(facts []fact) {
	for _, f := range facts {
		r.item(f[0], f[1])
	}
}

func (r *roff) examples(lines string) {
	for _, row := range exampleRows(lines) {
		if row[1] != "" {
			r.raw(".PP", roffText(sentence(strings.TrimPrefix(row[1], "# "))+":"))
		}
		r.raw(".PP", ".RS 4", ".nf", roffText(row[0]), ".fi", ".RE")
	}
}

// roffText is a text that roff prints as it is, hyphens as the ones that can be copied.
func roffText(s string) string {
	s = strings.NewReplacer(`\`, `\e`, `-`, `\-`, `'`, `\(aq`, "`", `\(ga`, `"`, `\(dq`, `^`, `\(ha`, `~`, `\(ti`).Replace(s)
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	for _, c := range s {
		if c > 126 {
			s = strings.ReplaceAll(s, string(c), fmt.Sprintf(`\[u%04X]`, c))
		}
	}
	return s
}
