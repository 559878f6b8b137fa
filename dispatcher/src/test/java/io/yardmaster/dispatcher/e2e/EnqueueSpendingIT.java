package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.RedisFixture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The doors of REST stay cheap: 1,000 requests of 250 bytes may cost about 1.5 times what they
/// cost when this was written (singly 26,300 KiB and at most 1,000 calls of Redis, in batches 4,300
/// KiB and 8 calls; by C1, which puts more on the heap than C2). Whoever exceeds that has made each
/// request dearer; whoever stays far below may lower the bounds.
class EnqueueSpendingIT {
    @Test
    void enqueueing_keeps_to_what_it_may_allocate_and_ask_of_redis() {
        try (RedisFixture redis = RedisFixture.start();
                Replica replica =
                        Replica.serve(
                                "--redis",
                                redis.uri(),
                                "--set",
                                "yardmaster.queues.max-size=1000000",
                                "--set",
                                "yardmaster.rate-limit.producer.rate=0");
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

    private static void within(double most, double spent, String what) {
        assertTrue(spent <= most, what + ": " + spent + " (expected: at most " + most + ")");
    }

    /// Over several connections, which share calls of Redis: their number may only fall by it.
    private static void singles(Replica replica, int count) {
        String json = json(1);
        IntStream.range(0, count)
                .parallel()
                .forEach(_ -> assertEquals(202, replica.post("/v1/requests", json).statusCode()));
    }

    private static void batches(Replica replica, int count) {
        String json =
                IntStream.range(0, 1000)
                        .mapToObj(EnqueueSpendingIT::json)
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
