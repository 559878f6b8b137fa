package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.yardmaster.queue.Alphabet;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.TraceContext;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A request while it is being read: each setter checks its field by the rules of `yard_enqueue`
/// (`2-enqueue.lua`), keeps good values and notes what is wrong with others. Not thread-safe.
final class RequestDraft {
    static final long YEAR_MS = 31_536_000_000L;
    static final long DAY_MS = 86_400_000L;

    static final Set<String> METHODS =
            Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final int MOST_HEADERS = 100;
    private static final int LONGEST_HEADER = 8192;
    private static final int LONGEST_HEADER_NAME = 256;
    private static final int LONGEST_PATH = 8192;
    private static final int MOST_LABELS = 32;
    private static final int LONGEST_URL = 2048;
    private static final Alphabet LABEL = Alphabet.of("A-Za-z0-9._/-");
    private static final int LONGEST_LABEL = 64;
    private static final Pattern ADDRESS =
            Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
    private static final String CALLBACK =
            "http or https with a host, without user and fragment, at most 2048 characters";

    final Refusals refusals = new Refusals();

    private final int maxBody;
    private final Destinations destinations;
    private final Map<String, String> texts = new TreeMap<>();
    private final List<Request.Header> headers = new ArrayList<>();
    private final Map<String, String> labels = new TreeMap<>();
    private String service = "default";
    private Priority priority = Priority.NORMAL;
    private String method = "POST";
    private String path = "/";
    private @Nullable String id;
    private @Nullable String callbackUrl;
    private Optional<Duration> timeout = Optional.empty();
    private OptionalInt maxRetries = OptionalInt.empty();
    private Duration delay = Duration.ZERO;
    private Duration timeToLive = Duration.ZERO;
    private @Nullable String delayedBy;
    private byte @Nullable [] body;
    private @Nullable String bodyForm;
    private @Nullable String bodyType;

    RequestDraft(int maxBody, Destinations destinations) {
        this.maxBody = maxBody;
        this.destinations = destinations;
    }

    void id(String text) {
        if (Request.isId(text)) {
            id = text;
        } else {
            refusals.add("id", text, "[A-Za-z0-9._:-]{1,128}");
        }
    }

    void service(String text) {
        if (QueueName.isService(text)) {
            service = text;
        } else {
            refusals.add("service", text, "[A-Za-z0-9._-]{1,64}");
        }
    }

    void priority(String field, String text) {
        Priority.of(text)
                .ifPresentOrElse(
                        known -> priority = known,
                        () -> refusals.add(field, text, "critical, high, normal or low"));
    }

    void priority(Priority known) {
        priority = known;
    }

    void method(String text) {
        if (METHODS.contains(text)) {
            method = text;
        } else {
            refusals.add("method", text, "GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS");
        }
    }

    void path(String text) {
        if (text.length() <= LONGEST_PATH && Texts.target(text)) {
            path = text;
        } else {
            refusals.add("path", text, "/ and printable ASCII without # and blanks, at most 8192");
        }
    }

    /// One header field of the producer's. Those of the connection and those that the dispatcher
    /// sets are refused: dropping them silently would hide that they have no effect.
    void header(String name, String value) {
        String field = "headers." + name;
        if (name.length() > LONGEST_HEADER_NAME || !Texts.token(name)) {
            refusals.add(field, name, "as name an HTTP token of at most 256 characters");
        } else if (ForwardedHeaders.hopByHop(name)) {
            refusals.add(field, value, "left out, the connection to the node sets " + name);
        } else if (ForwardedHeaders.ours(name)) {
            refusals.add(field, value, "left out, the dispatcher sets " + name);
        } else if (value.length() > LONGEST_HEADER || !Texts.headerValue(value)) {
            refusals.add(field, value, "at most 8192 ASCII characters without control characters");
        } else if (headers.size() == MOST_HEADERS) {
            refusals.add("headers", headers.size() + 1, "at most 100");
        } else {
            headers.add(new Request.Header(name, value));
        }
    }

    void label(String name, String value) {
        String field = "labels." + name;
        if (!LABEL.spells(name, 1, LONGEST_LABEL)) {
            refusals.add(field, name, "as name [A-Za-z0-9._/-]{1,64}");
        } else if (!LABEL.spells(value, 0, LONGEST_LABEL)) {
            refusals.add(field, value, "[A-Za-z0-9._/-]{0,64}");
        } else if (labels.size() == MOST_LABELS) {
            refusals.add("labels", labels.size() + 1, "at most 32");
        } else {
            labels.put(name, value);
        }
    }

    /// @param most bytes in UTF-8
    void text(String field, String text, int most) {
        if (!text.isEmpty() && text.getBytes(UTF_8).length <= most && Texts.visible(text)) {
            texts.put(field, text);
        } else {
            refusals.add(field, text, "1 to " + most + " bytes of visible text");
        }
    }

    void clientIp(String text) {
        if (isAddress(text)) {
            texts.put("clientIp", text);
        } else {
            refusals.add("clientIp", text, "an IPv4 or IPv6 address");
        }
    }

    private static boolean isAddress(String text) {
        if (text.length() > 45 || !ADDRESS.matcher(text).matches()) {
            return false;
        }
        try {
            var _ = InetAddress.ofLiteral(text);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    void callbackUrl(String text) {
        URI url = callback(text);
        if (url == null) {
            refusals.add("callbackUrl", text, CALLBACK);
            return;
        }
        Optional<String> refusal = destinations.refusal(url);
        if (refusal.isPresent()) {
            refusals.addTold("callbackUrl", refusal.get());
        } else {
            callbackUrl = text;
        }
    }

    private static @Nullable URI callback(String text) {
        if (text.length() > LONGEST_URL || !text.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            return null;
        }
        try {
            URI url = new URI(text);
            boolean http =
                    "http".equalsIgnoreCase(url.getScheme())
                            || "https".equalsIgnoreCase(url.getScheme());
            boolean good =
                    http
                            && url.getHost() != null
                            && url.getRawUserInfo() == null
                            && url.getRawFragment() == null
                            && url.getPort() != 0
                            && url.getPort() <= 65_535;
            return good ? url : null;
        } catch (URISyntaxException e) {
            return null;
        }
    }

    void timeout(String field, long millis) {
        if (within(field, millis, 1, DAY_MS)) {
            timeout = Optional.of(Duration.ofMillis(millis));
        }
    }

    void maxRetries(String field, long retries) {
        if (within(field, retries, 0, 100)) {
            maxRetries = OptionalInt.of((int) retries);
        }
    }

    void timeToLive(String field, long millis) {
        if (within(field, millis, 1, YEAR_MS)) {
            timeToLive = Duration.ofMillis(millis);
        }
    }

    void delay(String field, long millis) {
        if (onlyDelay(field) && within(field, millis, 0, YEAR_MS)) {
            delay = Duration.ofMillis(millis);
        }
    }

    /// A time that is over means at once.
    void notBefore(String text, Instant now) {
        if (!onlyDelay("notBefore")) {
            return;
        }
        String expected = "a time of RFC 3339 within a year, such as 2026-01-01T00:00:00Z";
        try {
            Instant due = OffsetDateTime.parse(text).toInstant();
            long millis = Math.max(0, due.toEpochMilli() - now.toEpochMilli());
            if (millis > YEAR_MS) {
                refusals.add("notBefore", text, expected);
            } else {
                delay = Duration.ofMillis(millis);
            }
        } catch (DateTimeException | ArithmeticException e) {
            refusals.add("notBefore", text, expected);
        }
    }

    private boolean onlyDelay(String field) {
        if (delayedBy != null) {
            refusals.add(field, "given beside " + delayedBy, "either delayMs or notBefore");
            return false;
        }
        delayedBy = field;
        return true;
    }

    private boolean within(String field, long value, long least, long most) {
        boolean good = value >= least && value <= most;
        if (!good) {
            refusals.add(field, value, least + " to " + most);
        }
        return good;
    }

    /// @param type of the content, unless the producer names another; null for none
    void body(String form, byte[] bytes, @Nullable String type) {
        if (bodyForm != null) {
            refusals.add(form, "given beside " + bodyForm, "one of body, bodyText or bodyBase64");
        } else if (bytes.length > maxBody) {
            refusals.tooLarge(form, bytes.length, maxBody);
        }
        bodyForm = form;
        body = bytes;
        bodyType = type;
    }

    String service() {
        return service;
    }

    Optional<String> client() {
        return Optional.ofNullable(texts.get("client"));
    }

    Optional<String> id() {
        return Optional.ofNullable(id);
    }

    /// @param requestId of a request that names none
    Parsed build(Supplier<String> requestId, Origin origin) {
        if (!refusals.none()) {
            return refusals.bad();
        }
        if (bodyType != null
                && headers.stream().noneMatch(h -> h.name().equalsIgnoreCase("Content-Type"))) {
            headers.add(new Request.Header("Content-Type", bodyType));
        }
        Request.Routing routing =
                new Request.Routing(
                        Optional.ofNullable(texts.get("affinityKey")),
                        client(),
                        Optional.ofNullable(texts.get("clientIp")),
                        Optional.ofNullable(texts.get("region")),
                        labels,
                        Optional.ofNullable(callbackUrl));
        Request request =
                new Request(
                        id().orElseGet(requestId),
                        new QueueName(service, priority),
                        method,
                        path,
                        headers,
                        body == null ? new byte[0] : body,
                        timeout,
                        maxRetries,
                        routing);
        return new Parsed.Good(
                new Offer(
                        request,
                        delay,
                        timeToLive,
                        origin.producer(client()),
                        origin.tellWhenSettled(),
                        id().isPresent() || origin.idempotencyKey().isPresent(),
                        // A context that the producer wrote into the request is meant for the node.
                        TraceContext.of(headers).isPresent() ? Optional.empty() : origin.trace()));
    }
}
