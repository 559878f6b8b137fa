package io.yardmaster.dispatcher.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/// The program's entry: finds the command, runs it, and turns whatever happens into an exit code.
public final class Cli {
    private static final String LONE_WAIT = "--wait=" + EnqueueCommand.DEFAULT_WAIT;

    private Cli() {}

    /// Runs one command on this process's streams.
    ///
    /// @param args the arguments of the program
    /// @return 0 fine, 1 the operation failed, 2 wrong usage, 3 no dispatcher reachable
    public static int run(String[] args) {
        return run(args, Shell.system());
    }

    static int run(String[] args, Shell shell) {
        CommandLine line = Commands.tree(shell, args);
        Ink ink = shell.ink();
        line.setOut(shell.out());
        line.setErr(shell.err());
        line.setExpandAtFiles(false); // "@file" is a body, not more arguments
        line.setColorScheme(CommandLine.Help.defaultColorScheme(ink.on() ? Ansi.ON : Ansi.OFF));
        line.setUsageHelpWidth(columns(shell));
        line.setParameterExceptionHandler((e, arguments) -> usage(e, shell.err(), ink));
        line.setExecutionExceptionHandler((e, command, result) -> failed(e, shell, ink));
        int exitCode = line.execute(spelledOut(args));
        shell.out().flush();
        shell.err().flush();
        return exitCode;
    }

    /// A lone `--wait` gets its value here, else picocli would take the body that follows for it.
    private static String[] spelledOut(String[] args) {
        String[] spelledOut = args.clone();
        for (int i = 0; i < args.length && !args[i].equals("--"); i++) {
            if (args[i].equals("--wait")) {
                spelledOut[i] = LONE_WAIT;
            }
        }
        return spelledOut;
    }

    private static int usage(ParameterException e, PrintWriter err, Ink ink) {
        CommandLine command = e.getCommandLine();
        String name = command.getCommandSpec().qualifiedName();
        List<String> similar = List.of();
        String what = firstLine(Objects.requireNonNullElse(e.getMessage(), e.toString()));
        if (e instanceof UnmatchedArgumentException unmatched) {
            boolean group = !command.getSubcommands().isEmpty();
            boolean option = unmatched.isUnknownOption();
            String word = unmatched.getUnmatched().getFirst();
            similar = Similar.to(word, option ? options(command) : names(command));
            what =
                    (option ? "unknown option '" : group ? "unknown command '" : "one too many: '")
                            + word
                            + "'";
        }
        err.println(ink.paint(Ink.Tone.BAD, "error:") + " " + Printable.line(what));
        if (!similar.isEmpty()) {
            err.println("  did you mean: " + String.join(" or ", similar) + "?");
        }
        err.println("  next: " + name + " --help");
        return Failure.USAGE;
    }

    private static List<String> names(CommandLine command) {
        return List.copyOf(command.getSubcommands().keySet());
    }

    private static List<String> options(CommandLine command) {
        return List.copyOf(command.getCommandSpec().optionsMap().keySet());
    }

    private static int failed(Exception e, Shell shell, Ink ink) {
        shell.out().flush();
        if (e instanceof Failure failure) {
            failure.print(shell.err(), ink);
            return failure.exitCode();
        }
        if (e instanceof InterruptedException) {
            Thread.currentThread().interrupt();
            return Failure.FAILED;
        }
        Failure.failed(
                        "this is a fault of the program",
                        List.of(String.valueOf(e)),
                        "report it with what YARDMASTER_DEBUG=1 prints")
                .print(shell.err(), ink);
        if (!shell.env().getOrDefault("YARDMASTER_DEBUG", "").isEmpty()) {
            e.printStackTrace(shell.err());
        }
        return Failure.FAILED;
    }

    private static String firstLine(String message) {
        int end = message.indexOf('\n');
        return end < 0 ? message : message.substring(0, end);
    }

    /// The terminal's width from 60 to 120; asking the terminal itself would start another process.
    private static int columns(Shell shell) {
        try {
            int columns = Integer.parseInt(shell.env().getOrDefault("COLUMNS", "100"));
            return Math.clamp(columns, 60, 120);
        } catch (NumberFormatException e) {
            return 100;
        }
    }
}
