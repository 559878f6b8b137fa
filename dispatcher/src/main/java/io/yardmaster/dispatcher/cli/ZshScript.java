package io.yardmaster.dispatcher.cli;

/// The completion script for zsh.
final class ZshScript {
    private ZshScript() {}

    static String of(Page program) {
        StringBuilder commands = new StringBuilder();
        for (Page page : program.all()) {
            commands.append("        '").append(page.name()).append("')\n            words_=(");
            for (Page below : page.commands()) {
                commands.append(item(Completable.word(below), below.summary()));
            }
            commands.append(")\n            options=(");
            for (Page.Arg option : page.options()) {
                option.names().forEach(n -> commands.append(item(n, option.description())));
            }
            commands.append(")\n            values='");
            commands.append(Completable.parameters(page, program)).append("' ;;\n");
        }
        return SCRIPT.replace(
                        "@STEPS@", Completable.steps(program, "            '%s') at='%s' ;;\n"))
                .replace("@COMMANDS@", commands)
                .replace("@VALUES@", Completable.optionValues(program, "words_=() options=()"));
    }

    /// `'name:description'`
    private static String item(String name, String description) {
        String quoted = description.replace("\\", "\\\\").replace("'", "'\\''");
        return "\n                '" + name.replace(":", "\\:") + ":" + quoted + "'";
    }

    private static final String SCRIPT =
            """
            #compdef yardmaster
            # zsh completion for yardmaster:  source <(yardmaster completion zsh), after compinit
            _yardmaster() {
                local at= values= prev=${words[CURRENT-1]} i
                local -a words_ options names
                if [[ $PREFIX == --*=* ]]; then
                    prev=${PREFIX%%=*}
                    compset -P '*='
                fi
                for ((i = 2; i < CURRENT; i++)); do
                    case "$at/${words[i]}" in
            @STEPS@        esac
                done
                case $at in
            @COMMANDS@    esac
                case "$at:$prev" in
            @VALUES@    esac
                case $values in
                    queues | services | nodes) names=(${(f)"$("${words[1]}" __names "$values" 2>/dev/null)"}) ;;
                    files) _files; return ;;
                    *) names=(${=values}) ;;
                esac
                (( ${#words_} )) && _describe -t commands command words_
                (( ${#names} )) && compadd -a names
                [[ $PREFIX == -* ]] && (( ${#options} )) && _describe -o -t options option options
                return 0
            }
            if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then
                _yardmaster "$@"
            else
                compdef _yardmaster yardmaster
            fi
            """;
}
