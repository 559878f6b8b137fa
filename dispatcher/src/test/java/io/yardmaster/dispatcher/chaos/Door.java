package io.yardmaster.dispatcher.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A way in for requests. One thread each.
///
/// What it says of every request: accepted; refused, and then it left nothing behind; anything else
/// (an [IOException], a 503 that isn't "queue full") leaves it open, and the same request is
/// offered again.
interface Door extends AutoCloseable {
    /// What was heard of one request.
    ///
    /// @param detail the answer, as far as it tells something
    record Said(Verdict verdict, String detail) {
        static final Said OK = new Said(Verdict.ACCEPTED, "");
    }

    enum Verdict {
        ACCEPTED,
        REFUSED,
        OPEN
    }

    /// A request of a producer's.
    ///
    /// @param key that its id is made of, for the raw form
    /// @param delayMs 0 for none
    /// @param ttlMs 0 for none
    record Order(Asked asked, String key, int delayMs, int ttlMs) {
        String json() {
            return "{\"id\":\"%s\",\"priority\":\"%s\",\"maxRetries\":%d,\"timeoutMs\":2000%s%s,\"bodyText\":\"%s\"}"
                    .formatted(
                            asked.id(),
                            asked.priority(),
                            asked.maxRetries(),
                            delayMs == 0 ? "" : ",\"delayMs\":" + delayMs,
                            ttlMs == 0 ? "" : ",\"ttlMs\":" + ttlMs,
                            asked.id());
        }
    }

    /// What happened to each, in order.
    List<Said> offer(List<Order> orders) throws IOException, InterruptedException;

    /// Most orders in one offer.
    default int batch() {
        return 1;
    }

    @Override
    default void close() {}

    /// `POST /v1/requests`.
    record Single(List<String> urls, RandomGenerator random) implements Door {
        @Override
        public List<Said> offer(List<Order> orders) throws IOException, InterruptedException {
            return List.of(
                    said(
                            Rest.send(
                                    "POST",
                                    any(urls, random) + "/v1/requests",
                                    orders.getFirst().json())));
        }
    }

    /// The raw form, without waiting for the answer.
    record Raw(List<String> urls, RandomGenerator random) implements Door {
        @Override
        public List<Said> offer(List<Order> orders) throws IOException, InterruptedException {
            Asked asked = orders.getFirst().asked();
            Rest.Answer answer =
                    Rest.send(
                            "POST",
                            any(urls, random) + "/v1/services/default/forward/work?n=1",
                            asked.id(),
                            "Idempotency-Key",
                            orders.getFirst().key(),
                            "X-Yardmaster-Priority",
                            asked.priority());
            return List.of(said(answer));
        }
    }

    /// `POST /v1/requests/batch`.
    record Batch(List<String> urls, RandomGenerator random) implements Door {
        @Override
        public int batch() {
            return 20;
        }

        @Override
        public List<Said> offer(List<Order> orders) throws IOException, InterruptedException {
            String body = "[" + String.join(",", orders.stream().map(Order::json).toList()) + "]";
            Rest.Answer answer = Rest.send("POST", any(urls, random) + "/v1/requests/batch", body);
            if (answer.status() != 200) {
                Said same = said(answer);
                return orders.stream().map(_ -> same).toList();
            }
            List<Said> said = new ArrayList<>();
            for (JsonNode result : answer.json().path("results")) {
                JsonNode error = result.path("error");
                said.add(
                        error.isMissingNode()
                                ? Said.OK
                                : said(
                                        new Rest.Answer(
                                                error.path("status").asInt(), error.toString())));
            }
            return said;
        }
    }

    private static String any(List<String> urls, RandomGenerator random) {
        return urls.get(random.nextInt(urls.size()));
    }

    private static Said said(Rest.Answer answer) {
        return switch (answer.status()) {
            case 200, 202 -> Said.OK;
            case 503 ->
                    new Said(
                            answer.body().contains("queue-full") ? Verdict.REFUSED : Verdict.OPEN,
                            answer.body());
            default -> new Said(Verdict.REFUSED, answer.status() + " " + answer.body());
        };
    }

    /// `FCALL yard_enqueue`, over a connection that is made anew when it broke.
    final class Call implements Door {
        private final RedisServer redis;
        private @Nullable Resp connection;

        Call(RedisServer redis) {
            this.redis = redis;
        }

        @Override
        public List<Said> offer(List<Order> orders) throws IOException {
            Order order = orders.getFirst();
            Asked asked = order.asked();
            List<String> words = new ArrayList<>(List.of("FCALL", "yard_enqueue", "1", "{yard:0}"));
            words.addAll(List.of("BODY", asked.id(), "ID", asked.id(), "TIMEOUT", "2000"));
            words.addAll(List.of("PRIORITY", asked.priority()));
            words.addAll(List.of("RETRIES", Integer.toString(asked.maxRetries())));
            if (order.delayMs() > 0) {
                words.addAll(List.of("DELAY", Integer.toString(order.delayMs())));
            }
            if (order.ttlMs() > 0) {
                words.addAll(List.of("TTL", Integer.toString(order.ttlMs())));
            }
            Object answer = command(words.toArray(String[]::new));
            String word =
                    answer instanceof List<?> list ? String.valueOf(list.getFirst()) : "" + answer;
            return List.of(
                    switch (word) {
                        case "queued", "duplicate" -> Said.OK;
                        default -> new Said(Verdict.REFUSED, String.valueOf(answer));
                    });
        }

        private @Nullable Object command(String... words) throws IOException {
            Resp open = connection;
            try {
                if (open == null) {
                    open = redis.connect(3_000);
                    connection = open;
                }
                return open.call(words);
            } catch (Resp.Refused e) {
                throw e;
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        @Override
        public void close() {
            Resp open = connection;
            connection = null;
            try {
                if (open != null) {
                    open.close();
                }
            } catch (IOException e) {
                // it is gone either way
            }
        }
    }

    /// `RPUSH {yard:0}:in`.
    final class Push implements Door {
        private final Call calls;

        Push(RedisServer redis) {
            this.calls = new Call(redis);
        }

        @Override
        public List<Said> offer(List<Order> orders) throws IOException {
            calls.command("RPUSH", "{yard:0}:in", orders.getFirst().json());
            return List.of(Said.OK);
        }

        @Override
        public void close() {
            calls.close();
        }
    }

    /// All doors, by name.
    static Map<String, Door> all(List<String> urls, RedisServer redis, RandomGenerator random) {
        Map<String, Door> doors = new HashMap<>();
        doors.put("rest", new Single(urls, random));
        doors.put("batch", new Batch(urls, random));
        doors.put("raw", new Raw(urls, random));
        doors.put("call", new Call(redis));
        doors.put("push", new Push(redis));
        return doors;
    }
}
