package io.yardmaster.dispatcher.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// Does one thing to all requests that match.
@Command(
        name = "bulk",
        description = "Retry, cancel or drop all requests that match, after saying how many.",
        synopsisSubcommandLabel = "COMMAND",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster bulk retry --service thumbnails --dry-run",
            "  yardmaster bulk cancel --state queued --min-age 2h",
            "  yardmaster bulk drop --reason 'HTTP 410' -y"
        })
final class BulkCommand extends RemoteCommand {
    private BulkCommand(Shell shell) {
        super(shell);
    }

    static CommandLine tree(Shell shell) {
        return new CommandLine(new BulkCommand(shell))
                .addSubcommand("retry", new Retry(shell))
                .addSubcommand("cancel", new Cancel(shell))
                .addSubcommand("drop", new Drop(shell));
    }

    @Override
    public Integer call() {
        throw new ParameterException(commandLine(), "which action: retry, cancel or drop");
    }

    /// One action on many.
    abstract static class Action extends RemoteCommand {
        private static final int MOST_CALLS = 1_000_000;

        @Parameters(paramLabel = "ID", arity = "0..*", description = "Only these ids.")
        List<String> ids = new ArrayList<>();

        @Mixin final RequestFilter filter = new RequestFilter();

        @Option(
                names = "--everything",
                description = "No filter: every one that it can be done to.")
        boolean everything;

        @Option(names = "--dry-run", description = "Only say how many match.")
        boolean dryRun;

        @Option(
                names = {"-y", "--yes"},
                description = "Do it without asking.")
        boolean yes;

        Action(Shell shell) {
            super(shell);
        }

        /// Such as `retry`.
        abstract String verb();

        /// Such as `queued again`.
        abstract String done();

        /// The states that are meant when none is named.
        abstract List<String> usual();

        @Override
        public Integer call() {
            if ((filter.isEmpty() && ids.isEmpty()) != everything) {
                throw new ParameterException(
                        commandLine(),
                        "which ones: "
                                + (everything ? "too much" : "nothing")
                                + " given (expected: ids or a filter, or --everything)");
            }
            if (!dryRun && !yes && !shell.tty().input()) {
                new Consent(shell).ask("", repeat("-y"));
            }
            ApiClient api = api();
            if (dryRun || !yes) {
                Tally tally = go(api, true);
                if (dryRun) {
                    say(tally.matching + " match");
                    return 0;
                }
                if (tally.matching == 0) {
                    say("nothing matches");
                    return 0;
                }
                String many = tally.matching == 1 ? " request?" : " requests?";
                new Consent(shell).ask(title() + " " + tally.matching + many, repeat("-y"));
            }
            Tally tally = go(api, false);
            String failed = tally.failed == 0 ? "" : ", failed: " + tally.failed;
            say(done() + ": " + tally.done + failed);
            return tally.failed == 0 ? 0 : Failure.FAILED;
        }

        private Tally go(ApiClient api, boolean dry) {
            String what = "cannot " + verb() + " requests";
            Tally tally = new Tally();
            String cursor = null;
            for (int calls = 0; calls < MOST_CALLS; calls++) {
                String so =
                        tally.done == 0 ? "" : " (" + done() + " before it: " + tally.done + ")";
                Reply reply = api.expect(what + so, call(dry, cursor));
                if (wantsJson() && (dry == dryRun)) {
                    printJson(reply);
                }
                Json answer = reply.json();
                tally.matching += answer.at("matching").count();
                tally.done += answer.at("done").count();
                tally.failed += answer.at("failed").count();
                String next = answer.at("cursor").raw("");
                if (answer.at("complete").isTrue() || next.isEmpty() || next.equals(cursor)) {
                    break;
                }
                cursor = next;
                progress(tally, dry);
            }
            return tally;
        }

        private Call call(boolean dry, @Nullable String cursor) {
            JsonObject wanted = filter.json(usual());
            if (!ids.isEmpty()) {
                wanted.texts("ids", ids);
            }
            JsonObject body =
                    new JsonObject()
                            .text("action", verb())
                            .raw("filter", wanted.toString())
                            .raw("dryRun", Boolean.toString(dry))
                            .text("cursor", cursor);
            return Call.post("/v1/requests/bulk").with(Call.Content.json(body.toString()));
        }

        private void progress(Tally tally, boolean dry) {
            if (shell.tty().input() && shell.tty().output() && !wantsJson()) {
                String figure = dry ? tally.matching + " match so far" : done() + ": " + tally.done;
                shell.err().println(figure + " …");
                shell.err().flush();
            }
        }

        private void say(String sentence) {
            if (!wantsJson()) {
                shell.out().println(sentence);
            }
        }

        private String title() {
            return Character.toUpperCase(verb().charAt(0)) + verb().substring(1);
        }

        /// What all calls together gave.
        private static final class Tally {
            long matching;
            long done;
            long failed;
        }
    }

    /// Puts dead requests back.
    @Command(
            name = "retry",
            description = "Put all dead requests that match back into their queues.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  yardmaster bulk retry --service thumbnails --dry-run",
                "  yardmaster bulk retry --reason timeout --max-age 1h -y"
            })
    static final class Retry extends Action {
        Retry(Shell shell) {
            super(shell);
        }

        @Override
        String verb() {
            return "retry";
        }

        @Override
        String done() {
            return "queued again";
        }

        @Override
        List<String> usual() {
            return List.of("dead");
        }
    }

    /// Cancels what has not ended.
    @Command(
            name = "cancel",
            description = "Cancel all requests that match and have not ended.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  yardmaster bulk cancel --state queued --min-age 2h",
                "  yardmaster bulk cancel --service thumbnails --priority low --dry-run"
            })
    static final class Cancel extends Action {
        Cancel(Shell shell) {
            super(shell);
        }

        @Override
        String verb() {
            return "cancel";
        }

        @Override
        String done() {
            return "cancelled";
        }

        @Override
        List<String> usual() {
            return List.of("queued", "scheduled", "in-flight");
        }
    }

    /// Forgets dead requests.
    @Command(
            name = "drop",
            description = "Forget all dead requests that match, for good.",
            footerHeading = "%nExamples:%n",
            footer = {
                "  yardmaster bulk drop --min-age 7d --dry-run",
                "  yardmaster bulk drop --everything -y"
            })
    static final class Drop extends Action {
        Drop(Shell shell) {
            super(shell);
        }

        @Override
        String verb() {
            return "drop";
        }

        @Override
        String done() {
            return "dropped";
        }

        @Override
        List<String> usual() {
            return List.of("dead");
        }
    }
}
