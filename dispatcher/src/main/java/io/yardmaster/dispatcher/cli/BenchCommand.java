package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// Loads a running dispatcher for a moment and says how fast it was.
@Command(
        name = "bench",
        description =
                "Send a bounded number of real requests to a dispatcher, and say how fast they were"
                        + " accepted and settled. Its nodes get them, so give them a service of their"
                        + " own.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster bench --service bench --requests 2000",
            "  yardmaster bench --rate 100 --requests 1000 --json",
            "",
            "What one machine can do at most is measured by scripts/bench instead, with its own"
                    + " Redis and nodes."
        })
final class BenchCommand extends RemoteCommand {
    private static final int MOST_REQUESTS = 1_000_000;
    private static final int MOST_CALLERS = 256;
    private static final int MOST_BYTES = 1024 * 1024;

    @Option(names = "--requests", paramLabel = "N", description = "How many (1000).")
    int requests = 1_000;

    @Option(
            names = {"-c", "--concurrency"},
            paramLabel = "N",
            description = "How many at a time (16).")
    int concurrency = 16;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description =
                    "Send so many a second, whatever the answers do (default: as fast as it goes).")
    double rate;

    @Option(names = "--bytes", paramLabel = "N", description = "Size of a body (250).")
    int bytes = 250;

    @Option(names = "--service", paramLabel = "NAME", description = "The service (default).")
    String service = "default";

    @Option(
            names = "--priority",
            paramLabel = "PRIORITY",
            converter = QueueTarget.PriorityName.class,
            description = "One priority (default: all four in turn).")
    @Nullable String priority;

    @Option(names = "--path", paramLabel = "PATH", description = "The path at the node (/work).")
    String path = "/work";

    @Option(
            names = "--settle",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How long to wait for the last to settle (60s).")
    Duration settle = Duration.ofSeconds(60);

    BenchCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws InterruptedException {
        within("--requests", requests, MOST_REQUESTS);
        within("-c", concurrency, MOST_CALLERS);
        within("--bytes", bytes, MOST_BYTES);
        // as many kept-alive connections as callers; read once, before the first call
        System.setProperty("http.maxConnections", Integer.toString(concurrency));
        List<String> priorities = priority == null ? QueueTarget.PRIORITIES : List.of(priority);
        LoadRun run = new LoadRun(api(), shell, new LoadRun.Plan(requests, concurrency, rate));
        String body = "x".repeat(bytes);
        LoadRun.Figures figures =
                run.go(
                        (id, i) ->
                                new JsonObject()
                                        .text("id", id)
                                        .text("service", service)
                                        .text("priority", priorities.get(i % priorities.size()))
                                        .text("method", "POST")
                                        .text("path", path)
                                        .text("bodyText", body)
                                        .toString(),
                        settle);
        if (wantsJson()) {
            shell.out().println(figures.json());
        } else {
            String title =
                    requests
                            + " requests of "
                            + bytes
                            + " bytes to "
                            + service
                            + ", "
                            + concurrency
                            + " at a time";
            shell.out().println(Printable.line(title));
            printLines(figures.lines());
        }
        for (Map.Entry<String, Long> refusal : figures.refusals().entrySet()) {
            shell.err()
                    .println(refusal.getValue() + " refused: " + Printable.line(refusal.getKey()));
        }
        return figures.complete() ? 0 : Failure.FAILED;
    }

    private void within(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw new ParameterException(
                    commandLine(), name + ": " + value + " (expected: 1 to " + most + ")");
        }
    }
}
