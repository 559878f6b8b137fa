package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import io.yardmaster.dispatcher.cli.Table.Cell;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Lists dead requests, page by page.
@Command(
        name = "list",
        description = "List dead requests.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster dead list --service thumbnails --limit 20",
            "  yardmaster dead list --all --json | jq -r '.dead[].id'"
        })
final class DeadList extends ListCommand {
    private static final String WHAT = "cannot list the dead requests";
    private static final int MOST_PAGES = 10_000;

    @Option(names = "--service", paramLabel = "NAME", description = "Only this service.")
    @Nullable String service;

    @Option(
            names = "--priority",
            paramLabel = "PRIORITY",
            converter = QueueTarget.PriorityName.class,
            description = "Only this priority.")
    @Nullable String priority;

    @Option(names = "--limit", paramLabel = "N", description = "At most so many a page.")
    @Nullable Integer limit;

    @Option(names = "--cursor", paramLabel = "CURSOR", description = "Go on after a page.")
    @Nullable String cursor;

    @Option(names = "--all", description = "Every page.")
    boolean all;

    DeadList(Shell shell) {
        super(shell);
    }

    @Override
    View view() {
        return new Page();
    }

    @Override
    int once() {
        ApiClient api = api();
        String at = cursor;
        for (int page = 0; page < MOST_PAGES; page++) {
            Reply reply = api.expect(WHAT, page(at));
            Json answer = reply.json();
            if (wantsJson()) {
                printJson(reply);
            } else {
                printLines(table(answer.at("dead").items(), page == 0));
            }
            String next = answer.at("cursor").raw("");
            if (next.isEmpty() || next.equals(at)) {
                break;
            }
            if (!all) {
                shell.err()
                        .println("There are more: add --all, or --cursor " + Printable.line(next));
                break;
            }
            at = next;
        }
        return 0;
    }

    private Call page(@Nullable String at) {
        String size = limit == null ? null : limit.toString();
        return Call.get(
                "/v1/dead"
                        + Call.query(
                                "service",
                                service,
                                "priority",
                                priority,
                                "limit",
                                size,
                                "cursor",
                                at));
    }

    private List<String> table(List<Json> dead, boolean first) {
        if (dead.isEmpty() && first) {
            return List.of("No dead requests.");
        }
        Table table = new Table().left("ID", "SERVICE", "PRIORITY", "DIED").right("ATTEMPTS");
        table.left("NODE", "ERROR");
        for (Json request : dead) {
            String died = request.at("diedAt").raw("-");
            table.row(
                    List.of(
                            Cell.of(request.at("id").raw("-")),
                            Cell.of(request.at("service").raw("-")),
                            Cell.of(request.at("priority").raw("-")),
                            Cell.of(
                                    died.equals("-")
                                            ? died
                                            : RequestCard.ago(
                                                    died, shell.time().clock().instant())),
                            Cell.of(request.at("attempts").raw("-")),
                            Cell.of(request.at("node").raw("-")),
                            new Cell(request.at("error").raw("-"), Tone.BAD)));
        }
        List<String> lines = table.lines(shell.ink());
        return first ? lines : lines.subList(1, lines.size());
    }

    /// The page that was asked for, to be watched.
    private final class Page implements View {
        @Override
        public String what() {
            return WHAT;
        }

        @Override
        public Call call() {
            return page(cursor);
        }

        @Override
        public List<String> draw(Json answer, long nanos) {
            return table(answer.at("dead").items(), true);
        }
    }
}
