package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Head;
import io.micronaut.http.annotation.Options;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Put;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.nodes.ServiceSettings.Sticky;
import io.yardmaster.queue.Offer;
import java.util.Optional;

/// The raw form: whatever HTTP request comes is enqueued as it is, so that programs that know
/// nothing of Yardmaster can be put behind it.
@Controller("/v1/services/{service}/forward{/path:.*}")
@ExecuteOn(TaskExecutors.BLOCKING)
final class ForwardController {
    private final RequestParser parser;
    private final Door door;
    private final ApiKeys keys;
    private final Nodes nodes;
    private final int maxBody;

    ForwardController(
            RequestParser parser, Door door, ApiKeys keys, Nodes nodes, Settings settings) {
        this.parser = parser;
        this.door = door;
        this.keys = keys;
        this.nodes = nodes;
        this.maxBody = settings.server().maxBody();
    }

    @Get(headRoute = false)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY, changes = true)
    HttpResponse<?> get(HttpRequest<?> request, String service, @Body Optional<byte[]> body)
            throws InterruptedException {
        return forward(request, service, body);
    }

    @Head
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY, changes = true)
    HttpResponse<?> head(HttpRequest<?> request, String service, @Body Optional<byte[]> body)
            throws InterruptedException {
        return forward(request, service, body);
    }

    @Post
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY)
    HttpResponse<?> post(HttpRequest<?> request, String service, @Body Optional<byte[]> body)
            throws InterruptedException {
        return forward(request, service, body);
    }

    @Put
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY)
    HttpResponse<?> put(HttpRequest<?> request, String service, @Body Optional<byte[]> body)
            throws InterruptedException {
        return forward(request, service, body);
    }

    @Patch
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY)
    HttpResponse<?> patch(HttpRequest<?> request, String service, @Body Optional<byte[]> body)
            throws InterruptedException {
        return forward(request, service, body);
    }

    @Delete
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY)
    HttpResponse<?> delete(HttpRequest<?> request, String service, @Body Optional<byte[]> body)
            throws InterruptedException {
        return forward(request, service, body);
    }

    @Options
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BODY, changes = true)
    HttpResponse<?> options(HttpRequest<?> request, String service, @Body Optional<byte[]> body)
            throws InterruptedException {
        return forward(request, service, body);
    }

    private HttpResponse<?> forward(HttpRequest<?> request, String service, Optional<byte[]> body)
            throws InterruptedException {
        Preference preference = Preference.of(request);
        RequestDraft draft = parser.draft();
        RawRequest.read(request, service, body.orElseGet(() -> new byte[0]), keys.asked(), draft);
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
