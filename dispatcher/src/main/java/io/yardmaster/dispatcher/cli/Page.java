package io.yardmaster.dispatcher.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// What the command model says about one command, in the order in which help, man pages, the
/// reference and the completion scripts show it. All four are made from this, so none can differ
/// from the program.
///
/// @param name such as `dead list`; empty for the program itself
/// @param description one or more sentences
/// @param parameters its positional parameters
/// @param options its options, by name
/// @param commands the commands below it, in their order
/// @param listsAlone whether it does something without a command below it
/// @param footer examples and notes, as help shows them
record Page(
        String name,
        String description,
        boolean listsAlone,
        List<Arg> parameters,
        List<Arg> options,
        List<Page> commands,
        List<String> footer) {

    /// A parameter or an option.
    ///
    /// @param names such as `-w`, `--watch`; empty for a positional parameter
    /// @param label what its value is called, or empty when it takes none
    /// @param optional whether the value, or the parameter, may be left out
    /// @param many whether it may be given several times
    /// @param description one sentence or two
    record Arg(
            List<String> names, String label, boolean optional, boolean many, String description) {
        boolean takesValue() {
            return !label.isEmpty();
        }

        /// The last name, which is the long one.
        String longName() {
            return names.isEmpty() ? label : names.getLast();
        }

        /// As it is typed: `-w, --watch[=TIME]`.
        String typed() {
            if (names.isEmpty()) {
                String once = optional ? "[" + label + "]" : label;
                return many ? once + "..." : once;
            }
            String value = label.isEmpty() ? "" : optional ? "[=" + label + "]" : "=" + label;
            return String.join(", ", names) + value;
        }
    }

    /// Reads the model of a whole program.
    static Page of(CommandLine program) {
        return of(program.getCommandSpec(), "");
    }

    /// This page and those below it, depth first.
    List<Page> all() {
        List<Page> all = new ArrayList<>(List.of(this));
        commands.forEach(page -> all.addAll(page.all()));
        return all;
    }

    /// The first sentence of the description, without its full stop.
    String summary() {
        int end = description.indexOf(". ");
        String first = end < 0 ? description : description.substring(0, end);
        return first.endsWith(".") ? first.substring(0, first.length() - 1) : first;
    }

    /// Such as `yardmaster dead list [OPTION]... [ID]`.
    String synopsis() {
        StringBuilder line = new StringBuilder("yardmaster");
        line.append(name.isEmpty() ? "" : " " + name);
        line.append(options.isEmpty() ? "" : " [OPTION]...");
        if (!commands.isEmpty()) {
            line.append(listsAlone ? " [COMMAND]" : " COMMAND");
        }
        for (Arg parameter : parameters) {
            line.append(' ').append(parameter.typed());
        }
        return line.toString();
    }

    private static Page of(CommandSpec spec, String name) {
        List<Arg> parameters = new ArrayList<>();
        for (PositionalParamSpec parameter : spec.positionalParameters()) {
            if (!parameter.hidden()) {
                parameters.add(
                        arg(
                                parameter,
                                List.of(),
                                parameter.arity().min() == 0,
                                parameter.paramLabel()));
            }
        }
        List<Arg> options = new ArrayList<>();
        for (OptionSpec option : spec.options()) {
            if (!option.hidden()) {
                boolean flag = option.arity().max() == 0;
                options.add(
                        arg(
                                option,
                                List.of(option.names()),
                                !flag && option.arity().min() == 0,
                                flag ? "" : option.paramLabel()));
            }
        }
        options.sort((a, b) -> a.longName().compareTo(b.longName()));
        List<Page> commands = new ArrayList<>();
        for (var below : spec.subcommands().entrySet()) {
            CommandSpec belowSpec = below.getValue().getCommandSpec();
            if (!belowSpec.usageMessage().hidden() && !below.getKey().equals("help")) {
                String above = name.isEmpty() ? "" : name + " ";
                commands.add(of(belowSpec, above + below.getKey()));
            }
        }
        return new Page(
                name,
                String.join(" ", spec.usageMessage().description()),
                spec.usageMessage().synopsisSubcommandLabel().startsWith("["),
                parameters,
                options,
                commands,
                List.of(spec.usageMessage().footer()));
    }

    private static Arg arg(ArgSpec spec, List<String> names, boolean optional, String label) {
        String plain = label.startsWith("<") ? label.substring(1, label.length() - 1) : label;
        return new Arg(
                names,
                plain,
                optional,
                spec.isMultiValue(),
                String.join(" ", spec.description()).replace("%%", "%"));
    }
}
