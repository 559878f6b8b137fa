package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Head;
import io.micronaut.http.annotation.Options;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.nodes.ServiceSettings.Sticky;
import io.yardmaster.queue.Offer;

/// The raw form: whatever HTTP request comes is enqueued as it is, so that programs that know
/// nothing of Yardmaster can be put behind it.
@Controller("/v1/services/{service}/forward{/path:.*}")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class ForwardController {
    private final RequestParser parser;
    private final Door door;
    private final ApiKeys keys;
    private final Nodes nodes;

    ForwardController(RequestParser parser, Door door, ApiKeys keys, Nodes nodes) {
        this.parser = parser;
        this.door = door;
        this.keys = keys;
        this.nodes = nodes;
    }

    @Get(headRoute = false)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY, changes = true)
    HttpResponse<?> get(HttpRequest<byte[]> request, String service) throws InterruptedException {
        return forward(request, service);
    }

    @Head
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY, changes = true)
    HttpResponse<?> head(HttpRequest<byte[]> request, String service) throws InterruptedException {
        return forward(request, service);
    }

    @Post
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY)
    HttpResponse<?> post(HttpRequest<byte[]> request, String service) throws InterruptedException {
        return forward(request, service);
    }

    @Put
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY)
    HttpResponse<?> put(HttpRequest<byte[]> request, String service) throws InterruptedException {
        return forward(request, service);
    }

    @Patch
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY)
    HttpResponse<?> patch(HttpRequest<byte[]> request, String service) throws InterruptedException {
        return forward(request, service);
    }

    @Delete
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY)
    HttpResponse<?> delete(HttpRequest<byte[]> request, String service)
            throws InterruptedException {
        return forward(request, service);
    }

    @Options
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY, changes = true)
    HttpResponse<?> options(HttpRequest<byte[]> request, String service)
            throws InterruptedException {
        return forward(request, service);
    }

    private HttpResponse<?> forward(HttpRequest<byte[]> request, String service)
            throws InterruptedException {
        Preference preference = Preference.of(request);
        RequestDraft draft = parser.draft();
        RawRequest.read(
                request,
                service,
                request.getBody().orElseGet(() -> new byte[0]),
                keys.asked(),
                draft);
        Origin origin = Door.origin(request, preference.waits());
        Offer offer = Door.permitted(request, parser.finish(draft, origin));
        boolean replayed = door.offer(offer);
        String id = offer.request().id();
        MutableHttpResponse<byte[]> response =
                door.await(offer.request(), preference)
                        .map(end -> RawAnswer.of(id, end, sticky(service)))
                        .orElseGet(() -> door.accepted(offer).header("X-Yardmaster-Id", id));
        return Door.told(response, preference, replayed);
    }

    private boolean sticky(String service) {
        return nodes.services().getOrDefault(service, ServiceSettings.NONE).sticky()
                == Sticky.COOKIE;
    }
}
