package io.yardmaster.dispatcher.cli;

/// The completion script for bash 4 and later.
final class BashScript {
    private BashScript() {}

    static String of(Page program) {
        StringBuilder commands = new StringBuilder();
        for (Page page : program.all()) {
            commands.append("        '").append(page.name()).append("')\n            words='");
            page.commands().forEach(c -> commands.append(Completable.word(c)).append(' '));
            commands.append("' options='").append(String.join(" ", Completable.optionNames(page)));
            commands.append("' values='").append(Completable.parameters(page, program));
            commands.append("' ;;\n");
        }
        return SCRIPT.replace(
                        "@STEPS@", Completable.steps(program, "            '%s') at='%s' ;;\n"))
                .replace("@COMMANDS@", commands)
                .replace("@VALUES@", Completable.optionValues(program, "words= options="));
    }

    private static final String SCRIPT =
            """
            # bash completion for yardmaster:  source <(yardmaster completion bash)
            _yardmaster() {
                local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
                local at= words= options= values= i
                COMPREPLY=()
                # --option=value comes as three words
                if [[ $cur == '=' ]]; then
                    cur=
                elif [[ $prev == '=' ]]; then
                    prev=${COMP_WORDS[COMP_CWORD - 2]}
                fi
                for ((i = 1; i < COMP_CWORD; i++)); do
                    case "$at/${COMP_WORDS[i]}" in
            @STEPS@        esac
                done
                case $at in
            @COMMANDS@    esac
                case "$at:$prev" in
            @VALUES@    esac
                case $values in
                    queues | services | nodes) values=$("${COMP_WORDS[0]}" __names "$values" 2>/dev/null) ;;
                    files)
                        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
                        return
                        ;;
                esac
                if [[ $cur == -* ]]; then
                    mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
                else
                    mapfile -t COMPREPLY < <(compgen -W "$words $values" -- "$cur")
                fi
            }
            complete -F _yardmaster yardmaster
            """;
}
