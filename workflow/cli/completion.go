package cli

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vcf-assistant/workflow"
)

const completionHelp = `Prints a script that completes commands, flags, files and, as far as the state
directory may be read, the names of domains, runs and instances. The packages install it.
The words domains, runs and instances in place of a shell print those names, for the
scripts: one a line, and none where nothing can be read.`

func setupCompletion(in *invocation, flags *flag.FlagSet) func(context.Context) error {
	dir := flags.String("state-dir", "", "look for names in the state directory `DIR`")
	path := configFlag(flags)
	return func(context.Context) error {
		if flags.NArg() == 0 {
			return usage("completion: name a shell, bash, zsh or fish: vcf-assistant help completion tells where its script goes")
		}
		word := flags.Arg(0)
		var b strings.Builder
		switch word {
		case "bash":
			bashCompletion(&b)
		case "zsh":
			zshCompletion(&b)
		case "fish":
			fishCompletion(&b)
		case "domains":
			writeNames(&b, in.namesDirectory(*path, *dir), domainNames)
		case "runs":
			writeNames(&b, in.namesDirectory(*path, *dir), runNames)
		case "instances":
			writeNames(&b, in.namesDirectory(*path, *dir), instanceNames)
		default:
			return usage("completion: %s is no shell that it knows: %sname bash, zsh or fish", quote(word), didYouMean(word, []string{"bash", "fish", "zsh"}))
		}
		_, err := io.WriteString(in.stdout, b.String())
		return err
	}
}

// namesDirectory is the state directory where names are looked for. A configuration that
// is wrong is no reason to say so in the middle of somebody's line.
func (in *invocation) namesDirectory(path, dir string) string {
	if dir != "" {
		return dir
	}
	c, err := load(path, in.env)
	if err != nil {
		c = defaults()
		c.findState(in.env)
	}
	return c.stateDirectory()
}

// writeNames leaves out what a shell would split or evaluate.
func writeNames(b *strings.Builder, dir string, named func(stateOf) []string) {
	for _, s := range instancesIn(dir) {
		for _, name := range named(s) {
			if name != "" && shellWord(name) == name {
				b.WriteString(name + "\n")
			}
		}
	}
}

func domainNames(s stateOf) (names []string) {
	refs, err := workflow.Domains(s.dir)
	if err != nil {
		return nil
	}
	for _, d := range refs {
		names = append(names, s.called(d.Name), s.called(fmt.Sprintf("domain%d", d.Number)))
	}
	return names
}

func runNames(s stateOf) (names []string) {
	entries, _ := os.ReadDir(filepath.Join(s.dir, "runs"))
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".jsonl"); ok {
			names = append(names, s.called(name))
		}
	}
	slices.Reverse(names) // the newest first: their names begin with the time
	return names
}

func instanceNames(s stateOf) []string { return []string{s.name} }

// called is how commands name something of an instance: lab/domain1.
func (s stateOf) called(name string) string {
	if s.name == "" || name == "" {
		return name
	}
	return s.name + "/" + name
}

// completed is what completion knows of a command.
type completed struct {
	command
	flagList []completedFlag
	words    []string // the literal ones that it takes
	kinds    []string // names that it takes: domains, runs
}

// completedFlag is a flag, and what its value is: "" if it takes none, else "file",
// "folder", "instances", "any", or words.
type completedFlag struct {
	name, about, value string
	words              []string
}

// completions are all commands, from their table.
func completions() (all []completed) {
	for _, c := range commands() {
		k := completed{command: c}
		c.flags().VisitAll(func(f *flag.Flag) {
			value, about := flag.UnquoteUsage(f)
			one := completedFlag{name: "--" + f.Name, about: about}
			if b, ok := f.Value.(interface{ IsBoolFlag() bool }); !ok || !b.IsBoolFlag() {
				one.value = map[string]string{"FILE": "file", "PATH": "file", "DIR": "folder", "LEVEL": "words"}[value]
				if one.value == "" {
					one.value = "any"
				}
				if f.Name == "instance" {
					one.value = "instances"
				}
				if one.value == "words" {
					one.words = []string{"debug", "info", "warn", "error"}
				}
			}
			k.flagList = append(k.flagList, one)
		})
		for word := range strings.FieldsFuncSeq(arguments(c.args), func(c rune) bool { return strings.ContainsRune(" []|", c) }) {
			switch word {
			case "DOMAIN":
				k.kinds = append(k.kinds, "domains")
			case "RUN":
				k.kinds = append(k.kinds, "runs")
			case "COMMAND":
				for _, c := range commands() {
					k.words = append(k.words, c.name)
				}
			case "TOPIC":
				for _, t := range topicsOfHelp {
					k.words = append(k.words, t.name)
				}
			default:
				if strings.ToLower(word) == word {
					k.words = append(k.words, word)
				}
			}
		}
		all = append(all, k)
	}
	return all
}

// arguments is what usage shows beside flags.
func arguments(args string) string {
	for {
		before, rest, found := strings.Cut(args, "[--")
		if !found {
			return args
		}
		depth, end := 1, len(rest)
		for i, c := range rest {
			switch c {
			case '[':
				depth++
			case ']':
				depth--
			}
			if depth == 0 {
				end = i + 1
				break
			}
		}
		args = before + rest[end:]
	}
}
