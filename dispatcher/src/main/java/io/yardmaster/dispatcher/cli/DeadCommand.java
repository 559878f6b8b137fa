package io.yardmaster.dispatcher.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// The requests that were given up.
@Command(
        name = "dead",
        description = "List, retry or drop the requests that were given up.",
        synopsisSubcommandLabel = "[COMMAND]",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster dead list --service thumbnails",
            "  yardmaster dead retry ID",
            "  yardmaster dead retry --service thumbnails --priority low",
            "  yardmaster dead drop ID"
        })
final class DeadCommand extends GroupCommand {
    private DeadCommand(Shell shell) {
        super(shell);
    }

    static CommandLine tree(Shell shell) {
        return new CommandLine(new DeadCommand(shell))
                .addSubcommand("list", new DeadList(shell))
                .addSubcommand("retry", new Retry(shell))
                .addSubcommand("drop", new Drop(shell));
    }

    /// Puts dead requests back into their queues.
    @Command(
            name = "retry",
            description = "Put a dead request, or many, back into the queue with fresh attempts.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  yardmaster dead retry ID",
                "  yardmaster dead retry --service thumbnails",
                "  yardmaster dead retry --all -y"
            })
    static final class Retry extends RemoteCommand {
        @Parameters(paramLabel = "ID", arity = "0..1", description = "The request's id.")
        @Nullable String id;

        @Option(names = "--service", paramLabel = "NAME", description = "All of a service.")
        @Nullable String service;

        @Option(
                names = "--priority",
                paramLabel = "PRIORITY",
                converter = QueueTarget.PriorityName.class,
                description = "With --service: all of one queue.")
        @Nullable String priority;

        @Option(names = "--all", description = "All of every service; asks first.")
        boolean all;

        @Option(
                names = {"-y", "--yes"},
                description = "Do it without asking.")
        boolean yes;

        Retry(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            int ways = (id == null ? 0 : 1) + (service == null ? 0 : 1) + (all ? 1 : 0);
            if (ways != 1 || (priority != null && service == null)) {
                throw new ParameterException(
                        commandLine(),
                        "which ones: "
                                + (ways == 0 ? "nothing" : "too much")
                                + " given (expected: ID, or --service [--priority], or --all)");
            }
            if (id != null) {
                Call call = Call.post("/v1/dead/" + Call.encode(id) + "/retry");
                printResult(api().expect("cannot retry " + id, call), "queued again " + id);
                return 0;
            }
            if (all && !yes) {
                new Consent(shell).ask("Retry every dead request of every service?", repeat("-y"));
            }
            String query = Call.query("service", service, "priority", priority);
            Call call = Call.post("/v1/dead/retry" + query);
            Reply reply = api().expect("cannot retry the dead requests", call);
            Json count = reply.jsonOrMissing().at("retried", "count");
            printResult(reply, "queued again: " + count.show());
            return 0;
        }
    }

    /// Forgets one dead request.
    @Command(
            name = "drop",
            description = "Forget a dead request, for good.",
            footerHeading = "%nExample:%n",
            footer = "  yardmaster dead drop ID")
    static final class Drop extends RemoteCommand {
        @Parameters(paramLabel = "ID", description = "The request's id.")
        String id = "";

        Drop(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Call call = Call.delete("/v1/dead/" + Call.encode(id));
            printResult(api().expect("cannot drop " + id, call), "dropped " + id);
            return 0;
        }
    }
}
