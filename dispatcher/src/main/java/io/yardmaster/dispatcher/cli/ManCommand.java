package io.yardmaster.dispatcher.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Prints or installs the manual pages.
@Command(
        name = "man",
        description = "Print a manual page, or put all of them where man finds them.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster man depth | man -l -",
            "  yardmaster man --install            then: man yardmaster-depth"
        })
final class ManCommand implements Callable<Integer> {
    @Spec @Nullable CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "COMMAND", description = "Whose page.")
    @Nullable String command;

    @Option(
            names = "--install",
            arity = "0..1",
            fallbackValue = "",
            paramLabel = "DIR",
            description = "Write all pages into DIR/man1 (~/.local/share/man).")
    @Nullable String install;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    private final Shell shell;

    ManCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        CommandLine here = Objects.requireNonNull(spec, "set by picocli").commandLine();
        Map<String, String> pages = ManPages.of(Page.of(here.getParent()));
        if (install != null) {
            return install(pages, install);
        }
        String file = command == null ? "yardmaster.1" : "yardmaster-" + command + ".1";
        String page = pages.get(file);
        if (page == null) {
            throw new ParameterException(
                    here, "COMMAND: " + command + " (expected: a command, see yardmaster --help)");
        }
        shell.out().print(page);
        return 0;
    }

    private int install(Map<String, String> pages, String wanted) {
        String home = shell.env().getOrDefault("HOME", ".");
        Path into =
                (wanted.isEmpty() ? Path.of(home, ".local", "share", "man") : Path.of(wanted))
                        .resolve("man1");
        try {
            Files.createDirectories(into);
            for (var page : pages.entrySet()) {
                Files.writeString(into.resolve(page.getKey()), page.getValue());
            }
        } catch (IOException e) {
            throw Failure.failed(
                    "cannot install the manual pages in " + into,
                    List.of(String.valueOf(e)),
                    "name a directory that you may write: yardmaster man --install=DIR");
        }
        shell.out().println(pages.size() + " pages are in " + into);
        return 0;
    }
}
