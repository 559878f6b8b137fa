package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.StoredRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Requests as `GET /v1/requests/{id}` shows them: always the same fields, null where there is
/// nothing to say, and times of RFC 3339.
final class RequestView {
    private final InstantSource clock;
    private final Why why;

    RequestView(InstantSource clock, Why why) {
        this.clock = clock;
        this.why = why;
    }

    ObjectNode live(Found.Live live) {
        StoredRequest stored = live.stored();
        QueueName queue = stored.request().queue();
        ObjectNode json =
                Answers.object()
                        .put("id", stored.request().id())
                        .put("service", queue.service())
                        .put("priority", queue.priority().text())
                        .put("state", state(live))
                        .put("attempts", stored.attempts())
                        .put("node", node(stored))
                        .put("enqueuedAt", stored.enqueuedAt().toString())
                        .putNull("settledAt")
                        .put("dueAt", due(live));
        if (live.before() >= 0) {
            json.put("position", live.before() + 1);
        } else {
            json.putNull("position");
        }
        json.putNull("response").putNull("error");
        json.set("history", history(stored.history()));
        return json;
    }

    /// When a scheduled request may be sent; null for others.
    private @Nullable String due(Found.Live live) {
        return live.stored().state() == StoredRequest.State.SCHEDULED
                ? time(clock.instant().plus(live.waits()).toEpochMilli())
                : null;
    }

    /// Only the replica that sent it knows; null elsewhere.
    private @Nullable String node(StoredRequest stored) {
        return stored.state() == StoredRequest.State.LEASED
                ? why.flight(stored.request().id(), stored.attempts())
                        .map(Why.Flight::node)
                        .orElse(null)
                : null;
    }

    private static ArrayNode history(List<String> lines) {
        ArrayNode history = Answers.object().arrayNode();
        for (String line : lines) {
            history.add(lean(Answers.read(line)));
        }
        return history;
    }

    static String state(Found.Live live) {
        if (live.expired()) {
            return "expired";
        }
        return switch (live.stored().state()) {
            case QUEUED -> "queued";
            case SCHEDULED -> "scheduled";
            case LEASED -> "in-flight";
            case DEAD -> "dead";
        };
    }

    static String state(Found.End end) {
        return end.name().toLowerCase(Locale.ROOT);
    }

    static ObjectNode settled(String id, Found.Settled settled) {
        ObjectNode outcome = Answers.read(settled.json());
        ObjectNode json = Answers.object().put("id", id);
        take(json, outcome, "service");
        take(json, outcome, "priority");
        json.put("state", state(settled.end()));
        take(json, outcome, "attempts");
        take(json, outcome, "node");
        time(json, outcome, "enqueuedAt");
        time(json, outcome, "settledAt");
        json.putNull("dueAt").putNull("position");
        take(json, outcome, "response");
        take(json, outcome, "error");
        JsonNode history = outcome.get("history");
        if (history instanceof ArrayNode entries) {
            entries.forEach(RequestView::lean);
            json.set("history", entries);
        } else {
            json.putArray("history");
        }
        return json;
    }

    private static void take(ObjectNode json, ObjectNode outcome, String field) {
        JsonNode value = outcome.get(field);
        if (value == null) {
            json.putNull(field);
        } else {
            json.set(field, value);
        }
    }

    private static void time(ObjectNode json, ObjectNode outcome, String field) {
        JsonNode value = outcome.get(field);
        if (value != null && value.isNumber()) {
            json.put(field, time(value.longValue()));
        } else {
            json.putNull(field);
        }
    }

    static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    /// How the node was chosen is what `why` tells.
    private static JsonNode lean(JsonNode entry) {
        if (entry instanceof ObjectNode object) {
            object.remove(Decisions.FIELD);
        }
        return dated(entry);
    }

    static JsonNode dated(JsonNode entry) {
        if (entry instanceof ObjectNode object && object.path("at").isNumber()) {
            object.put("at", time(object.path("at").longValue()));
        }
        return entry;
    }
}
