# bash completion of vcf-assistant, printed by: vcf-assistant completion bash

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
    run)
        flags='--config --log-level --help' words='' names=''
        case $prev in
        --log-level) value='debug info warn error' ;;
        --config) value='file' ;;
        esac
        ;;
    demo)
        flags='--hold --log-level --plain --remove --speed --help' words='' names=''
        case $prev in
        --speed) value='any' ;;
        --log-level) value='debug info warn error' ;;
        esac
        ;;
    check)
        flags='--config --json --timeout --help' words='' names=''
        case $prev in
        --timeout) value='any' ;;
        --config) value='file' ;;
        esac
        ;;
    config)
        flags='--markdown --help' words='' names=''
        ;;
    plan)
        flags='--config --instance --json --help' words='' names='domains'
        case $prev in
        --config) value='file' ;;
        --instance) value='instances' ;;
        esac
        ;;
    steps)
        flags='--config --help' words='' names=''
        case $prev in
        --config) value='file' ;;
        esac
        ;;
    status)
        flags='--config --instance --json --state-dir --help' words='' names='domains runs'
        case $prev in
        --config) value='file' ;;
        --state-dir) value='folder' ;;
        --instance) value='instances' ;;
        esac
        ;;
    history)
        flags='--config --instance --json --state-dir --verify --help' words='' names='domains'
        case $prev in
        --config) value='file' ;;
        --state-dir) value='folder' ;;
        --instance) value='instances' ;;
        esac
        ;;
    report)
        flags='--config --instance --state-dir --help' words='' names='domains runs'
        case $prev in
        --config) value='file' ;;
        --state-dir) value='folder' ;;
        --instance) value='instances' ;;
        esac
        ;;
    diagnostics)
        flags='--config --names --output --state-dir --help' words='' names=''
        case $prev in
        --config | --output) value='file' ;;
        --state-dir) value='folder' ;;
        esac
        ;;
    start)
        flags='--config --instance --json --state-dir --timeout --help' words='' names='domains'
        case $prev in
        --timeout) value='any' ;;
        --config) value='file' ;;
        --state-dir) value='folder' ;;
        --instance) value='instances' ;;
        esac
        ;;
    acknowledge)
        flags='--config --instance --json --state-dir --timeout --help' words='' names='domains'
        case $prev in
        --timeout) value='any' ;;
        --config) value='file' ;;
        --state-dir) value='folder' ;;
        --instance) value='instances' ;;
        esac
        ;;
    cancel)
        flags='--component --config --instance --json --state-dir --timeout --help' words='' names='domains'
        case $prev in
        --timeout) value='any' ;;
        --config) value='file' ;;
        --state-dir) value='folder' ;;
        --instance) value='instances' ;;
        esac
        ;;
    retry)
        flags='--config --instance --json --state-dir --timeout --help' words='' names='domains'
        case $prev in
        --timeout) value='any' ;;
        --config) value='file' ;;
        --state-dir) value='folder' ;;
        --instance) value='instances' ;;
        esac
        ;;
    healthy)
        flags='--config --help' words='' names=''
        case $prev in
        --config) value='file' ;;
        esac
        ;;
    unit)
        flags='--config --exec --help' words='' names=''
        case $prev in
        --config | --exec) value='file' ;;
        esac
        ;;
    record)
        flags='--config --instance --help' words='' names=''
        case $prev in
        --config) value='file' ;;
        --instance) value='instances' ;;
        esac
        ;;
    dashboard)
        flags='--config --state-dir --help' words='' names=''
        case $prev in
        --config) value='file' ;;
        --state-dir) value='folder' ;;
        esac
        ;;
    blueprint)
        flags='--config --install --replace --help' words='' names=''
        case $prev in
        --config) value='file' ;;
        esac
        ;;
    remove)
        flags='--config --instance --yes --help' words='' names=''
        case $prev in
        --config) value='file' ;;
        --instance) value='instances' ;;
        esac
        ;;
    completion)
        flags='--config --state-dir --help' words='bash zsh fish' names=''
        case $prev in
        --config) value='file' ;;
        --state-dir) value='folder' ;;
        esac
        ;;
    man)
        flags='--help' words='' names=''
        ;;
    version)
        flags='--help' words='' names=''
        ;;
    help)
        flags='--help' words='run demo check config plan steps status history report diagnostics start acknowledge cancel retry healthy unit record dashboard blueprint remove completion man version help environment' names=''
        ;;
    esac
    if ((COMP_CWORD == 1)); then
        flags+=' --version' words='run demo check config plan steps status history report diagnostics start acknowledge cancel retry healthy unit record dashboard blueprint remove completion man version help' names=
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
