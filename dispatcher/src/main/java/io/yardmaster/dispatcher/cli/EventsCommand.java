package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Follows what happens: nodes, breakers, queues, dead requests, replicas.
@Command(
        name = "events",
        description =
                "Follow what happens to nodes, breakers, queues and replicas. Goes on after the"
                        + " dispatcher was away, without a gap.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster events",
            "  yardmaster events --type node_health_changed,breaker_opened",
            "  yardmaster events --recent 100 --json | jq 'select(.event_type == \"queue_full\")'"
        })
final class EventsCommand extends RemoteCommand {
    private static final String WHAT = "cannot follow the events";
    private static final long PAUSE_MILLIS = 2_000;

    /// The dispatcher sends a sign of life every 10 s.
    private static final Duration SILENCE = Duration.ofSeconds(20);

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            split = ",",
            description = "Only these types; several with commas.")
    List<String> types = new ArrayList<>();

    @Option(
            names = "--recent",
            paramLabel = "N",
            description = "Print the last N and end, instead of following.")
    int recent;

    @Option(names = "--count", paramLabel = "N", description = "End after N events.")
    long count = Long.MAX_VALUE;

    private long shown;
    private String last = "";

    EventsCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws InterruptedException {
        ApiClient api = api();
        if (recent > 0) {
            Call call = Call.get("/v1/events?format=json&limit=" + recent);
            List<Json> events =
                    api.expect("cannot read the events", call).json().at("events").items();
            // newest last, as when following
            events.sort((a, b) -> a.at("timestamp").raw("").compareTo(b.at("timestamp").raw("")));
            events.forEach(this::show);
            return 0;
        }
        for (boolean first = true; shown < count && !shell.out().checkError(); first = false) {
            try {
                api.stream(WHAT, following(), this::received);
            } catch (Failure e) {
                if (first || e.exitCode() != Failure.UNREACHABLE) {
                    throw e;
                }
                shell.err().println("unreachable: " + e.reasons() + "; trying again");
                shell.err().flush();
            }
            if (shown < count) {
                shell.time().pause().millis(PAUSE_MILLIS);
            }
        }
        return 0;
    }

    private Call following() {
        Map<String, String> headers = new HashMap<>(Map.of("Accept", "text/event-stream"));
        if (!last.isEmpty()) {
            headers.put("Last-Event-ID", last);
        }
        return Call.get("/v1/events").with(headers, SILENCE);
    }

    /// One server-sent event.
    ///
    /// @return whether to go on
    private boolean received(String id, String data) {
        last = id.isEmpty() ? last : id;
        try {
            show(Json.parse(data));
        } catch (java.io.IOException e) {
            shell.err().println("an event that cannot be read: " + Printable.line(data));
        }
        shell.out().flush();
        return shown < count && !shell.out().checkError();
    }

    private void show(Json event) {
        String type = event.at("event_type").raw("-");
        if ((!types.isEmpty() && !types.contains(type)) || shown >= count) {
            return;
        }
        shown++;
        shell.out().println(wantsJson() ? Printable.json(event.compact()) : line(event, type));
    }

    private String line(Json event, String type) {
        StringBuilder line = new StringBuilder(time(event.at("timestamp"))).append("  ");
        String padded = String.format(Locale.ROOT, "%-20s", Printable.line(type));
        line.append(shell.ink().paint(tone(type), padded)).append(' ');
        for (var field : event.at("event_data").fields().entrySet()) {
            line.append(' ').append(Printable.line(field.getKey())).append('=');
            line.append(field.getValue().show());
        }
        return line.toString().stripTrailing();
    }

    static String time(Json timestamp) {
        Number millis = timestamp.number();
        return millis == null
                ? timestamp.show()
                : Instant.ofEpochMilli(millis.longValue()).toString();
    }

    static Tone tone(String type) {
        return switch (type) {
            case "breaker_opened", "request_dead", "queue_full", "node_removed", "replica_ended" ->
                    Tone.BAD;
            case "queue_paused", "queue_purged", "node_drained", "breaker_half_opened" -> Tone.WARN;
            case "breaker_closed", "node_registered", "replica_started" -> Tone.GOOD;
            case "figures" -> Tone.DIM;
            default -> Tone.PLAIN; // types that a newer server may add
        };
    }
}
