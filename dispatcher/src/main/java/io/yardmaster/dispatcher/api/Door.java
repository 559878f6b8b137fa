package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.yardmaster.dispatcher.dispatch.Intake;
import io.yardmaster.dispatcher.dispatch.RedisSafety;
import io.yardmaster.dispatcher.events.News;
import io.yardmaster.dispatcher.live.Live;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.TraceContext;
import io.yardmaster.redis.RedisFailure;
import jakarta.inject.Singleton;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where offers go in and answers come out, for every form of enqueueing. Thread-safe.
@Singleton
final class Door {
    private static final Logger log = LoggerFactory.getLogger(Door.class);

    /// More callers than this don't wait for the end: they get their 202 at once.
    private static final int MOST_WAITING = 5000;

    private final Intake intake;
    private final Settings settings;
    private final RedisSafety safety;
    private final News news;
    private final Semaphore waiting = new Semaphore(MOST_WAITING);

    Door(Intake intake, Settings settings, RedisSafety safety, Live live) {
        this.intake = intake;
        this.settings = settings;
        this.safety = safety;
        this.news = live.news();
    }

    static Origin origin(HttpRequest<?> request, boolean waits) {
        return new Origin(
                Caller.of(request).key(),
                address(request),
                Optional.ofNullable(request.getHeaders().get("Idempotency-Key")),
                waits,
                TraceContext.of(
                        request.getHeaders().get(TraceContext.PARENT),
                        request.getHeaders().getAll(TraceContext.STATE)));
    }

    static String address(HttpRequest<?> request) {
        InetSocketAddress remote = request.getRemoteAddress();
        return remote.getAddress() == null ? "" : remote.getAddress().getHostAddress();
    }

    /// What was parsed, when it is good and the caller may use the service.
    static Offer permitted(HttpRequest<?> request, Parsed parsed) {
        return switch (parsed) {
            case Parsed.Good(Offer offer) -> {
                Caller.of(request).demand(offer.request().queue().service());
                yield offer;
            }
            case Parsed.Bad bad -> throw Problem.of(bad).refused();
        };
    }

    /// Offers, and throws what is refused.
    ///
    /// @return whether this was seen before
    boolean offer(Offer offer) throws InterruptedException {
        Admission admission = intake.offer(offer);
        return switch (admission) {
            case Admission.Queued _ -> false;
            case Admission.Duplicate _ -> true;
            case Admission.Conflict _,
                    Admission.Full _,
                    Admission.MemoryFull _,
                    Admission.Limited _,
                    Admission.Away _,
                    Admission.Invalid _,
                    Admission.Corrupt _ ->
                    throw refusal(admission, offer.request()).refused();
        };
    }

    /// @param admission none that was accepted
    Problem refusal(Admission admission, Request request) {
        return switch (admission) {
            case Admission.Conflict(String id) ->
                    Problem.conflict("request " + id + " was accepted before with other content");
            case Admission.Full() -> {
                QueueName queue = request.queue();
                news.full(queue, settings.queues().maxSize());
                yield Problem.queueFull(queue.service() + "/" + queue.priority().text());
            }
            case Admission.MemoryFull() -> Problem.redisFull();
            case Admission.Limited(var retryAfter) ->
                    Problem.rateLimited(retryAfter, settings.rateLimit().producer());
            case Admission.Away() -> Problem.redisUnavailable();
            case Admission.Invalid(String reason) ->
                    Problem.of(400, "invalid-request", "Invalid request", reason);
            case Admission.Corrupt(String key) -> Problem.corrupt(key);
            case Admission.Queued _, Admission.Duplicate _ ->
                    throw new IllegalArgumentException(
                            "admission: " + admission + " (expected: a refusal)");
        };
    }

    /// The end of a request that was accepted, if it comes in time. What goes wrong here must not
    /// look like a refusal: the request is in.
    Optional<Found.Settled> await(Request request, Preference preference)
            throws InterruptedException {
        if (!preference.waits() || !waiting.tryAcquire()) {
            return Optional.empty();
        }
        try {
            return intake.awaitEnd(request.id(), preference.patience());
        } catch (RedisFailure e) {
            log.atDebug()
                    .addKeyValue("request", request.id())
                    .setCause(e)
                    .log("waiting for its end");
            return Optional.empty();
        } finally {
            waiting.release();
        }
    }

    MutableHttpResponse<byte[]> accepted(Offer offer) {
        Request request = offer.request();
        return Answers.json(
                        HttpStatus.ACCEPTED,
                        out -> {
                            out.writeStartObject();
                            out.writeStringField("id", request.id());
                            out.writeStringField("state", "queued");
                            out.writeStringField("service", request.queue().service());
                            out.writeStringField("priority", request.queue().priority().text());
                            out.writeStringField("durability", safety.durability().text());
                            out.writeEndObject();
                        })
                .header("Location", "/v1/requests/" + request.id());
    }

    /// Adds what an answer to an enqueue says of how it came about.
    static MutableHttpResponse<byte[]> told(
            MutableHttpResponse<byte[]> response, Preference preference, boolean replayed) {
        if (!preference.applied().isEmpty()) {
            response.header("Preference-Applied", preference.applied()).header("Vary", "Prefer");
        }
        if (replayed) {
            response.header("Idempotent-Replayed", "true");
        }
        return response;
    }
}
