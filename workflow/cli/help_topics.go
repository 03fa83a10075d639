package cli

import "strings"

// topic is a page of help that belongs to no command.
type topic struct {
	name, about string
	print       func(*helpPage)
}

// topicsOfHelp are what help knows beside commands.
var topicsOfHelp = []topic{
	{"environment", "where the configuration and the secrets come from; files, variables, exit codes", environmentPage},
}

// fact is a name of the program's surroundings, with what it means.
type fact = [2]string

// variables are the environment variables that the program reads.
var variables = []fact{
	{"VCF_ASSISTANT_CONFIG", "the configuration file, where --config does not name one"},
	{"HASS_URL, HASS_TOKEN", "Home Assistant's address and long-lived access token"},
	{"VCF_URL, VCF_USERNAME, VCF_PASSWORD", "SDDC Manager's address and account"},
	{"VCF_NAME_PASSWORD", "the password of the instance NAME, in capitals: VCF_LAB_PASSWORD is that of lab"},
	{"VCF_CA_FILE", "a file with the authorities that SDDC Manager's certificate may come from"},
	{"STATE_DIRECTORY", "the state directory, where the configuration names none; systemd sets it"},
	{"CREDENTIALS_DIRECTORY", "a folder with the secrets hass-token, vcf-password, vcf-fallback-password and vcf-NAME-password; systemd sets it"},
	{"NO_COLOR", "if set: no colours. TERM=dumb is the same, and a pipe"},
}

// files are what the program reads and keeps.
var files = []fact{
	{systemConfig, "the configuration, where neither --config nor $VCF_ASSISTANT_CONFIG names one"},
	{"/etc/vcf-assistant/hass-token, /etc/vcf-assistant/vcf-password", "the two secrets, which the service gets from systemd as credentials"},
	{systemState, "the state of the service: journals of all upgrades below runs, reports, the release that was offered last. Its user's alone"},
}

// codes are the exit codes.
var codes = []fact{
	{"0", "done"},
	{"1", "failure"},
	{"2", "a wrong command line or configuration"},
	{"3", "refused credentials, and no upgrade is unfinished. systemd restarts the service on neither 2 nor 3"},
}

const sourcesHelp = `The configuration is the file that --config or $VCF_ASSISTANT_CONFIG names, else
` + systemConfig + ` if there is one. What it leaves out comes from the
environment, then from systemd's credentials, then from the defaults. Secrets are
never taken from the command line.`

func environmentPage(p *helpPage) {
	p.line("%s", sourcesHelp)
	p.heading("Variables")
	p.facts(variables)
	p.heading("Files")
	p.facts(files)
	p.heading("Exit codes")
	p.rows(codes)
}

// facts prints each name on a line of its own, and what it means below.
func (p *helpPage) facts(facts []fact) {
	for _, f := range facts {
		p.line("  %s", f[0])
		for _, line := range wrap(f[1], 76) {
			p.line("      %s", line)
		}
	}
}

// wrap breaks a text into lines of at most width letters, where its words allow.
func wrap(text string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}
