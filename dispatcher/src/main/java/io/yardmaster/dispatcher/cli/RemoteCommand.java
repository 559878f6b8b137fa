package io.yardmaster.dispatcher.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// A command that asks a dispatcher. `--url`, `--key` and `--json` also count when they stand
/// before the command's name (`yardmaster --url http://pi:8080 depth`).
abstract class RemoteCommand implements Callable<Integer> {
    @Spec @Nullable CommandSpec spec;

    @Mixin final ServerOptions server = new ServerOptions();

    @Option(names = "--json", description = "Print the dispatcher's JSON as it came.")
    boolean json;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    final Shell shell;

    RemoteCommand(Shell shell) {
        this.shell = shell;
    }

    /// Does the work.
    ///
    /// @return the exit code
    /// @throws Failure when it cannot be done
    /// @throws InterruptedException when interrupted while waiting
    @Override
    public abstract Integer call() throws InterruptedException;

    ApiClient api() {
        String url = null;
        String key = null;
        for (CommandSpec at = spec; at != null; at = commandAbove(at)) {
            ServerOptions options = serverOptions(at.userObject());
            url = url == null && options != null ? options.url : url;
            key = key == null && options != null ? options.key : key;
        }
        return new ApiClient(
                url == null ? defaultUrl() : url,
                key == null ? nonEmpty(shell.env().get("YARDMASTER_KEY")) : key);
    }

    boolean wantsJson() {
        boolean wanted = json;
        for (CommandSpec at = spec; at != null && !wanted; at = commandAbove(at)) {
            wanted = at.userObject() instanceof RemoteCommand command && command.json;
        }
        return wanted;
    }

    CommandLine commandLine() {
        return Objects.requireNonNull(spec, "set by picocli").commandLine();
    }

    /// This command as it was typed, with one more word; without the API key, which would end up in
    /// a log or a history.
    String repeat(String more) {
        List<String> words = new ArrayList<>(List.of("yardmaster"));
        CommandLine root = commandLine();
        while (root.getParent() != null) {
            root = root.getParent();
        }
        boolean key = false;
        for (String word : root.getParseResult().originalArgs()) {
            if (!key && !word.equals("--key") && !word.startsWith("--key=")) {
                words.add(quoted(word));
            }
            key = word.equals("--key");
        }
        words.add(more);
        return String.join(" ", words);
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9._:/=,@%+-]+")
                ? word
                : "'" + word.replace("'", "'\\''") + "'";
    }

    /// The answer as it came, and one line end.
    void printJson(Reply reply) {
        String body = reply.body().stripTrailing();
        if (!body.isEmpty()) {
            shell.out().println(Printable.json(body));
        }
    }

    void printLines(List<String> lines) {
        for (String line : lines) {
            shell.out().println(line);
        }
    }

    /// JSON when that was asked for, else this sentence.
    void printResult(Reply reply, String sentence) {
        if (wantsJson()) {
            printJson(reply);
        } else {
            shell.out().println(Printable.line(sentence));
        }
    }

    private String defaultUrl() {
        String url = nonEmpty(shell.env().get("YARDMASTER_URL"));
        String port = nonEmpty(shell.env().get("YARDMASTER_PORT"));
        return url != null ? url : "http://127.0.0.1:" + Objects.requireNonNullElse(port, "8080");
    }

    private static @Nullable CommandSpec commandAbove(CommandSpec spec) {
        return spec.parent();
    }

    private static @Nullable ServerOptions serverOptions(Object command) {
        if (command instanceof RemoteCommand remote) {
            return remote.server;
        }
        return command instanceof Root root ? root.server : null;
    }

    private static @Nullable String nonEmpty(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }
}
