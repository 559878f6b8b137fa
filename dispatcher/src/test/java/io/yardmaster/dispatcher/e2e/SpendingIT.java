package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.RedisFixture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What a request costs stays low, counted and not timed.
///
/// The doors of REST: 1,000 requests of 250 bytes may cost about 1.5 times what they cost when this
/// was written (singly 26,300 KiB and at most 1,000 calls of Redis, in batches 4,300 KiB and 8
/// calls; by C1, which puts more on the heap than C2). Whoever exceeds that has made each request
/// dearer; whoever stays far below may lower the bounds.
///
/// Dispatching, with 100 slots: 18,900 KiB (by C1, too) and 48 calls of Redis. How many come
/// together in a call is a matter of the machine's pace, hence its wide bound: a call for each
/// request would be 2,000.
class SpendingIT {
    @Test
    void enqueueing_keeps_to_what_it_may_allocate_and_ask_of_redis() {
        try (RedisFixture redis = RedisFixture.start();
                Replica replica = unlimited(redis);
                Spending spending = Spending.of(replica)) {
            singles(replica, 300);
            batches(replica, 3);
            Spending.Cost single = spending.of(1000, () -> singles(replica, 1000));
            Spending.Cost batch = spending.of(20_000, () -> batches(replica, 20));
            System.out.printf(
                    "1,000 requests: singly %,.0f KiB and %.0f calls of Redis, in batches %,.0f KiB and %.1f calls%n",
                    single.kibibytes(), single.redisCalls(), batch.kibibytes(), batch.redisCalls());
            within(40_000, single.kibibytes(), "KiB of 1,000 single requests");
            within(1200, single.redisCalls(), "calls of Redis for 1,000 single requests");
            within(6_500, batch.kibibytes(), "KiB of 1,000 requests in a batch");
            within(12, batch.redisCalls(), "calls of Redis for 1,000 requests in a batch");
        }
    }

    @Test
    void dispatching_keeps_to_what_it_may_allocate_and_ask_of_redis() {
        try (RedisFixture redis = RedisFixture.start();
                Node node = new Node("cheap");
                Replica replica = unlimited(redis);
                Spending spending = Spending.of(replica)) {
            String here = "{\"url\":\"" + node.url() + "\",\"maxConnections\":100}";
            replica.send("PUT", "/v1/nodes/cheap", here);
            waiting(replica, 2);
            drain(replica, node, 2000);
            waiting(replica, 10);
            Spending.Cost cost = spending.of(10_000, () -> drain(replica, node, 12_000));
            System.out.printf(
                    "1,000 requests dispatched: %,.0f KiB and %.1f calls of Redis%n",
                    cost.kibibytes(), cost.redisCalls());
            within(28_000, cost.kibibytes(), "KiB of 1,000 requests dispatched");
            within(250, cost.redisCalls(), "calls of Redis for 1,000 requests dispatched");
        }
    }

    private static Replica unlimited(RedisFixture redis) {
        return Replica.serve(
                "--redis",
                redis.uri(),
                "--set",
                "yardmaster.queues.max-size=1000000",
                "--set",
                "yardmaster.rate-limit.producer.rate=0",
                "--set",
                "yardmaster.redis.timeout=20s");
    }

    private static void waiting(Replica replica, int thousands) {
        replica.post("/v1/queues/default/normal/pause", "");
        batches(replica, thousands);
    }

    private static void drain(Replica replica, Node node, int sum) {
        replica.post("/v1/queues/default/normal/resume", "");
        Await.until("all are at the node", () -> node.ledger().size() >= sum);
    }

    private static void within(double most, double spent, String what) {
        assertTrue(spent <= most, what + ": " + spent + " (expected: at most " + most + ")");
    }

    /// Over several connections, which share calls of Redis: their number may only fall by it.
    private static void singles(Replica replica, int count) {
        String json = json(1);
        IntStream.range(0, count)
                .parallel()
                .forEach(_ ->
                        Await.until(
                                "it is accepted, also where the machine stands still for a second",
                                () -> replica.post("/v1/requests", json).statusCode() == 202));
    }

    private static void batches(Replica replica, int count) {
        String json =
                IntStream.range(0, 1000)
                        .mapToObj(SpendingIT::json)
                        .collect(Collectors.joining(",", "[", "]"));
        for (int i = 0; i < count; i++) {
            String answer = replica.post("/v1/requests/batch", json).body();
            assertTrue(answer.startsWith("{\"accepted\":1000,"), answer);
        }
    }

    private static String json(int number) {
        return "{\"path\":\"/work\",\"body\":{\"n\":%d,\"pad\":\"%s\"}}"
                .formatted(number, "x".repeat(230));
    }
}
