package io.yardmaster.dispatcher.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The program without a command: help, version, and the options that count for every command.
@Command(
        name = "yardmaster",
        description = "A priority queue in front of the computers you already own.",
        versionProvider = Root.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster serve                              start a dispatcher",
            "  yardmaster enqueue '{\"n\":1}' --priority high --wait",
            "  yardmaster depth --watch                      how full the queues are, live",
            "  yardmaster top                                the whole yard on one screen, live",
            "  yardmaster why ID                             what a request waits for",
            "",
            "Exit codes: 0 fine, 1 the operation failed, 2 wrong usage, 3 unreachable.",
            "Environment: YARDMASTER_URL, YARDMASTER_PORT, YARDMASTER_KEY, NO_COLOR."
        })
final class Root implements Callable<Integer> {
    @Spec @Nullable CommandSpec spec;

    @Mixin final ServerOptions server = new ServerOptions();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    boolean version;

    @Override
    public Integer call() {
        throw new ParameterException(
                Objects.requireNonNull(spec, "set by picocli").commandLine(), "no command given");
    }

    /// The version from the jar's manifest.
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = Root.class.getPackage().getImplementationVersion();
            return new String[] {
                "yardmaster " + Objects.requireNonNullElse(version, "(built from source)")
            };
        }
    }
}
