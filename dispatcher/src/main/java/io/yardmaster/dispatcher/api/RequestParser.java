package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.RequestIds;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// Reads the JSON of `POST /v1/requests`, wherever it comes from: REST, one line of a batch, or the
/// ingress list in Redis. Thread-safe.
///
/// Reading is strict, so that a producer hears of its mistake and not of its consequences: unknown
/// and doubled fields, other types than named (`"5"` is no number, `1.5` and `1.0` are no whole
/// numbers), bytes after the object, bytes that are no UTF-8 and byte order marks are refused, and
/// all faults are told at once. `null` is no value of any field; whoever means nothing leaves the
/// field out. Only `body` may be `null`, which is then the JSON text `null`.
///
/// A body reaches the node as the producer wrote it, byte for byte, blanks included. Unless the
/// headers name a `Content-Type`, it is `application/json` for `body`, `text/plain; charset=utf-8`
/// for `bodyText` and `application/octet-stream` for `bodyBase64`.
public final class RequestParser {
    private static final int DEEPEST = 200;
    private static final String OBJECT = "a JSON object";

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .recyclerPool(JsonBytes.BUFFERS)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(DEEPEST)
                                    .maxNumberLength(1000)
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .build())
                    .build();

    private final int maxBody;
    private final RequestIds ids;
    private final InstantSource clock;
    private final Destinations destinations;

    /// @param maxBody most bytes of a body
    public RequestParser(
            int maxBody, RequestIds ids, InstantSource clock, Destinations destinations) {
        this.maxBody = maxBody;
        this.ids = ids;
        this.clock = clock;
        this.destinations = destinations;
    }

    /// Reads one request. Never throws for what stands in `json`.
    public Parsed parse(byte[] json, Origin origin) {
        RequestDraft draft = draft();
        if (!JsonBytes.wellFormed(json)) {
            draft.refusals.add("request", json.length + " bytes", JsonBytes.EXPECTED);
            return draft.refusals.bad();
        }
        try (JsonParser in = JSON.createParser(json)) {
            try {
                read(in, json, draft);
            } catch (JsonProcessingException e) {
                JsonBytes.refuse(draft.refusals, in, e, OBJECT);
            }
        } catch (IOException e) {
            draft.refusals.add("request", e.getMessage(), OBJECT);
        }
        return finish(draft, origin);
    }

    /// Reads a batch in one go, without cutting it up first. Empty as soon as anything is not as it
    /// should be: who cuts it up finds out what, and of which elements.
    ///
    /// @param most elements
    Optional<List<Offer>> parseAll(byte[] json, int most, Origin origin) {
        if (!JsonBytes.wellFormed(json)) {
            return Optional.empty();
        }
        List<Offer> offers = new ArrayList<>();
        try (JsonParser in = JSON.createParser(json)) {
            boolean good = in.nextToken() == JsonToken.START_ARRAY;
            while (good && in.nextToken() == JsonToken.START_OBJECT) {
                RequestDraft draft = draft();
                fields(in, json, draft);
                good =
                        offers.size() < most
                                && finish(draft, origin) instanceof Parsed.Good(var offer)
                                && offers.add(offer);
            }
            good &= in.currentToken() == JsonToken.END_ARRAY && in.nextToken() == null;
            return good ? Optional.of(offers) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    RequestDraft draft() {
        return new RequestDraft(maxBody, destinations);
    }

    /// Names the request and turns it into an offer: by its own id, else by the idempotency key,
    /// else by a new one.
    Parsed finish(RequestDraft draft, Origin origin) {
        if (origin.idempotencyKey().isEmpty()) {
            return draft.build(ids::next, origin);
        }
        String given = origin.idempotencyKey().get();
        IdempotencyKey key = IdempotencyKey.of(given);
        if (key == null) {
            draft.refusals.add("Idempotency-Key", given, IdempotencyKey.EXPECTED);
            return draft.refusals.bad();
        }
        return draft.build(() -> key.requestId(origin.key().or(draft::client).orElse("")), origin);
    }

    private void read(JsonParser in, byte[] json, RequestDraft draft) throws IOException {
        if (in.nextToken() != JsonToken.START_OBJECT) {
            draft.refusals.add("request", JsonBytes.value(in), OBJECT);
            return;
        }
        fields(in, json, draft);
        if (in.nextToken() != null) {
            draft.refusals.add("request", "text after the object", OBJECT + " and nothing else");
        }
    }

    private void fields(JsonParser in, byte[] json, RequestDraft draft) throws IOException {
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String name = in.currentName();
            in.nextToken();
            field(in, json, name, draft);
        }
    }

    private void field(JsonParser in, byte[] json, String name, RequestDraft draft)
            throws IOException {
        switch (name) {
            case "id" -> text(in, name, draft, draft::id);
            case "service" -> text(in, name, draft, draft::service);
            case "priority" -> text(in, name, draft, value -> draft.priority(name, value));
            case "method" -> text(in, name, draft, draft::method);
            case "path" -> text(in, name, draft, draft::path);
            case "headers" -> texts(in, name, draft, draft::header);
            case "labels" -> texts(in, name, draft, draft::label);
            case "affinityKey" -> text(in, name, draft, value -> draft.text(name, value, 256));
            case "client" -> text(in, name, draft, value -> draft.text(name, value, 128));
            case "region" -> text(in, name, draft, value -> draft.text(name, value, 64));
            case "clientIp" -> text(in, name, draft, draft::clientIp);
            case "callbackUrl" -> text(in, name, draft, draft::callbackUrl);
            case "timeoutMs" -> whole(in, name, draft, value -> draft.timeout(name, value));
            case "maxRetries" -> whole(in, name, draft, value -> draft.maxRetries(name, value));
            case "ttlMs" -> whole(in, name, draft, value -> draft.timeToLive(name, value));
            case "delayMs" -> whole(in, name, draft, value -> draft.delay(name, value));
            case "notBefore" ->
                    text(in, name, draft, value -> draft.notBefore(value, clock.instant()));
            case "body" -> draft.body(name, JsonBytes.slice(in, json), "application/json");
            case "bodyText" -> text(in, name, draft, value -> bodyText(value, draft));
            case "bodyBase64" -> text(in, name, draft, value -> bodyBase64(value, draft));
            default -> {
                draft.refusals.add(name, "unknown field", "one of the documented fields");
                in.skipChildren();
            }
        }
    }

    private static void text(
            JsonParser in, String name, RequestDraft draft, Consumer<String> target)
            throws IOException {
        if (in.currentToken() == JsonToken.VALUE_STRING) {
            target.accept(in.getText());
        } else {
            draft.refusals.add(name, JsonBytes.value(in), "a text");
            in.skipChildren();
        }
    }

    private static void whole(JsonParser in, String name, RequestDraft draft, LongConsumer target)
            throws IOException {
        if (in.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            draft.refusals.add(name, JsonBytes.value(in), "a whole number");
            in.skipChildren();
        } else if (in.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            draft.refusals.add(name, in.getText(), "a number in its range");
        } else {
            target.accept(in.getLongValue());
        }
    }

    /// An object of texts; headers may have a list of texts, for fields that stand more than once.
    private static void texts(
            JsonParser in, String name, RequestDraft draft, BiConsumer<String, String> target)
            throws IOException {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            draft.refusals.add(name, JsonBytes.value(in), "an object of texts");
            in.skipChildren();
            return;
        }
        boolean lists = name.equals("headers");
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String key = in.currentName();
            String field = name + "." + key;
            if (in.nextToken() == JsonToken.START_ARRAY && lists) {
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    text(in, field, draft, value -> target.accept(key, value));
                }
            } else {
                text(in, field, draft, value -> target.accept(key, value));
            }
        }
    }

    private static void bodyText(String text, RequestDraft draft) {
        if (Texts.wholeUnicode(text)) {
            draft.body("bodyText", text.getBytes(UTF_8), "text/plain; charset=utf-8");
        } else {
            draft.refusals.add("bodyText", text, "Unicode without lone surrogates");
        }
    }

    private static void bodyBase64(String text, RequestDraft draft) {
        try {
            draft.body("bodyBase64", Base64.getDecoder().decode(text), "application/octet-stream");
        } catch (IllegalArgumentException e) {
            draft.refusals.add("bodyBase64", text, "base64 of RFC 4648, section 4");
        }
    }
}
