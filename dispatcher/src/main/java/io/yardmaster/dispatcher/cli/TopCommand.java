package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Shows queues, requests, nodes, dead requests and events on the whole screen, live.
@Command(
        name = "top",
        description =
                "Show queues, requests, nodes and events on the whole screen, live, with the"
                        + " dashboard's keys; ? explains them.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster top",
            "  yardmaster top --url http://pi:8080 --interval 5s",
            "  yardmaster top --json                what it shows, once, for programs"
        })
final class TopCommand extends RemoteCommand {
    private static final long SHORTEST_MILLIS = 200;
    private static final int PATIENCE_MILLIS = 3_000;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "How often to read (1s).")
    Duration interval = Duration.ofSeconds(1);

    TopCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws InterruptedException {
        ApiClient api = api();
        if (wantsJson()) {
            printJson(api.expect("cannot read the overview", Call.get("/v1/overview")));
            return 0;
        }
        if (!shell.tty().input()
                || !shell.tty().output()
                || "dumb".equals(shell.env().get("TERM"))) {
            throw Failure.usage(
                    "top needs a terminal",
                    "standard input or output is not one, or TERM is dumb",
                    "yardmaster depth --watch, or yardmaster top --json");
        }
        TopReader reader =
                new TopReader(
                        api.within(PATIENCE_MILLIS),
                        shell,
                        Math.max(SHORTEST_MILLIS, interval.toMillis()));
        TopTerminal.run(reader, shell);
        return 0;
    }
}
