package io.yardmaster.queue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// What a producer wants forwarded: the HTTP request, and how it is to be treated. Immutable but
/// for `body`, which nobody may write to.
///
/// @param id `[A-Za-z0-9._:-]{1,128}`
/// @param path begins with `/`, may carry a query
/// @param timeout for one attempt; empty: the queue's
/// @param maxRetries 0 to 100; empty: the queue's
@SuppressWarnings(
        "ArrayRecordComponent") // requests are never compared; a copy of each body would cost
public record Request(
        String id,
        QueueName queue,
        String method,
        String path,
        List<Header> headers,
        byte[] body,
        Optional<Duration> timeout,
        OptionalInt maxRetries,
        Routing routing) {
    private static final Alphabet ID = Alphabet.of("A-Za-z0-9._:-");
    private static final int LONGEST_ID = 128;

    /// One header field, as the producer gave it.
    public record Header(String name, String value) {}

    /// What the choice of a node may consider.
    ///
    /// @param affinityKey requests with the same key go to the same node where the service wants
    ///   that
    /// @param client the producer's name for itself
    /// @param labels a node must have all of these
    public record Routing(
            Optional<String> affinityKey,
            Optional<String> client,
            Optional<String> clientIp,
            Optional<String> region,
            Map<String, String> labels,
            Optional<String> callbackUrl) {
        public static final Routing NONE =
                new Routing(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Map.of(),
                        Optional.empty());

        public Routing {
            labels = Map.copyOf(labels);
        }
    }

    public Request {
        if (!isId(id)) {
            throw new IllegalArgumentException("id: " + id + " (expected: [A-Za-z0-9._:-]{1,128})");
        }
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("path: " + path + " (expected: beginning with /)");
        }
        if (maxRetries.isPresent() && (maxRetries.getAsInt() < 0 || maxRetries.getAsInt() > 100)) {
            throw new IllegalArgumentException(
                    "maxRetries: " + maxRetries.getAsInt() + " (expected: 0 to 100)");
        }
        headers = List.copyOf(headers);
    }

    public static boolean isId(String text) {
        return ID.spells(text, 1, LONGEST_ID);
    }

    /// The same request with these headers.
    Request with(List<Header> others) {
        return new Request(id, queue, method, path, others, body, timeout, maxRetries, routing);
    }

    /// A request with the defaults of everything but what is given.
    public static Request of(String id, QueueName queue, String path, byte[] body) {
        return new Request(
                id,
                queue,
                "POST",
                path,
                List.of(),
                body,
                Optional.empty(),
                OptionalInt.empty(),
                Routing.NONE);
    }
}
