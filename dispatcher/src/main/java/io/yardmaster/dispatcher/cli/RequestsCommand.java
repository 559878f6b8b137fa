package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import io.yardmaster.dispatcher.cli.Table.Cell;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Searches the requests.
@Command(
        name = "requests",
        description = "Search the requests, by state, service, priority, node, age, id or reason.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster requests --state queued,scheduled --service thumbnails",
            "  yardmaster requests --state in-flight --min-age 5m --watch",
            "  yardmaster requests --id order- --all --json | jq -r '.requests[].id'"
        })
final class RequestsCommand extends ListCommand {
    private static final String WHAT = "cannot search the requests";
    private static final int USUAL = 50;

    /// One call looks at a bounded number; so many calls fill a page before the person is asked.
    private static final int MOST_CALLS = 20;

    private static final int MOST_PAGES = 10_000;

    @Mixin final RequestFilter filter = new RequestFilter();

    @Option(names = "--limit", paramLabel = "N", description = "At most so many (50).")
    int limit = USUAL;

    @Option(names = "--cursor", paramLabel = "CURSOR", description = "Go on after a page.")
    @Nullable String cursor;

    @Option(names = "--all", description = "Every page.")
    boolean all;

    RequestsCommand(Shell shell) {
        super(shell);
    }

    @Override
    View view() {
        return new Page();
    }

    @Override
    int once() {
        ApiClient api = api();
        List<Json> found = new ArrayList<>();
        String at = cursor;
        long searched = 0;
        boolean first = true;
        for (int calls = 0; calls < (all ? MOST_PAGES : MOST_CALLS); calls++) {
            Reply reply = api.expect(WHAT, page(Math.max(1, limit - found.size()), at));
            Json answer = reply.json();
            searched += answer.at("searched").count();
            String next = answer.at("cursor").raw("");
            boolean last = next.isEmpty() || next.equals(at);
            if (wantsJson()) {
                printJson(reply);
            } else {
                found.addAll(answer.at("requests").items());
            }
            if (all && !found.isEmpty()) {
                List<String> lines = table(found);
                printLines(first ? lines : lines.subList(1, lines.size()));
                first = false;
                found.clear();
            }
            at = next;
            if (last || (!all && (wantsJson() || found.size() >= limit))) {
                break;
            }
        }
        if (!wantsJson() && first) {
            printLines(found.isEmpty() ? nothing(searched) : table(found));
        }
        if (at != null && !at.isEmpty()) {
            shell.err()
                    .println(
                            "There may be more: add --all, or --cursor "
                                    + Printable.line(at)
                                    + " (looked at "
                                    + searched
                                    + ")");
        }
        return 0;
    }

    private Call page(int rows, @Nullable String at) {
        return Call.get("/v1/requests" + filter.query(Integer.toString(rows), at));
    }

    private static List<String> nothing(long searched) {
        return List.of(
                "No such request"
                        + (searched > 0 ? " among the " + searched + " looked at." : "."));
    }

    private List<String> table(List<Json> requests) {
        boolean due = requests.stream().anyMatch(request -> !request.at("dueMs").missing());
        Table table = new Table().left("ID", "SERVICE", "PRIORITY", "STATE").right("AGE");
        table.right("ATTEMPTS").left("NODE");
        if (due) {
            table.right("DUE IN");
        }
        table.left("CALL", "REASON");
        long now = shell.time().clock().millis();
        for (Json request : requests) {
            List<Cell> row = new ArrayList<>();
            row.add(Cell.of(request.at("id").raw("-")));
            row.add(Cell.of(request.at("service").raw("-")));
            row.add(Cell.of(request.at("priority").raw("-")));
            row.add(Cell.state(request.at("state").raw("-")));
            row.add(Cell.of(duration(request.at("ageMs").number())));
            row.add(Cell.of(request.at("attempts").raw("-")));
            row.add(Cell.of(request.at("node").raw("-")));
            if (due) {
                Number at = request.at("dueMs").number();
                row.add(Cell.of(duration(at == null ? null : at.longValue() - now)));
            }
            String call = request.at("method").raw("") + " " + request.at("path").raw("");
            row.add(Cell.of(call.isBlank() ? "-" : call.strip()));
            row.add(new Cell(request.at("reason").raw("-"), Tone.DIM));
            table.row(row);
        }
        return table.lines(shell.ink());
    }

    private static String duration(@Nullable Number millis) {
        return millis == null ? "-" : Durations.human(millis.longValue());
    }

    /// The page that was asked for, to be watched.
    private final class Page implements View {
        @Override
        public String what() {
            return WHAT;
        }

        @Override
        public Call call() {
            return page(limit, cursor);
        }

        @Override
        public List<String> draw(Json answer, long nanos) {
            List<Json> requests = answer.at("requests").items();
            return requests.isEmpty() ? nothing(answer.at("searched").count()) : table(requests);
        }
    }
}
