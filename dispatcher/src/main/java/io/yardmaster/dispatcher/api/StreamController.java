package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.api.LiveStream.Topic;
import io.yardmaster.dispatcher.events.EventId;
import io.yardmaster.dispatcher.events.EventLog;
import io.yardmaster.dispatcher.events.Told;
import io.yardmaster.dispatcher.live.Live;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;

/// The overview, the events, and both as they change.
@Controller("/v1")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class StreamController {
    private static final int USUAL = 50;
    private static final int MOST = 200;

    private final OverviewTable overview;
    private final Streams streams;
    private final EventLog events;

    StreamController(OverviewTable overview, Streams streams, Live live) {
        this.overview = overview;
        this.streams = streams;
        this.events = live.events();
    }

    @Get("/overview")
    @Allow(Access.READ)
    HttpResponse<?> overview(HttpRequest<?> request) {
        return Answers.ok(overview.json(Caller.of(request)));
    }

    @Get("/stream")
    @Allow(Access.READ)
    HttpResponse<Publisher<byte[]>> stream(HttpRequest<?> request) {
        Set<Topic> wanted = topics(request.getParameters().get("topics"));
        return answer(streams.open(Caller.of(request), wanted, false, lastEventId(request)));
    }

    private static Set<Topic> topics(@Nullable String text) {
        if (text == null || text.isBlank()) {
            return EnumSet.allOf(Topic.class);
        }
        Set<Topic> topics = EnumSet.noneOf(Topic.class);
        for (String word : text.split(",", -1)) {
            try {
                topics.add(Topic.valueOf(word.strip().toUpperCase(Locale.ROOT)));
            } catch (IllegalArgumentException e) {
                throw Problem.invalid("topics", word, "overview, nodes or events, with commas")
                        .refused();
            }
        }
        return topics;
    }

    /// The events as they happen; with `format=json` a page of those that happened.
    @Get("/events")
    @Allow(Access.READ)
    HttpResponse<?> events(HttpRequest<?> request) {
        String format = request.getParameters().get("format");
        if (format == null || format.equals("sse")) {
            return answer(
                    streams.open(
                            Caller.of(request), Set.of(Topic.EVENTS), true, lastEventId(request)));
        }
        if (!format.equals("json")) {
            throw Problem.invalid("format", format, "json or sse").refused();
        }
        return Answers.ok(
                page(
                        Caller.of(request),
                        limit(request.getParameters().get("limit")),
                        before(request.getParameters().get("before"))));
    }

    private ObjectNode page(Caller caller, int limit, Optional<EventId> before) {
        List<Told> page = events.before(before, limit);
        ObjectNode json = Answers.object();
        ArrayNode rows = json.putArray("events");
        for (Told event : page) {
            if (event.service().map(caller::mayUse).orElse(true)) {
                rows.add(Answers.object().put("id", event.id().toString()).setAll(event.json()));
            }
        }
        return page.size() < limit
                ? json.putNull("before")
                : json.put("before", page.getLast().id().toString());
    }

    private static int limit(@Nullable String text) {
        if (text == null) {
            return USUAL;
        }
        int limit = text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
        if (limit < 1 || limit > MOST) {
            throw Problem.invalid("limit", text, "1 to " + MOST).refused();
        }
        return limit;
    }

    private static Optional<EventId> before(@Nullable String text) {
        return text == null ? Optional.empty() : Optional.of(id("before", text));
    }

    private static Optional<EventId> lastEventId(HttpRequest<?> request) {
        String text = request.getHeaders().get("Last-Event-ID");
        return text == null || text.isBlank()
                ? Optional.empty()
                : Optional.of(id("Last-Event-ID", text.strip()));
    }

    private static EventId id(String field, String text) {
        return EventId.of(text)
                .orElseThrow(() ->
                        Problem.invalid(field, text, "the id of an event, such as 1700000000000-0")
                                .refused());
    }

    private static HttpResponse<Publisher<byte[]>> answer(LiveStream stream) {
        return HttpResponse.<Publisher<byte[]>>ok(stream)
                .contentType(MediaType.TEXT_EVENT_STREAM_TYPE)
                .header(HttpHeaders.CACHE_CONTROL, "no-store")
                .header("X-Accel-Buffering", "no");
    }
}
