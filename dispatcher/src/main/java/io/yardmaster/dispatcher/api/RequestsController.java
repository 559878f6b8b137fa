package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Shards;
import java.time.InstantSource;

/// Single requests: bringing, following and cancelling them.
@Controller("/v1/requests")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class RequestsController {
    private final RequestParser parser;
    private final Door door;
    private final Shards queue;
    private final ServerLimits limits;
    private final RequestView view;

    RequestsController(
            RequestParser parser,
            Door door,
            Shards queue,
            ServerLimits limits,
            InstantSource clock,
            Why why) {
        this.parser = parser;
        this.door = door;
        this.queue = queue;
        this.limits = limits;
        this.view = new RequestView(clock, why);
    }

    @Post
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.REQUEST)
    HttpResponse<?> enqueue(HttpRequest<byte[]> request) throws InterruptedException {
        byte[] json = Content.json(request, request.getBody(), limits.most(Allow.Size.REQUEST));
        Preference preference = Preference.of(request);
        Offer offer =
                Door.permitted(
                        request, parser.parse(json, Door.origin(request, preference.waits())));
        boolean replayed = door.offer(offer);
        MutableHttpResponse<byte[]> response =
                door.await(offer.request(), preference)
                        .map(end ->
                                Answers.ok(RequestView.settled(offer.request().id(), end))
                                        .header("Location", "/v1/requests/" + offer.request().id()))
                        .orElseGet(() -> door.accepted(offer));
        return Door.told(response, preference, replayed);
    }

    @Get("/{id}")
    @Allow(Access.FOLLOW)
    HttpResponse<?> get(HttpRequest<?> request, String id) {
        return switch (find(request, id)) {
            case Found.Live live -> Answers.ok(view.live(live));
            case Found.Settled settled -> Answers.ok(RequestView.settled(id, settled));
            case Found.Unknown() -> Problem.unknownRequest(id).response();
        };
    }

    @Delete("/{id}")
    @Consumes(MediaType.ALL)
    @Allow(Access.PRODUCE)
    HttpResponse<?> cancel(HttpRequest<?> request, String id) {
        return switch (find(request, id)) {
            case Found.Unknown() -> Problem.unknownRequest(id).response();
            case Found.Settled _ -> ended(id);
            case Found.Live _ ->
                    switch (queue.cancel(id)) {
                        case DONE ->
                                Answers.ok(
                                        Answers.object().put("id", id).put("state", "cancelled"));
                        case SETTLED -> ended(id);
                        case UNKNOWN -> Problem.unknownRequest(id).response();
                    };
        };
    }

    private static HttpResponse<?> ended(String id) {
        return Problem.conflict("request " + id + " has ended already").response();
    }

    private Found find(HttpRequest<?> request, String id) {
        return find(queue, request, id);
    }

    /// What is known of an id; of a service that the caller's key is not for: nothing.
    static Found find(Shards queue, HttpRequest<?> request, String id) {
        if (!Request.isId(id)) {
            throw Problem.invalid("id", id, "[A-Za-z0-9._:-]{1,128}").refused();
        }
        Found found = queue.find(id);
        String service =
                switch (found) {
                    case Found.Live live -> live.stored().request().queue().service();
                    case Found.Settled settled ->
                            Answers.read(settled.json()).path("service").asText("");
                    case Found.Unknown() -> "";
                };
        return Caller.of(request).mayUse(service) ? found : new Found.Unknown();
    }
}
