package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Shows how full the queues are, once or again and again.
@Command(
        name = "depth",
        description = "Show how full the queues are.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster depth",
            "  yardmaster depth --watch=2       redraw every 2 s, with rates; Ctrl-C ends it",
            "  yardmaster depth --json | jq '.queues[] | select(.depth > 100)'"
        })
final class DepthCommand extends RemoteCommand {
    @Option(
            names = {"-w", "--watch"},
            arity = "0..1",
            fallbackValue = "1s",
            paramLabel = "SECONDS",
            converter = Durations.class,
            description = "Redraw every second or so, with rates.")
    @Nullable Duration watch;

    @Option(names = "--count", paramLabel = "N", description = "With --watch: end after N times.")
    long count = Long.MAX_VALUE;

    DepthCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws InterruptedException {
        ApiClient api = api();
        if (watch != null) {
            return new DepthWatch(shell, api, wantsJson()).run(watch, count);
        }
        Reply reply = api.expect(DepthWatch.WHAT, DepthWatch.CALL);
        if (wantsJson()) {
            printJson(reply);
        } else {
            printLines(DepthTable.draw(DepthTable.queues(reply.json()), null, shell.ink()));
        }
        return 0;
    }
}
