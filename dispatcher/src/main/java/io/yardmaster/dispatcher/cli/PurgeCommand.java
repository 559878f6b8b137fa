package io.yardmaster.dispatcher.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Drops what waits in a queue.
@Command(
        name = "purge",
        description =
                "Drop every waiting request of a queue, for good. Asks first; without a terminal it"
                        + " wants -y.",
        footerHeading = "%nExamples:%n",
        footer = {"  yardmaster purge thumbnails/low", "  yardmaster purge thumbnails -y"})
final class PurgeCommand extends QueueCommand {
    @Option(
            names = {"-y", "--yes"},
            description = "Do it without asking.")
    boolean yes;

    PurgeCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        if (!yes) {
            new Consent(shell)
                    .ask("Drop " + waiting() + " of " + target.name() + "?", repeat("-y"));
        }
        return forEach("purge", "purged");
    }

    @Override
    Call call(String queuePath) {
        return Call.delete(queuePath);
    }

    @Override
    String outcome(Reply reply) {
        Json purged = reply.jsonOrMissing().at("purged", "dropped", "removed");
        return purged.missing() ? "" : ": " + purged.show() + " dropped";
    }

    private String waiting() {
        if (!shell.tty().input()) {
            return "all requests"; // nobody reads the question
        }
        Json queues = api().expect("cannot read the queues", Call.get("/v1/queues")).json();
        long waiting = 0;
        for (Json queue : queues.at("queues").items()) {
            if (queue.at("service").raw("").equals(target.service())
                    && target.priorities().contains(queue.at("priority").raw(""))) {
                waiting += queue.at("depth").count() + queue.at("scheduled").count();
            }
        }
        return waiting + (waiting == 1 ? " waiting request" : " waiting requests");
    }
}
