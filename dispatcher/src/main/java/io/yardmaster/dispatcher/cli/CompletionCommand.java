package io.yardmaster.dispatcher.cli;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Prints the script that completes this program's commands and options in a shell.
@Command(
        name = "completion",
        description = "Print the completion script for bash, zsh or fish.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  source <(yardmaster completion bash)",
            "  yardmaster completion bash > ~/.local/share/bash-completion/completions/yardmaster",
            "  source <(yardmaster completion zsh)                  after compinit",
            "  yardmaster completion fish > ~/.config/fish/completions/yardmaster.fish"
        })
final class CompletionCommand implements Callable<Integer> {
    static final List<String> SHELLS = List.of("bash", "zsh", "fish");

    @Spec @Nullable CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "SHELL",
            defaultValue = "bash",
            description = "bash, zsh or fish (default: bash).")
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
        Page program = Page.of(command.getParent());
        shell.out()
                .print(
                        switch (target) {
                            case "bash" -> BashScript.of(program);
                            case "zsh" -> ZshScript.of(program);
                            case "fish" -> FishScript.of(program);
                            default ->
                                    throw new ParameterException(
                                            command,
                                            "SHELL: " + target + " (expected: bash, zsh or fish)");
                        });
        return 0;
    }
}
