package io.yardmaster.dispatcher.cli;

/// The completion script for fish 3 and later.
final class FishScript {
    private FishScript() {}

    static String of(Page program) {
        StringBuilder lines = new StringBuilder();
        for (Page page : program.all()) {
            String when = "complete -c yardmaster -n '__yardmaster_at \"" + page.name() + "\"'";
            for (Page below : page.commands()) {
                lines.append(when).append(" -a ").append(Completable.word(below)).append(" -d ");
                lines.append(quoted(below.summary())).append('\n');
            }
            String parameters = values(Completable.parameters(page, program));
            if (!parameters.isEmpty()) {
                lines.append(when).append(parameters).append('\n');
            }
            for (Page.Arg option : page.options()) {
                lines.append(when);
                for (String name : option.names()) {
                    lines.append(name.startsWith("--") ? " -l " : " -s ");
                    lines.append(name.replaceFirst("^--?", ""));
                }
                if (option.takesValue() && !option.optional()) {
                    String known = values(Completable.values(page, option));
                    lines.append(known.startsWith(" -F") ? " -r" : " -x").append(known);
                }
                lines.append(" -d ").append(quoted(option.description())).append('\n');
            }
        }
        return SCRIPT.replace("@STEPS@", steps(program)).replace("@LINES@", lines);
    }

    private static String steps(Page program) {
        return Completable.steps(program, "            case '%s'\n                set at '%s'\n");
    }

    private static String values(String values) {
        return switch (values) {
            case "" -> "";
            case "files" -> " -F";
            case "queues", "services", "nodes" -> " -a '(__yardmaster_names " + values + ")'";
            default -> " -a '" + values + "'";
        };
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    private static final String SCRIPT =
            """
            # fish completion for yardmaster:  yardmaster completion fish | source
            function __yardmaster_at --description 'whether the words so far name this command'
                set -l at ''
                set -l words (commandline -opc)
                for word in $words[2..-1]
                    switch "$at/$word"
            @STEPS@        end
                end
                test "$at" = "$argv[1]"
            end
            function __yardmaster_names
                set -l words (commandline -opc)
                $words[1] __names $argv[1] 2>/dev/null
            end
            complete -c yardmaster -f
            @LINES@\
            """;
}
