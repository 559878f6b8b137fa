package io.yardmaster.dispatcher.api;

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
import io.yardmaster.queue.WorkQueue;
import java.time.Duration;
import java.util.Map;

/// Says what a request waits for. What the queue knows is answered here, what nodes, limits and
/// breakers have to do with it by [Why].
@Controller("/v1/requests")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class WhyController {
    private final WorkQueue queue;
    private final Why why;

    WhyController(WorkQueue queue, Why why) {
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
        return response(id, state, new Why.Answer(sentence, Why.Reason.SETTLED, Map.of()));
    }

    private HttpResponse<?> answer(String id, Found.Live live) {
        return response(id, RequestView.state(live), reason(live));
    }

    private Why.Answer reason(Found.Live live) {
        QueueName name = live.stored().request().queue();
        if (live.expired()) {
            return new Why.Answer(
                    "It waits for nothing: its time to live is over.",
                    Why.Reason.SETTLED,
                    Map.of());
        }
        return switch (live.stored().state()) {
            case LEASED ->
                    new Why.Answer(
                            "It is at a node, as attempt " + live.stored().attempts() + ".",
                            Why.Reason.IN_FLIGHT,
                            Map.of("attempt", live.stored().attempts()));
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

    private static HttpResponse<?> response(String id, String state, Why.Answer answer) {
        ObjectNode json =
                Answers.object()
                        .put("id", id)
                        .put("sentence", answer.sentence())
                        .put("state", state)
                        .put("reason", answer.reason().text());
        answer.details().forEach(json::putPOJO);
        return Answers.ok(json);
    }
}
