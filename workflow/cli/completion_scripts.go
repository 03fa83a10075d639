package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// bashCompletion is a script for bash 4 and newer; it needs no bash-completion.
func bashCompletion(b *strings.Builder) {
	all := completions()
	b.WriteString(`# bash completion of vcf-assistant, printed by: vcf-assistant completion bash

_vcf_assistant() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=run flags= words= names= value= kind
    COMPREPLY=()
    # --flag=value comes as three words.
    if [[ $cur == = ]]; then
        cur=
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    if ((COMP_CWORD > 1)) && [[ ${COMP_WORDS[1]} != -* ]]; then
        command=${COMP_WORDS[1]}
    fi

    case $command in
`)
	var commands []string
	for _, c := range all {
		commands = append(commands, c.name)
		fmt.Fprintf(b, "    %s)\n", c.name)
		var flags []string
		values := map[string][]string{} // flags by what they take
		for _, f := range c.flagList {
			flags = append(flags, f.name)
			if f.value != "" {
				values[f.takes()] = append(values[f.takes()], f.name)
			}
		}
		fmt.Fprintf(b, "        flags='%s' words='%s' names='%s'\n", strings.Join(append(flags, "--help"), " "), strings.Join(c.words, " "), strings.Join(c.kinds, " "))
		if len(values) > 0 {
			b.WriteString("        case $prev in\n")
			for _, takes := range sortedKeys(values) {
				fmt.Fprintf(b, "        %s) value='%s' ;;\n", strings.Join(values[takes], " | "), takes)
			}
			b.WriteString("        esac\n")
		}
		b.WriteString("        ;;\n")
	}
	fmt.Fprintf(b, `    esac
    if ((COMP_CWORD == 1)); then
        flags+=' --version' words='%s' names=
    fi

    case $value in
    file)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    folder)
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        return
        ;;
    any) return ;;
    instances) names=instances words= ;;
    ?*) names= words=$value ;;
    *)
        if [[ $cur == -* ]]; then
            names= words=$flags
        fi
        ;;
    esac
    for kind in $names; do
        words+=" $(vcf-assistant completion "$kind" 2>/dev/null)"
    done
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

complete -F _vcf_assistant vcf-assistant
`, strings.Join(commands, " "))
}

// takes is what a flag takes, in one word for those that are not literal ones.
func (f completedFlag) takes() string {
	if f.value == "words" {
		return strings.Join(f.words, " ")
	}
	return f.value
}

// zshCompletion is the file _vcf-assistant for a folder of zsh's fpath; it may be sourced
// too. An action that begins with a space is called with our words alone.
func zshCompletion(b *strings.Builder) {
	all := completions()
	b.WriteString(`#compdef vcf-assistant
# zsh completion of vcf-assistant, printed by: vcf-assistant completion zsh

# Offers words, and the names that the words domains, runs and instances stand for.
_vcf_assistant_pick() {
    local word
    local -a found
    for word in "$@"; do
        case $word in
        domains | runs | instances) found+=(${(f)"$(vcf-assistant completion $word 2>/dev/null)"}) ;;
        *) found+=($word) ;;
        esac
    done
    compadd -a found
}

_vcf-assistant() {
    local command=run
    local -a commands
    commands=(
`)
	for _, c := range all {
		fmt.Fprintf(b, "        '%s:%s'\n", c.name, zshText(c.about))
	}
	b.WriteString(`    )
    if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
        _describe -t commands command commands
        return
    fi
    if [[ $words[2] != -* ]]; then
        command=$words[2]
        shift words
        ((CURRENT--))
    fi

    case $command in
`)
	for _, c := range all {
		fmt.Fprintf(b, "    %s)\n        _arguments '(- *)'{-h,--help}'[tell what it does]'", c.name)
		for _, f := range c.flagList {
			spec := "'" + f.name + "[" + zshText(f.about) + "]"
			switch f.value {
			case "":
			case "file":
				spec += ":file:_files"
			case "folder":
				spec += ":folder:_files -/"
			case "any":
				spec += ":value: "
			default:
				spec += ":" + strings.TrimPrefix(f.name, "--") + ": _vcf_assistant_pick " + f.takes()
			}
			b.WriteString(" \\\n            " + spec + "'")
		}
		if picks := append(append([]string{}, c.words...), c.kinds...); len(picks) > 0 {
			fmt.Fprintf(b, " \\\n            '1:argument: _vcf_assistant_pick %s'", strings.Join(picks, " "))
		}
		b.WriteString("\n        ;;\n")
	}
	b.WriteString(`    esac
}

if [[ $funcstack[1] == _vcf-assistant ]]; then
    _vcf-assistant "$@"
else
    compdef _vcf-assistant vcf-assistant
fi
`)
}

// zshText is a text inside single quotes of a specification.
func zshText(s string) string {
	return strings.NewReplacer(`'`, `'\''`, `[`, `\[`, `]`, `\]`, `:`, `\:`).Replace(s)
}

// fishCompletion is a file for a folder of fish's completions.
func fishCompletion(b *strings.Builder) {
	all := completions()
	b.WriteString(`# fish completion of vcf-assistant, printed by: vcf-assistant completion fish

function __vcf_assistant_names
    vcf-assistant completion $argv[1] 2>/dev/null
end

# Whether the line is one of this command; run is the command of a line without one.
function __vcf_assistant_of
    set -l words (commandline -opc)
    set -l command run
    if test (count $words) -gt 1; and not string match -q -- '-*' $words[2]
        set command $words[2]
    end
    test $command = $argv[1]
end

complete -c vcf-assistant -f
complete -c vcf-assistant -s h -l help -d 'tell what it does'
complete -c vcf-assistant -n __fish_use_subcommand -l version -d 'print the version'
`)
	for _, c := range all {
		fmt.Fprintf(b, "complete -c vcf-assistant -n __fish_use_subcommand -a %s -d '%s'\n", c.name, fishText(c.about))
	}
	for _, c := range all {
		of := fmt.Sprintf("complete -c vcf-assistant -n '__vcf_assistant_of %s'", c.name)
		for _, f := range c.flagList {
			value := ""
			switch f.value {
			case "":
			case "file":
				value = " -r -F"
			case "folder":
				value = " -x -a '(__fish_complete_directories)'"
			case "instances":
				value = " -x -a '(__vcf_assistant_names instances)'"
			case "any":
				value = " -x"
			default:
				value = " -x -a '" + f.takes() + "'"
			}
			fmt.Fprintf(b, "%s -l %s%s -d '%s'\n", of, strings.TrimPrefix(f.name, "--"), value, fishText(f.about))
		}
		if len(c.words) > 0 {
			fmt.Fprintf(b, "%s -a '%s'\n", of, strings.Join(c.words, " "))
		}
		for _, kind := range c.kinds {
			fmt.Fprintf(b, "%s -a '(__vcf_assistant_names %s)'\n", of, kind)
		}
	}
}

// fishText is a text inside single quotes.
func fishText(s string) string { return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(s) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
