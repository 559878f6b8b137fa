package io.yardmaster.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// The stored form of a request, shared with the Lua functions (`1-record.lua` describes it).
///
/// The content is a prefix that Lua reads (priority, retries, service), then fields of a tag and a
/// length: `M` method, `P` path, `H` header, `T` timeout, `A` affinity key, `C` client, `I` client
/// address, `G` region, `L` label, `U` callback address, and last `B` body. Defaults are left out.
/// Behind the content may stand a [TraceContext], which comes out as headers. Two requests are the
/// same when their contents are equal bytes, so the order of fields is fixed.
final class RequestCodec {
    static final int HEADER_LENGTH = 32;
    private static final int DEFAULT_RETRIES = 255;
    private static final int STATE = 1;
    private static final int FLAGS = 2;
    private static final int ATTEMPTS = 4;
    private static final int NONCE = 20;
    private static final int NONCE_LENGTH = 8;
    private static final int FINGERPRINT_LENGTH = 40;

    /// The flag of a request whose end is told.
    private static final int TOLD = 1;

    private static final byte[] NO_TERMS = {};
    private static final byte[] HEX = "0123456789abcdef".getBytes(UTF_8);

    private RequestCodec() {}

    static byte[] content(Request request) {
        Fields out = new Fields(96 + request.body().length);
        byte[] service = request.queue().service().getBytes(UTF_8);
        out.write(request.queue().priority().number());
        out.write(request.maxRetries().orElse(DEFAULT_RETRIES));
        out.write(service.length);
        out.writeBytes(service);
        if (!request.method().equals("POST")) {
            out.field('M', request.method());
        }
        if (!request.path().equals("/")) {
            out.field('P', request.path());
        }
        for (Request.Header header : request.headers()) {
            out.pair('H', header.name(), header.value());
        }
        request.timeout()
                .ifPresent(timeout -> {
                    out.write('T');
                    out.int32((int) timeout.toMillis());
                });
        Request.Routing routing = request.routing();
        routing.affinityKey().ifPresent(value -> out.field('A', value));
        routing.client().ifPresent(value -> out.field('C', value));
        routing.clientIp().ifPresent(value -> out.field('I', value));
        routing.region().ifPresent(value -> out.field('G', value));
        // Most have none, and a stream over nothing costs 300 bytes of the 1,100 that all of it
        // did.
        if (!routing.labels().isEmpty()) {
            routing.labels().entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(label -> out.pair('L', label.getKey(), label.getValue()));
        }
        routing.callbackUrl().ifPresent(value -> out.field('U', value));
        out.write('B');
        out.int32(request.body().length);
        out.writeBytes(request.body());
        return out.toByteArray();
    }

    /// What an offer asks for beside the request, as `yard_offer_packed` wants it; empty when that
    /// is nothing.
    static byte[] terms(Offer offer) {
        long delay = offer.delay().toMillis();
        long timeToLive = offer.timeToLive().toMillis();
        byte[] producer = offer.producer().getBytes(UTF_8);
        byte[] trace = offer.trace().map(TraceContext::line).orElse("").getBytes(UTF_8);
        if (delay == 0
                && timeToLive == 0
                && !offer.tellWhenSettled()
                && producer.length == 0
                && trace.length == 0) {
            return NO_TERMS;
        }
        return ByteBuffer.allocate(15 + producer.length + trace.length)
                .putShort((short) (delay >>> 32))
                .putInt((int) delay)
                .putShort((short) (timeToLive >>> 32))
                .putInt((int) timeToLive)
                .put((byte) (offer.tellWhenSettled() ? 1 : 0))
                .putShort((short) producer.length)
                .put(producer)
                .put(trace)
                .array();
    }

    /// @throws IllegalArgumentException when the bytes are no request of this version
    static StoredRequest decode(String id, byte[] record) {
        try {
            return decodeChecked(id, record);
        } catch (java.nio.BufferUnderflowException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException(
                    "request " + id + ": " + record.length + " bytes (expected: a whole request)",
                    e);
        }
    }

    /// What the beginning of a stored request says; empty when it is none of this version.
    ///
    /// @param now the shard's logical time in ms
    static Optional<RequestHead> head(String id, byte[] start, long now) {
        if (start.length < HEADER_LENGTH + 3 || start[0] != 1) {
            return Optional.empty();
        }
        try {
            ByteBuffer in = ByteBuffer.wrap(start, 1, start.length - 1);
            StoredRequest.State state = StoredRequest.State.of((char) in.get());
            in.getShort(); // flags and lost leases
            int attempts = in.getShort() & 0xffff;
            in.getShort(); // forgiven
            long enqueuedAt = int48(in);
            long expires = int48(in);
            byte[] nonce = new byte[8];
            in.get(nonce);
            int end = Math.min(in.limit(), HEADER_LENGTH + in.getInt());
            Priority priority = Priority.of(in.get());
            in.get(); // retries
            String service = text(in, in.get() & 0xff);
            boolean leased = state == StoredRequest.State.LEASED;
            in.limit(Math.max(in.position(), end));
            Address address = Address.of(in);
            return Optional.of(
                    new RequestHead(
                            id,
                            new QueueName(service, priority),
                            state,
                            attempts,
                            enqueuedAt,
                            expires != 0 && now >= expires && !leased,
                            new String(nonce, UTF_8),
                            address.method(),
                            address.path()));
        } catch (java.nio.BufferUnderflowException
                | IllegalArgumentException
                | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }

    /// Method and path, of which only the beginning may be there.
    private record Address(String method, String path) {
        static Address of(ByteBuffer in) {
            String method = "POST";
            String path = "/";
            while (in.remaining() > 3) {
                char tag = (char) in.get(in.position());
                if (tag != 'M' && tag != 'P') {
                    break;
                }
                in.get();
                int length = in.getShort() & 0xffff;
                boolean whole = length <= in.remaining();
                String value = text(in, Math.min(length, in.remaining())) + (whole ? "" : "…");
                if (tag == 'M') {
                    method = value;
                } else {
                    path = value;
                }
            }
            return new Address(method, path);
        }
    }

    private static StoredRequest decodeChecked(String id, byte[] record) {
        ByteBuffer in = ByteBuffer.wrap(record);
        int version = in.get();
        if (version != 1) {
            throw new IllegalArgumentException(
                    "request " + id + ": version " + version + " (expected: 1)");
        }
        StoredRequest.State state = StoredRequest.State.of((char) in.get());
        in.get(); // notify: Lua's affair
        int lost = in.get() & 0xff;
        int attempts = in.getShort() & 0xffff;
        int forgiven = in.getShort() & 0xffff;
        Instant enqueuedAt = Instant.ofEpochMilli(int48(in));
        boolean expires = int48(in) != 0;
        String nonce = text(in, NONCE_LENGTH);
        int length = in.getInt();
        int end = in.position() + length;
        Request request = request(id, in);
        List<String> history =
                end == record.length
                        ? List.of()
                        : new String(record, end, record.length - end, UTF_8).lines().toList();
        if (!history.isEmpty() && TraceContext.isLine(history.getFirst())) {
            request = request.with(TraceContext.read(history.getFirst()).in(request.headers()));
            history = history.subList(1, history.size());
        }
        return new StoredRequest(
                request,
                state,
                attempts,
                forgiven,
                lost,
                enqueuedAt,
                expires,
                nonce,
                history,
                record,
                length);
    }

    private static Request request(String id, ByteBuffer in) {
        Priority priority = Priority.of(in.get());
        int retries = in.get() & 0xff;
        QueueName queue = new QueueName(text(in, in.get() & 0xff), priority);
        String method = "POST";
        String path = "/";
        List<Request.Header> headers = new ArrayList<>();
        Map<String, String> labels = new LinkedHashMap<>();
        Map<Character, String> texts = new LinkedHashMap<>();
        Optional<Duration> timeout = Optional.empty();
        while (true) {
            char tag = (char) in.get();
            switch (tag) {
                case 'M' -> method = text(in);
                case 'P' -> path = text(in);
                case 'H' -> headers.add(new Request.Header(text(in), text(in)));
                case 'L' -> labels.put(text(in), text(in));
                case 'T' -> timeout = Optional.of(Duration.ofMillis(in.getInt()));
                case 'A', 'C', 'I', 'G', 'U' -> texts.put(tag, text(in));
                case 'B' -> {
                    int bodyLength = in.getInt();
                    if (bodyLength < 0 || bodyLength > in.remaining()) {
                        throw new BufferUnderflowException();
                    }
                    byte[] body = new byte[bodyLength];
                    in.get(body);
                    return new Request(
                            id,
                            queue,
                            method,
                            path,
                            headers,
                            body,
                            timeout,
                            retries == DEFAULT_RETRIES
                                    ? OptionalInt.empty()
                                    : OptionalInt.of(retries),
                            routing(texts, labels));
                }
                default ->
                        throw new IllegalArgumentException(
                                "request " + id + ": field " + tag + " (expected: a known tag)");
            }
        }
    }

    private static Request.Routing routing(
            Map<Character, String> texts, Map<String, String> labels) {
        if (texts.isEmpty() && labels.isEmpty()) {
            return Request.Routing.NONE;
        }
        return new Request.Routing(
                Optional.ofNullable(texts.get('A')),
                Optional.ofNullable(texts.get('C')),
                Optional.ofNullable(texts.get('I')),
                Optional.ofNullable(texts.get('G')),
                labels,
                Optional.ofNullable(texts.get('U')));
    }

    /// The record of a request that was just leased, as Redis has it now: the functions answer it
    /// as it was when it waited.
    ///
    /// @param record is written to; one that a repeated take found leased is right already
    static byte[] leased(byte[] record, String nonce) {
        if (record.length >= HEADER_LENGTH && record[STATE] == 'q') {
            record[STATE] = 'l';
            record[FLAGS] &= TOLD;
            int attempts = ((record[ATTEMPTS] & 0xff) << 8 | (record[ATTEMPTS + 1] & 0xff)) + 1;
            record[ATTEMPTS] = (byte) (attempts >>> 8);
            record[ATTEMPTS + 1] = (byte) attempts;
            System.arraycopy(nonce.getBytes(UTF_8), 0, record, NONCE, NONCE_LENGTH);
        }
        return record;
    }

    /// How an attempt ends, as `yard_settle_packed` wants it: the outcome as it is kept, or how the
    /// request is to wait again.
    static byte[] ending(StoredRequest stored, Settlement settlement) {
        return switch (settlement) {
            case Settlement.Succeeded(String json) -> outcome(stored, 'S', json);
            case Settlement.Dead(String json) -> outcome(stored, 'D', json);
            case Settlement.Retry(Duration delay, String json) -> again('R', delay, json);
            case Settlement.Defer(Duration delay, String json) -> again('F', delay, json);
            case Settlement.Release(Duration delay) -> again('L', delay, "");
        };
    }

    private static byte[] again(char kind, Duration delay, String line) {
        return String.format(Locale.ROOT, "%-48d%c%s", delay.toMillis(), kind, line)
                .getBytes(UTF_8);
    }

    private static byte[] outcome(StoredRequest stored, char end, String json) {
        byte[] text = json.getBytes(UTF_8);
        byte[] outcome = new byte[FINGERPRINT_LENGTH + NONCE_LENGTH + 1 + text.length];
        byte[] fingerprint = fingerprint(stored.record(), stored.contentLength());
        System.arraycopy(fingerprint, 0, outcome, 0, FINGERPRINT_LENGTH);
        byte[] nonce = stored.nonce().getBytes(UTF_8);
        System.arraycopy(nonce, 0, outcome, FINGERPRINT_LENGTH, NONCE_LENGTH);
        outcome[FINGERPRINT_LENGTH + NONCE_LENGTH] = (byte) end;
        System.arraycopy(text, 0, outcome, outcome.length - text.length, text.length);
        return outcome;
    }

    /// The SHA-1 of the content as 40 hex digits: with it a request can still be told from another
    /// one of the same id when only its outcome is left.
    static byte[] fingerprint(byte[] record, int contentLength) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            sha1.update(record, HEADER_LENGTH, contentLength);
            byte[] digest = sha1.digest();
            byte[] target = new byte[FINGERPRINT_LENGTH];
            for (int i = 0; i < digest.length; i++) {
                target[2 * i] = HEX[digest[i] >>> 4 & 0xf];
                target[2 * i + 1] = HEX[digest[i] & 0xf];
            }
            return target;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    private static long int48(ByteBuffer in) {
        return ((long) (in.getShort() & 0xffff) << 32) | (in.getInt() & 0xffffffffL);
    }

    private static String text(ByteBuffer in) {
        return text(in, in.getShort() & 0xffff);
    }

    private static String text(ByteBuffer in, int length) {
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        String text = new String(in.array(), in.arrayOffset() + in.position(), length, UTF_8);
        in.position(in.position() + length);
        return text;
    }

    private static final class Fields extends ByteArrayOutputStream {
        Fields(int size) {
            super(size);
        }

        void field(char tag, String value) {
            write(tag);
            text(value);
        }

        void pair(char tag, String name, String value) {
            write(tag);
            text(name);
            text(value);
        }

        void int32(int value) {
            write(value >>> 24);
            write(value >>> 16);
            write(value >>> 8);
            write(value);
        }

        private void text(String value) {
            byte[] bytes = value.getBytes(UTF_8);
            write(bytes.length >>> 8);
            write(bytes.length);
            writeBytes(bytes);
        }
    }
}
