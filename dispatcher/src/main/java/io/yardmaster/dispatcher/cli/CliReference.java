package io.yardmaster.dispatcher.cli;

import java.util.List;

/// `docs/reference/cli.md`, written from the command model.
final class CliReference {
    private CliReference() {}

    static String markdown(Page program) {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        page.append("\n| command | does |\n|---|---|\n");
        for (Page command : program.commands()) {
            page.append("| [`").append(command.name()).append("`](#").append(anchor(command));
            page.append(") | ").append(cell(command.summary())).append(" |\n");
        }
        table(page, "Options that may stand before any command", program.options());
        for (Page command : program.commands()) {
            for (Page each : command.all()) {
                section(page, each, each.name().equals(command.name()) ? "##" : "###");
            }
        }
        return page.toString();
    }

    private static void section(StringBuilder page, Page command, String heading) {
        page.append('\n').append(heading).append(' ').append(command.name()).append("\n\n");
        page.append(command.description()).append("\n\n");
        page.append("    ").append(command.synopsis()).append('\n');
        table(page, "", command.parameters());
        table(page, "", command.options());
        if (!command.footer().isEmpty()) {
            page.append('\n');
            for (String line : command.footer()) {
                String shown = line.replace("%%", "%").stripTrailing();
                page.append(shown.isEmpty() ? "" : "    " + shown.strip()).append('\n');
            }
        }
    }

    private static void table(StringBuilder page, String title, List<Page.Arg> args) {
        if (args.isEmpty()) {
            return;
        }
        page.append(title.isEmpty() ? "" : "\n" + title + ":\n");
        page.append("\n| | meaning |\n|---|---|\n");
        for (Page.Arg arg : args) {
            page.append("| `").append(cell(arg.typed())).append("` | ");
            page.append(cell(arg.description())).append(" |\n");
        }
    }

    private static String anchor(Page command) {
        return command.name().replace(' ', '-');
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;");
    }

    private static final String INTRODUCTION =
            """
            # Command line

            Made from the program's own command model (`CliPagesTest` keeps this page current); `yardmaster COMMAND --help` says the
            same. The manual pages are in `docs/man`; `yardmaster man --install` puts them where `man yardmaster` finds them.

            `scripts/yardmaster` is the program. Put it on your path:

                ln -s "$PWD/scripts/yardmaster" ~/.local/bin/yardmaster

            - Tables for people; `--json` prints what the [REST interface](api.md) answered, for programs. Colours are for terminals
              only, and never with `NO_COLOR` (not empty) or `TERM=dumb`. Nothing is cut in a pipe.
            - Lists take `--watch` (every 2 s) or `--watch=5s`. A dispatcher that goes away meanwhile is waited for.
            - A failure says what failed, why, and what to do next. Exit codes: 0 fine, 1 the operation failed, 2 wrong usage,
              3 no dispatcher reachable. What cannot be undone asks first; where nobody can be asked it ends with 2 and prints the
              command that does it without asking.
            - The dispatcher is that of `--url`, else `YARDMASTER_URL`, else the local port `YARDMASTER_PORT` or 8080. The API key is
              that of `--key` or better `YARDMASTER_KEY`, which other users of the machine cannot see.
            - Completion, with the names of queues, services and nodes: `source <(yardmaster completion bash)` or `zsh`,
              `yardmaster completion fish | source`.
            - The first use makes a start-up cache in the background (`~/.cache/yardmaster`, elsewhere with `YARDMASTER_CACHE=DIR`,
              none with `YARDMASTER_CACHE=off`); the commands after it start in about half of the time.
            """;
}
