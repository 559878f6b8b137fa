package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.yardmaster.dispatcher.settings.Settings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// An error as RFC 9457 wants it told. `type` is `urn:yardmaster:problem:` and a slug, which stays
/// the same for programs; title and detail are for people.
///
/// @param errors fields that are at fault
/// @param headers of the answer, such as `Retry-After`
record Problem(
        int status,
        String slug,
        String title,
        String detail,
        List<FieldError> errors,
        Map<String, String> headers) {
    static final String MEDIA_TYPE = "application/problem+json";
    private static final String URN = "urn:yardmaster:problem:";
    private static final int MOST_IN_DETAIL = 3;

    static Problem of(int status, String slug, String title, String detail) {
        return new Problem(status, slug, title, detail, List.of(), Map.of());
    }

    /// What Micronaut refuses by itself.
    static Problem of(int status) {
        return switch (status) {
            case 400 -> of(400, "invalid-request", "Invalid request", "not a valid HTTP request");
            case 404 -> notFound("there is nothing at this address");
            case 405 -> of(405, "method-not-allowed", "Method not allowed", "see the Allow field");
            case 413 -> of(413, "too-large", "Too large", "the request is larger than the bound");
            case 415 -> unsupported("the content type is not supported here");
            case 500 -> of(500, "internal", "Internal error", "the log of this replica says more");
            default -> {
                String title = title(status);
                String slug = title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
                yield of(status, slug, title, title);
            }
        };
    }

    private static String title(int status) {
        try {
            return HttpStatus.valueOf(status).getReason();
        } catch (IllegalArgumentException e) {
            return "Status " + status;
        }
    }

    static Problem invalid(List<FieldError> errors) {
        return faulty(400, "invalid-request", "Invalid request", errors);
    }

    static Problem invalid(String field, String shown, String expected) {
        Refusals refusals = new Refusals();
        refusals.add(field, shown, expected);
        return invalid(refusals.errors());
    }

    static Problem of(Parsed.Bad bad) {
        return bad.status() == 413
                ? faulty(413, "too-large", "Too large", bad.errors())
                : invalid(bad.errors());
    }

    private static Problem faulty(int status, String slug, String title, List<FieldError> errors) {
        String detail =
                errors.stream()
                        .limit(MOST_IN_DETAIL)
                        .map(error -> error.field() + ": " + error.message())
                        .collect(Collectors.joining("; "));
        int more = errors.size() - MOST_IN_DETAIL;
        return new Problem(
                status,
                slug,
                title,
                more > 0 ? detail + "; and " + more + " more" : detail,
                errors,
                Map.of());
    }

    static Problem tooLarge(long most) {
        return of(413, "too-large", "Too large", "expected: at most " + most + " bytes");
    }

    static Problem unsupported(String detail) {
        return of(415, "unsupported-media-type", "Unsupported media type", detail);
    }

    static Problem notFound(String detail) {
        return of(404, "not-found", "Not found", detail);
    }

    static Problem unknownRequest(String id) {
        return notFound("no request " + Refusals.shown(id) + ", or its outcome is no longer kept");
    }

    static Problem conflict(String detail) {
        return of(409, "conflict", "Conflict", detail);
    }

    static Problem unauthorized(String detail) {
        return of(401, "unauthorized", "Unauthorized", detail)
                .with("WWW-Authenticate", "Bearer realm=\"yardmaster\"");
    }

    static Problem forbidden(String detail) {
        return of(403, "forbidden", "Forbidden", detail);
    }

    static Problem queueFull(String queue) {
        return unavailable("queue-full", "Queue full", queue + " holds as many as it may", 1);
    }

    static Problem redisUnavailable() {
        return unavailable(
                "redis-unavailable",
                "Redis unavailable",
                "Redis did not answer; the same call may be repeated",
                1);
    }

    static Problem redisFull() {
        return unavailable(
                "redis-full", "Redis full", "Redis has no memory left for new requests", 5);
    }

    static Problem overloaded() {
        return unavailable("overloaded", "Overloaded", "too many calls wait for Redis already", 1);
    }

    static Problem tooManyStreams() {
        return unavailable(
                "too-many-streams",
                "Too many streams",
                "this replica serves no more streams now; ask again, or ask another replica",
                5);
    }

    static Problem corrupt(String key) {
        return unavailable(
                "corrupt-key",
                "Corrupt key",
                key + " in Redis holds something that is not ours; an operator must repair it",
                30);
    }

    private static Problem unavailable(String slug, String title, String detail, int retryAfter) {
        return of(503, slug, title, detail).with("Retry-After", Integer.toString(retryAfter));
    }

    /// With the fields of draft-ietf-httpapi-ratelimit-headers beside `Retry-After`.
    static Problem rateLimited(Duration retryAfter, Settings.Limit limit) {
        long seconds = seconds(retryAfter);
        long window = seconds(limit.window());
        return of(429, "rate-limited", "Rate limited", "this producer sends too fast")
                .with("Retry-After", Long.toString(seconds))
                .with("RateLimit", "\"producer\";r=0;t=" + seconds)
                .with(
                        "RateLimit-Policy",
                        "\"producer\";q=%.0f;w=%d".formatted(limit.rate(), window));
    }

    /// Rounded up: who comes a moment too early is refused once more.
    private static long seconds(Duration duration) {
        return Math.max(1, (duration.toMillis() + 999) / 1000);
    }

    Problem with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Problem(status, slug, title, detail, errors, more);
    }

    ObjectNode json() {
        ObjectNode json =
                Answers.object()
                        .put("type", URN + slug)
                        .put("title", title)
                        .put("status", status)
                        .put("detail", detail);
        if (!errors.isEmpty()) {
            ArrayNode array = json.putArray("errors");
            for (FieldError error : errors) {
                array.addObject().put("field", error.field()).put("message", error.message());
            }
        }
        return json;
    }

    MutableHttpResponse<byte[]> response() {
        return onto(HttpResponse.ok());
    }

    /// Makes an answer that exists already, with its headers, tell this problem.
    MutableHttpResponse<byte[]> onto(MutableHttpResponse<?> response) {
        response.status(status, title(status));
        headers.forEach(response::header);
        return response.contentType(MEDIA_TYPE).body(Answers.bytes(json()));
    }

    /// For throwing.
    Refused refused() {
        return new Refused(this);
    }

    /// Ends a call with a problem. Carries no stack trace: it is an answer and no fault of ours.
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final transient Problem problem;

        Refused(Problem problem) {
            super(problem.detail(), null, false, false);
            this.problem = problem;
        }

        Problem problem() {
            return problem;
        }
    }
}
