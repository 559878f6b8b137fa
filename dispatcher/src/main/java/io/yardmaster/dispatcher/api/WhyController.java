package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.JsonNode;
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
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.StoredRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Says what a request waits for, and why its attempts went where they went. What the queue knows
/// is answered here, what nodes, limits and breakers have to do with it by [Why].
@Controller("/v1/requests")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class WhyController {
    private final Shards queue;
    private final Why why;

    WhyController(Shards queue, Why why) {
        this.queue = queue;
        this.why = why;
    }

    @Get("/{id}/why")
    @Allow(Access.FOLLOW)
    HttpResponse<?> why(HttpRequest<?> request, String id) {
        return switch (RequestsController.find(queue, request, id)) {
            case Found.Unknown() -> Problem.unknownRequest(id).response();
            case Found.Settled settled -> answer(id, settled);
            case Found.Live live -> answer(id, live);
        };
    }

    private static HttpResponse<?> answer(String id, Found.Settled settled) {
        String state = RequestView.state(settled.end());
        String sentence = "It waits for nothing: it has ended as " + state + ".";
        List<ObjectNode> attempts = new ArrayList<>();
        for (JsonNode line : Answers.read(settled.json()).path("history")) {
            if (line instanceof ObjectNode object) {
                attempts.add(Decisions.attempt(object));
            }
        }
        return response(
                id, state, new Why.Answer(sentence, Why.Reason.SETTLED, Map.of()), attempts);
    }

    private HttpResponse<?> answer(String id, Found.Live live) {
        List<ObjectNode> attempts = new ArrayList<>();
        for (String line : live.stored().history()) {
            attempts.add(Decisions.attempt(Answers.read(line)));
        }
        Optional<Why.Flight> flight =
                live.stored().state() == StoredRequest.State.LEASED
                        ? why.flight(id, live.stored().attempts())
                        : Optional.empty();
        flight.ifPresent(known -> attempts.add(underWay(live, known)));
        return response(id, RequestView.state(live), reason(live, flight), attempts);
    }

    private static ObjectNode underWay(Found.Live live, Why.Flight flight) {
        ObjectNode line =
                Answers.object()
                        .put("attempt", live.stored().attempts())
                        .put("node", flight.node());
        flight.decision().ifPresent(json -> line.set(Decisions.FIELD, Answers.read(json)));
        return Decisions.attempt(line);
    }

    private Why.Answer reason(Found.Live live, Optional<Why.Flight> flight) {
        QueueName name = live.stored().request().queue();
        if (live.expired()) {
            return new Why.Answer(
                    "It waits for nothing: its time to live is over.",
                    Why.Reason.SETTLED,
                    Map.of());
        }
        return switch (live.stored().state()) {
            case LEASED -> inFlight(live.stored().attempts(), flight);
            // Nobody delayed it: a replica had it and gave it back, because no node would take it.
            case SCHEDULED -> live.stored().released() ? why.waiting(live) : later(live);
            case DEAD ->
                    new Why.Answer(
                            "It waits for nothing: it was given up.", Why.Reason.SETTLED, Map.of());
            case QUEUED ->
                    live.paused()
                            ? new Why.Answer(
                                    "Its queue "
                                            + name.service()
                                            + "/"
                                            + name.priority().text()
                                            + " is paused; an operator must resume it.",
                                    Why.Reason.PAUSED,
                                    Map.of())
                            : why.waiting(live);
        };
    }

    /// The node is known to the replica that sent it.
    private static Why.Answer inFlight(int attempt, Optional<Why.Flight> flight) {
        return flight.map(known ->
                        new Why.Answer(
                                "It is at node " + known.node() + ", as attempt " + attempt + ".",
                                Why.Reason.IN_FLIGHT,
                                Map.of("attempt", attempt, "node", known.node())))
                .orElseGet(() ->
                        new Why.Answer(
                                "It is at a node, as attempt " + attempt + ".",
                                Why.Reason.IN_FLIGHT,
                                Map.of("attempt", attempt)));
    }

    private static Why.Answer later(Found.Live live) {
        Duration waits = live.waits();
        boolean retry = !live.stored().history().isEmpty();
        Map<String, Object> details = Map.of("dueInMs", waits.toMillis());
        return retry
                ? new Why.Answer(
                        "Its attempt "
                                + live.stored().attempts()
                                + " failed; the next one begins in "
                                + waits.toMillis()
                                + " ms.",
                        Why.Reason.RETRY,
                        details)
                : new Why.Answer(
                        "It was delayed by its producer and is due in " + waits.toMillis() + " ms.",
                        Why.Reason.DELAYED,
                        details);
    }

    private static HttpResponse<?> response(
            String id, String state, Why.Answer answer, List<ObjectNode> attempts) {
        String last = attempts.isEmpty() ? "" : " " + attempts.getLast().path("sentence").asText();
        ObjectNode json =
                Answers.object()
                        .put("id", id)
                        .put("sentence", answer.sentence() + last)
                        .put("state", state)
                        .put("reason", answer.reason().text());
        answer.details().forEach(json::putPOJO);
        json.putArray("attempts").addAll(attempts);
        return Answers.ok(json);
    }
}
