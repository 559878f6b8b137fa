package io.yardmaster.dispatcher.cli;

import java.util.List;

/// What the completion scripts of all shells share: which values an option or parameter can have,
/// and how the words typed so far lead to a command. They differ in syntax only.
final class Completable {
    private Completable() {}

    /// What completes a value: `queues`, `services` and `nodes` are asked from the dispatcher,
    /// `files` is the shell's own, other texts are the words themselves, and empty is nothing.
    ///
    /// @param page the command
    /// @param arg its option or parameter
    static String values(Page page, Page.Arg arg) {
        return switch (arg.longName()) {
            case "SERVICE[/PRIORITY]" -> "queues";
            case "--service" -> "services";
            case "--node" -> "nodes";
            case "--priority" -> String.join(" ", QueueTarget.PRIORITIES);
            case "--state" -> String.join(" ", RequestFilter.STATES);
            case "--config", "--write", "--data-dir" -> "files";
            case "SHELL" -> String.join(" ", CompletionCommand.SHELLS);
            case "NAME" -> page.name().startsWith("services ") ? "services" : "";
            case "ID" ->
                    page.name().startsWith("nodes ") && !page.name().equals("nodes add")
                            ? "nodes"
                            : "";
            default -> arg.label().equals("FILE") || arg.label().equals("DIR") ? "files" : "";
        };
    }

    /// What completes the parameters of a command; those of one command are all of one kind.
    static String parameters(Page page, Page program) {
        if (page.name().equals("man")) {
            return String.join(" ", program.commands().stream().map(Page::name).toList());
        }
        return page.parameters().isEmpty() ? "" : values(page, page.parameters().getFirst());
    }

    /// Lines `'above/word') at='above word' ;;` of a shell's `case`: the way from command to
    /// command.
    ///
    /// @param line with `%1$s` for what leads there, `%2$s` for where
    static String steps(Page program, String line) {
        StringBuilder steps = new StringBuilder();
        for (Page page : program.all()) {
            if (!page.name().isEmpty()) {
                int cut = page.name().lastIndexOf(' ');
                String above = cut < 0 ? "" : page.name().substring(0, cut);
                String word = page.name().substring(cut + 1);
                steps.append(line.formatted(above + "/" + word, page.name()));
            }
        }
        return steps.toString();
    }

    /// Lines `'command:--option' | 'command:-o') values='...' nothing-else ;;` of a shell's `case`:
    /// what completes the value of each option that has one.
    ///
    /// @param elseEmpty how the shell says that neither commands nor options come here
    static String optionValues(Page program, String elseEmpty) {
        StringBuilder lines = new StringBuilder();
        for (Page page : program.all()) {
            for (Page.Arg option : page.options()) {
                if (option.takesValue() && !option.optional()) {
                    String names = String.join("' | '" + page.name() + ":", option.names());
                    lines.append("        '").append(page.name()).append(':').append(names);
                    lines.append("') values='").append(values(page, option));
                    lines.append("' ").append(elseEmpty).append(" ;;\n");
                }
            }
        }
        return lines.toString();
    }

    /// The last word of a command's name.
    static String word(Page page) {
        return page.name().substring(page.name().lastIndexOf(' ') + 1);
    }

    /// All names of a command's options.
    static List<String> optionNames(Page page) {
        return page.options().stream().flatMap(option -> option.names().stream()).toList();
    }
}
