package cli

import (
	"flag"
	"slices"
	"strings"
)

// didYouMean ends a sentence about a mistyped word; empty: no other word is near.
func didYouMean(typed string, words []string) string {
	if near := nearest(typed, words); near != "" {
		return "did you mean " + near + "? "
	}
	return ""
}

// nearest is the word that was meant by a mistyped one: the only one that it begins, or
// the one with the fewest slips of the finger between them. Empty: none is near.
func nearest(typed string, words []string) string {
	letters := []rune(strings.ToLower(typed))
	if len(letters) > 40 { // a foreign text, not a slip
		return ""
	}
	if len(letters) > 1 {
		begun := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, string(letters)) })
		if len(begun) == 1 {
			return begun[0]
		}
	}
	best, least := "", 1+max(1, min(len(letters)/3, 3))
	for _, w := range words {
		if d := slips(letters, []rune(w)); d < least {
			best, least = w, d
		}
	}
	return best
}

// slips counts letters put in, left out, exchanged or swapped with their neighbour
// (optimal string alignment).
func slips(a, b []rune) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			other := 1
			if a[i-1] == b[j-1] {
				other = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+other)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

// unknownCommand is the error of a word that is no command; topics: those of help too.
func unknownCommand(word string, topics bool) error {
	var words []string
	for _, c := range commands() {
		words = append(words, c.name)
	}
	what := "is not a command"
	if topics {
		what = "is neither a command nor a topic"
		for _, t := range topicsOfHelp {
			words = append(words, t.name)
		}
	}
	return usage("%s %s: %svcf-assistant help lists them", quote(word), what, didYouMean(word, words))
}

// wrongFlag says in our words what package flag found wrong with a command line. A value
// is never repeated as it may be a secret that was meant for another place.
func (c command) wrongFlag(flags *flag.FlagSet, err error) error {
	help := "vcf-assistant help " + c.name + " "
	text := err.Error()
	if name, ok := strings.CutPrefix(text, "flag provided but not defined: -"); ok {
		name = printable(name)
		if strings.Contains(name, "token") || strings.Contains(name, "password") {
			return usage("%s: --%s is not a flag: secrets are never taken from the command line: vcf-assistant help environment tells where they come from", c.name, name)
		}
		var words []string
		flags.VisitAll(func(f *flag.Flag) { words = append(words, "--"+f.Name) })
		return usage("%s: %s is not a flag: %s%slists them", c.name, short("--"+name), didYouMean("--"+name, words), help)
	}
	if name, ok := strings.CutPrefix(text, "flag needs an argument: -"); ok {
		value, _ := flag.UnquoteUsage(flags.Lookup(name))
		return usage("%s: --%s needs a value, %s: %stells which", c.name, name, value, help)
	}
	if _, rest, ok := strings.Cut(text, " for flag -"); ok && strings.HasPrefix(text, "invalid value ") {
		name, _, _ := strings.Cut(rest, ": ")
		return usage("%s: the value of --%s is not what it takes: %stells what that is", c.name, name, help)
	}
	if _, rest, ok := strings.Cut(text, " for -"); ok && strings.HasPrefix(text, "invalid boolean value ") {
		name, _, _ := strings.Cut(rest, ": ")
		return usage("%s: --%s is given or not: it takes no value", c.name, name)
	}
	return usage("%s: this command line is not understood: %slists its flags", c.name, help)
}

// short makes one short printable line of a foreign text, without quotes.
func short(s string) string { return strings.Trim(quote(s), `"`) }
