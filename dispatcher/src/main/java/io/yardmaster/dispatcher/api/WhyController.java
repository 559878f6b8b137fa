package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Holdup;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.StoredRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Says what a request waits for, and why its attempts went where they went. What the queue knows
/// is answered by [QueueCauses], what nodes, limits and breakers have to do with it by [Why].
///
/// Asks Redis twice, however much waits; where an attempt is at another replica, once more.
@Controller("/v1/requests")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class WhyController {
    private final Shards queue;
    private final Why why;
    private final QueueCauses causes;

    WhyController(Shards queue, Why why) {
        this.queue = queue;
        this.why = why;
        this.causes = new QueueCauses(why);
    }

    @Get("/{id}/why")
    @Allow(Access.FOLLOW)
    HttpResponse<?> why(HttpRequest<?> request, String id) {
        return switch (RequestsController.find(queue, request, id)) {
            case Found.Unknown() -> Problem.unknownRequest(id).response();
            case Found.Settled settled -> ended(id, settled);
            case Found.Live live -> {
                Optional<Holdup> holdup = queue.holdup(id);
                yield holdup.isPresent()
                        ? unsettled(id, live, holdup.get())
                        : endedMeanwhile(request, id);
            }
        };
    }

    /// Between the two looks; somebody may even have redriven it since.
    private HttpResponse<?> endedMeanwhile(HttpRequest<?> request, String id) {
        return switch (RequestsController.find(queue, request, id)) {
            case Found.Unknown() -> Problem.unknownRequest(id).response();
            case Found.Settled settled -> ended(id, settled);
            case Found.Live live ->
                    unsettled(
                            id,
                            live,
                            new Holdup(live.stored().enqueuedAt(), Optional.empty(), -1, false));
        };
    }

    private static HttpResponse<?> ended(String id, Found.Settled settled) {
        String state = RequestView.state(settled.end());
        List<ObjectNode> attempts = new ArrayList<>();
        for (JsonNode line : Answers.read(settled.json()).path("history")) {
            if (line instanceof ObjectNode object) {
                attempts.add(Decisions.attempt(object));
            }
        }
        ObjectNode json =
                begin(id, state, List.of(QueueCauses.over("it has ended as " + state)), attempts);
        return finish(json, attempts);
    }

    private HttpResponse<?> unsettled(String id, Found.Live live, Holdup holdup) {
        List<ObjectNode> attempts = new ArrayList<>();
        for (String line : live.stored().history()) {
            attempts.add(Decisions.attempt(Answers.read(line)));
        }
        Optional<Why.Flight> flight =
                live.stored().state() == StoredRequest.State.LEASED
                        ? why.flightAnywhere(id, live.stored().attempts())
                        : Optional.empty();
        flight.ifPresent(known -> attempts.add(underWay(live, known)));
        List<Why.Cause> found = causes.of(live, holdup, flight);
        ObjectNode json = begin(id, RequestView.state(live), found, attempts);
        json.put(
                "waitedMs",
                Math.max(
                        0,
                        holdup.now().toEpochMilli() - live.stored().enqueuedAt().toEpochMilli()));
        return finish(json, attempts);
    }

    private static ObjectNode underWay(Found.Live live, Why.Flight flight) {
        ObjectNode line =
                Answers.object()
                        .put("attempt", live.stored().attempts())
                        .put("node", flight.node())
                        .put("at", flight.sentAt().toEpochMilli());
        flight.decision().ifPresent(json -> line.set(Decisions.FIELD, Answers.read(json)));
        return Decisions.attempt(line);
    }

    /// The main cause's fields stand beside `reason`; the others are under `also`.
    private static ObjectNode begin(
            String id, String state, List<Why.Cause> causes, List<ObjectNode> attempts) {
        String last = attempts.isEmpty() ? "" : " " + attempts.getLast().path("sentence").asText();
        Why.Cause main = causes.getFirst();
        ObjectNode json =
                Answers.object()
                        .put("id", id)
                        .put("sentence", main.sentence() + last)
                        .put("state", state)
                        .put("reason", main.reason().text());
        details(json, main.details());
        ArrayNode also = json.putArray("also");
        for (Why.Cause cause : causes.subList(1, causes.size())) {
            ObjectNode other =
                    also.addObject()
                            .put("reason", cause.reason().text())
                            .put("sentence", cause.sentence());
            details(other, cause.details());
        }
        return json;
    }

    private static void details(ObjectNode json, Map<String, Object> details) {
        details.forEach((name, value) -> json.set(name, Answers.tree(value)));
    }

    private static HttpResponse<?> finish(ObjectNode json, List<ObjectNode> attempts) {
        json.putArray("attempts").addAll(attempts);
        return Answers.ok(json);
    }
}
