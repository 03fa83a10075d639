package cli

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// The table of commands is whole: every command stands under a heading, has examples,
// and neither its usage nor its texts name a flag that is not there.
func TestCommands(t *testing.T) {
	byName := map[string]command{}
	for _, c := range commands() {
		if byName[c.name].name != "" {
			t.Errorf("%s is there twice", c.name)
		}
		byName[c.name] = c
	}
	ofCommand := regexp.MustCompile(`(?:([a-z]+)\s+)?--([a-z][a-z-]*)`)
	aFlag, aCommand := regexp.MustCompile(`--([a-z][a-z-]*)`), regexp.MustCompile(`(?:^|[ (])vcf-assistant ([a-z]+)( [^|>#]*)?`)
	for name, c := range byName {
		if !slices.Contains(groups, c.group) {
			t.Errorf("%s has no group: the overview would not list it", name)
		}
		if len(exampleRows(c.examples)) == 0 {
			t.Errorf("%s has no examples", name)
		}
		for _, f := range ofCommand.FindAllStringSubmatch(c.args+"\n"+c.more, -1) {
			of, ok := byName[f[1]] // "history --verify" in the help of another command
			if !ok {
				of = c
			}
			if of.flags().Lookup(f[2]) == nil {
				t.Errorf("%s tells of a --%s that %s has not", name, f[2], of.name)
			}
		}
		for _, row := range exampleRows(c.examples) {
			m := aCommand.FindStringSubmatch(row[0])
			if m == nil {
				continue
			}
			of, ok := byName[m[1]]
			if !ok {
				t.Errorf("%s: example %q: %s is no command", name, row[0], m[1])
			}
			for _, f := range aFlag.FindAllStringSubmatch(m[2], -1) {
				if ok && of.flags().Lookup(f[1]) == nil {
					t.Errorf("%s: example %q: %s has no %s", name, row[0], m[1], f[0])
				}
			}
		}
	}
}

// Help fits a terminal, and is plain where nobody watches.
func TestHelpFits(t *testing.T) {
	pages := [][]string{{"help"}, {"help", "environment"}}
	for _, c := range commands() {
		pages = append(pages, []string{"help", c.name})
	}
	for _, args := range pages {
		var out strings.Builder
		if code := Main(t.Context(), args, nil, &out, &out); code != 0 || strings.Contains(out.String(), "\x1b") {
			t.Errorf("%v: exit code %d:\n%q", args, code, out.String())
		}
		for line := range strings.Lines(out.String()) {
			if n := len([]rune(line)); n > 120 || strings.TrimRight(line, " \n")+"\n" != line {
				t.Errorf("%v: %d letters, or a space at the end: %q", args, n, line)
			}
		}
	}
}

// On a terminal headings are bold, unless the environment asks for plain text.
func TestHelpOnATerminal(t *testing.T) {
	for _, tt := range []struct {
		env  environment
		bold bool
	}{
		{environment{"TERM=xterm"}, true},
		{environment{"TERM=xterm", "NO_COLOR=1"}, false},
		{environment{"TERM=xterm", "NO_COLOR="}, true},
		{environment{"TERM=dumb"}, false},
	} {
		screen, us, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		read := make(chan string)
		go func() {
			b := make([]byte, 1<<16)
			all := ""
			for !strings.Contains(all, "steps  ") {
				n, err := screen.Read(b)
				if err != nil {
					break
				}
				all += string(b[:n])
			}
			read <- all
		}()
		if code := Main(t.Context(), []string{"help", "steps"}, tt.env, us, os.Stderr); code != 0 {
			t.Errorf("exit code %d", code)
		}
		us.Close()
		if out := <-read; strings.Contains(out, "\x1b[1mFlags\x1b[0m:") != tt.bold {
			t.Errorf("%v: bold is not %v: %q", tt.env, tt.bold, out)
		}
		screen.Close()
	}
}

func TestNearest(t *testing.T) {
	words := []string{"run", "check", "status", "start", "steps", "acknowledge", "version"}
	for typed, want := range map[string]string{
		"statsu": "status", "satus": "status", "strt": "start", "step": "steps", "STATUS": "status", "ack": "acknowledge", "aknowlege": "acknowledge",
		"verison": "version", "rnu": "run", "sta": "", "star": "start", "st": "", "s": "", "": "", "upgrade": "", "xyz": "", strings.Repeat("a", 1000): "",
	} {
		if got := nearest(typed, words); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
