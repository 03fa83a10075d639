#compdef vcf-assistant
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
        'run:run the service (the default)'
        'demo:watch a whole upgrade of a simulated system, in seconds'
        'check:are both systems reachable, and what would be upgraded; changes nothing'
        'config:print the configuration with every key, its default and what it may be'
        'plan:what an upgrade would do and send, call by call; changes nothing'
        'steps:print the upgrade, step by step'
        'status:show domains, runs and log from the state directory'
        'history:list every run, or look whether a journal was changed'
        'report:print all that is known of a run, as markdown'
        'diagnostics:collect what a bug report needs, without secrets and names'
        'start:begin an upgrade, as the button does'
        'acknowledge:let an upgrade go on that waits for an answer'
        'cancel:end an upgrade before its next call that changes anything'
        'retry:let SDDC Manager try the failed component again'
        'healthy:ask the running service whether it is well, for a container'
        'unit:print the systemd unit of the service'
        'record:write SDDC Manager'\''s answers, redacted, as files that tests replay; changes nothing'
        'dashboard:print the dashboard as YAML, to paste it'
        'blueprint:print or install the blueprint that asks for the acknowledgement on a phone'
        'remove:take everything that the service made in Home Assistant away again'
        'completion:print the completion of commands, flags and domains for a shell'
        'man:print the manual page, vcf-assistant.1'
        'version:print the version'
        'help:print this, or the help of a command'
    )
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
    run)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--log-level[log from LEVEL on (debug, info, warn, error), whatever the configuration says]:log-level: _vcf_assistant_pick debug info warn error'
        ;;
    demo)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--hold[with a log\: go on after the upgrade, to press buttons yourself; Ctrl-C ends]' \
            '--log-level[log to standard error from LEVEL on (debug, info, warn, error)]:log-level: _vcf_assistant_pick debug info warn error' \
            '--plain[print a log also on a terminal, and press the buttons]' \
            '--remove[take what demo made in your Home Assistant away again, and end]' \
            '--speed[let time pass N times as fast as in a data centre]:value: '
        ;;
    check)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--json[print the lines as JSON]' \
            '--timeout[wait at most DURATION for one answer]:value: '
        ;;
    config)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--markdown[print a table]'
        ;;
    plan)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[look into the instance NAME alone]:instance: _vcf_assistant_pick instances' \
            '--json[print the plan as JSON]' \
            '1:argument: _vcf_assistant_pick domains'
        ;;
    steps)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files'
        ;;
    status)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[show the instance NAME alone]:instance: _vcf_assistant_pick instances' \
            '--json[print everything as JSON]' \
            '--state-dir[read the state directory DIR]:folder:_files -/' \
            '1:argument: _vcf_assistant_pick domains runs'
        ;;
    history)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[show the instance NAME alone]:instance: _vcf_assistant_pick instances' \
            '--json[print it as JSON]' \
            '--state-dir[read the state directory DIR]:folder:_files -/' \
            '--verify[look for changed and missing lines]' \
            '1:argument: _vcf_assistant_pick domains'
        ;;
    report)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[show the instance NAME alone]:instance: _vcf_assistant_pick instances' \
            '--state-dir[read the state directory DIR]:folder:_files -/' \
            '1:argument: _vcf_assistant_pick domains runs'
        ;;
    diagnostics)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--names[keep names, addresses and ids]' \
            '--output[write the archive to FILE]:file:_files' \
            '--state-dir[read the state directory DIR]:folder:_files -/'
        ;;
    start)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[press for the instance NAME]:instance: _vcf_assistant_pick instances' \
            '--json[print the answer as JSON]' \
            '--state-dir[ask the service of the state directory DIR]:folder:_files -/' \
            '--timeout[wait at most DURATION for the answer]:value: ' \
            '1:argument: _vcf_assistant_pick domains'
        ;;
    acknowledge)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[press for the instance NAME]:instance: _vcf_assistant_pick instances' \
            '--json[print the answer as JSON]' \
            '--state-dir[ask the service of the state directory DIR]:folder:_files -/' \
            '--timeout[wait at most DURATION for the answer]:value: ' \
            '1:argument: _vcf_assistant_pick domains'
        ;;
    cancel)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--component[also let SDDC Manager cancel what it runs for the upgrade]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[press for the instance NAME]:instance: _vcf_assistant_pick instances' \
            '--json[print the answer as JSON]' \
            '--state-dir[ask the service of the state directory DIR]:folder:_files -/' \
            '--timeout[wait at most DURATION for the answer]:value: ' \
            '1:argument: _vcf_assistant_pick domains'
        ;;
    retry)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[press for the instance NAME]:instance: _vcf_assistant_pick instances' \
            '--json[print the answer as JSON]' \
            '--state-dir[ask the service of the state directory DIR]:folder:_files -/' \
            '--timeout[wait at most DURATION for the answer]:value: ' \
            '1:argument: _vcf_assistant_pick domains'
        ;;
    healthy)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files'
        ;;
    unit)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--exec[start the program at PATH]:file:_files'
        ;;
    record)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[record the instance NAME\: needed where there are several]:instance: _vcf_assistant_pick instances'
        ;;
    dashboard)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--state-dir[read the state directory DIR]:folder:_files -/'
        ;;
    blueprint)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--install[save it into Home Assistant]' \
            '--replace[with --install\: what somebody changed in the one that is there is lost]'
        ;;
    remove)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--instance[remove what the instance NAME made, and nothing of the others]:instance: _vcf_assistant_pick instances' \
            '--yes[remove it\: without this nothing is changed]'
        ;;
    completion)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '--config[read the configuration from FILE]:file:_files' \
            '--state-dir[look for names in the state directory DIR]:folder:_files -/' \
            '1:argument: _vcf_assistant_pick bash zsh fish'
        ;;
    man)
        _arguments '(- *)'{-h,--help}'[tell what it does]'
        ;;
    version)
        _arguments '(- *)'{-h,--help}'[tell what it does]'
        ;;
    help)
        _arguments '(- *)'{-h,--help}'[tell what it does]' \
            '1:argument: _vcf_assistant_pick run demo check config plan steps status history report diagnostics start acknowledge cancel retry healthy unit record dashboard blueprint remove completion man version help environment'
        ;;
    esac
}

if [[ $funcstack[1] == _vcf-assistant ]]; then
    _vcf-assistant "$@"
else
    compdef _vcf-assistant vcf-assistant
fi
