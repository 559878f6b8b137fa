package io.yardmaster.dispatcher.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Draws the answer of `GET /v1/requests/{id}` for a person.
final class RequestCard {
    private static final int PREVIEW = 2_000;
    private static final int LABEL = 10;

    private final Ink ink;
    private final InstantSource clock;
    private final List<String> lines = new ArrayList<>();

    private RequestCard(Ink ink, InstantSource clock) {
        this.ink = ink;
        this.clock = clock;
    }

    static List<String> draw(Json request, Ink ink, InstantSource clock) {
        RequestCard card = new RequestCard(ink, clock);
        String state = request.at("state").show();
        card.add("id", request.at("id").show());
        card.add("state", ink.paint(Ink.ofState(state), state));
        card.add("queue", request.at("service").show() + "/" + request.at("priority").show());
        card.add("attempts", request.at("attempts").show());
        card.add("node", request.at("node").show());
        card.add("enqueued", card.time(request.at("enqueuedAt")));
        card.add("settled", card.time(request.at("settledAt")));
        if (!request.at("position").missing()) {
            card.add("position", request.at("position").show());
        }
        if (!request.at("error").missing()) {
            card.add("error", ink.paint(Ink.Tone.BAD, request.at("error").show()));
        }
        card.response(request.at("response"));
        card.history(request.at("history").items());
        return card.lines;
    }

    /// Name and value a line, aligned.
    static List<String> fields(Map<String, Json> fields) {
        int width = LABEL;
        for (String name : fields.keySet()) {
            width = Math.max(width, Printable.line(name).length() + 2);
        }
        List<String> lines = new ArrayList<>();
        for (var field : fields.entrySet()) {
            lines.add(label(field.getKey(), width) + field.getValue().show());
        }
        return lines;
    }

    private void response(Json response) {
        if (!response.isObject()) {
            return;
        }
        add("response", response.at("status").show());
        for (var header : response.at("headers").fields().entrySet()) {
            add("", Printable.line(header.getKey()) + ": " + header.getValue().show());
        }
        Json base64 = response.at("bodyBase64");
        String body = response.at("body").raw("");
        String note = response.at("truncated").isTrue() ? " (cut by the dispatcher)" : "";
        if (!base64.missing()) {
            add("body", "binary, " + base64.raw("").length() * 3L / 4 + " bytes" + note);
        } else if (!body.isEmpty()) {
            boolean cut = body.length() > PREVIEW;
            String shown = Printable.text(cut ? body.substring(0, PREVIEW) : body).stripTrailing();
            add("body", shown.replace("\n", "\n" + " ".repeat(LABEL)));
            if (cut || !note.isEmpty()) {
                add("", ink.paint(Ink.Tone.DIM, cut ? "… (all of it: --json)" : note.strip()));
            }
        }
    }

    private void history(List<Json> entries) {
        for (int i = 0; i < entries.size(); i++) {
            Json entry = entries.get(i);
            StringBuilder line = new StringBuilder(entry.isObject() ? "" : entry.show());
            for (var field : entry.fields().entrySet()) {
                boolean plain = line.isEmpty(); // the first field, its time, needs no name
                line.append(plain ? "" : "  " + Printable.line(field.getKey()) + "=");
                line.append(field.getValue().show());
            }
            add(i == 0 ? "history" : "", line.toString());
        }
    }

    /// The time itself, and how long ago that was.
    private String time(Json at) {
        String text = at.show();
        return at.missing() ? "-" : text + " (" + ago(text, clock.instant()) + ")";
    }

    /// How long ago a time was.
    ///
    /// @return such as `3m05s ago`, `in 2.0s`, or `?` when it is not a time
    static String ago(String time, Instant now) {
        try {
            long millis = Duration.between(Instant.parse(time), now).toMillis();
            return millis >= 0
                    ? Durations.human(millis) + " ago"
                    : "in " + Durations.human(-millis);
        } catch (DateTimeException | ArithmeticException e) {
            return "?";
        }
    }

    private void add(String name, String value) {
        lines.add(label(name, LABEL) + value);
    }

    private static String label(String name, int width) {
        String safe = Printable.line(name);
        return safe + " ".repeat(Math.max(1, width - safe.length()));
    }
}
