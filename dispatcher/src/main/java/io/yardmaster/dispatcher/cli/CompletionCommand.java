package io.yardmaster.dispatcher.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Prints the script that completes this program's commands and options in a shell.
@Command(
        name = "completion",
        description = "Print the completion script for bash or zsh.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  source <(yardmaster completion)",
            "  yardmaster completion > ~/.local/share/bash-completion/completions/yardmaster"
        })
final class CompletionCommand implements Callable<Integer> {
    @Spec @Nullable CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "SHELL",
            defaultValue = "bash",
            description = "bash or zsh; the script is the same.")
    String target = "bash";

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    private final Shell shell;

    CompletionCommand(Shell shell) {
        this.shell = shell;
    }

    @Override
    public Integer call() {
        var command = Objects.requireNonNull(spec, "set by picocli").commandLine();
        if (!target.equals("bash") && !target.equals("zsh")) {
            throw new ParameterException(command, "SHELL: " + target + " (expected: bash or zsh)");
        }
        var root = command.getParent();
        shell.out().print(AutoComplete.bash(root.getCommandName(), root));
        return 0;
    }
}
