package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFixture;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DispatchTest {
    private static RedisFixture fixture;

    @BeforeAll
    static void redis() {
        fixture = RedisFixture.start();
        fixture.redis(Replica.library());
    }

    @AfterAll
    static void close() {
        fixture.close();
    }

    @BeforeEach
    void flush() {
        fixture.flush();
    }

    @Test
    void request_reaches_the_node_with_its_id_attempt_and_priority() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            yard.enqueue("a");
            Found.Settled end = yard.end("a");
            assertEquals(Found.End.SUCCEEDED, end.end());
            assertTrue(end.json().contains("\"node\":\"nuc\""), end.json());
            ScriptedForwarder.Sent sent = yard.nodes.sent.getFirst();
            assertEquals(
                    "a nuc 1 normal a",
                    String.join(
                            " ",
                            sent.header("X-Request-ID"),
                            sent.header("X-Instance-ID"),
                            sent.header("X-Yardmaster-Attempt"),
                            sent.header("X-Yardmaster-Priority"),
                            sent.header("Idempotency-Key")));
            assertTrue(sent.header("traceparent").matches("00-[0-9a-f]{32}-[0-9a-f]{16}-00"));
        }
    }

    @Test
    void node_that_fails_once_is_tried_again_and_both_attempts_are_on_record() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            yard.nodes.when("nuc", n -> ScriptedForwarder.status(n == 1 ? 500 : 200));
            yard.enqueue("a");
            Found.Settled end = yard.end("a");
            assertEquals(Found.End.SUCCEEDED, end.end());
            assertTrue(end.json().contains("\"status\":500,\"cause\":\"status\""), end.json());
            assertTrue(end.json().contains("\"attempts\":2"), end.json());
            assertEquals("2", yard.nodes.sent.get(1).header("X-Yardmaster-Attempt"));
        }
    }

    @Test
    void request_without_retries_left_is_dead_with_the_reason() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            yard.nodes.when("nuc", _ -> new Answer.TimedOut());
            yard.enqueue("a");
            Found.Settled end = yard.end("a");
            assertEquals(Found.End.DEAD, end.end());
            assertTrue(end.json().contains("\"reason\":\"timeout\""), end.json());
            assertEquals(2, yard.nodes.sentTo("a"));
        }
    }

    @Test
    void answer_that_no_retry_can_mend_ends_the_request_at_once() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            yard.nodes.when(
                    "nuc", _ -> ScriptedForwarder.status(302, "Location", "http://elsewhere/"));
            yard.enqueue("a");
            assertEquals(Found.End.DEAD, yard.end("a").end());
            assertEquals(1, yard.nodes.sentTo("a"));
        }
    }

    @Test
    void busy_node_that_names_a_time_costs_no_attempt() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            yard.nodes.when(
                    "nuc",
                    n ->
                            n <= 4
                                    ? ScriptedForwarder.status(503, "Retry-After", "0")
                                    : ScriptedForwarder.status(200));
            yard.enqueue("a");
            Found.Settled end = yard.end("a");
            assertEquals(Found.End.SUCCEEDED, end.end());
            assertEquals(5, yard.nodes.sentTo("a"));
        }
    }

    @Test
    void node_that_always_asks_to_come_again_is_heard_ten_times() throws Exception {
        try (Yard yard =
                new Yard(fixture, "yardmaster.circuit-breaker.min-requests=1000")
                        .node("nuc", 4, "default")
                        .start()) {
            yard.nodes.when("nuc", _ -> ScriptedForwarder.status(429, "Retry-After", "0"));
            yard.enqueue("a");
            assertEquals(Found.End.DEAD, yard.end("a").end());
            assertEquals(12, yard.nodes.sentTo("a"));
        }
    }

    @Test
    void node_that_refuses_connections_sends_the_request_elsewhere_at_once_and_costs_no_attempt()
            throws Exception {
        try (Yard yard =
                new Yard(fixture).node("gone", 4, "default").node("nuc", 4, "default").start()) {
            yard.nodes.when("gone", _ -> new Answer.Unreachable("connection refused"));
            for (int i = 0; i < 10; i++) {
                yard.enqueue("a" + i);
            }
            for (int i = 0; i < 10; i++) {
                Found.Settled end = yard.end("a" + i);
                assertEquals(Found.End.SUCCEEDED, end.end());
                assertTrue(end.json().contains("\"attempts\":1,\"node\":\"nuc\""), end.json());
            }
        }
    }

    @Test
    void request_that_reaches_no_node_waits_without_losing_attempts() throws Exception {
        try (Yard yard = new Yard(fixture).node("gone", 4, "default").start()) {
            yard.nodes.when(
                    "gone",
                    n ->
                            n < 3
                                    ? new Answer.Unreachable("connection refused")
                                    : ScriptedForwarder.status(200));
            yard.enqueue("a");
            Found.Settled end = yard.end("a");
            assertEquals(Found.End.SUCCEEDED, end.end());
            assertTrue(end.json().contains("\"attempts\":1"), end.json());
        }
    }

    @Test
    void cancelling_a_request_in_flight_aborts_the_call_and_nothing_overwrites_the_end()
            throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            yard.nodes.when("nuc", ScriptedForwarder.after(never));
            yard.enqueue("a");
            Yard.await("a is sent", () -> yard.nodes.sentTo("a") == 1);
            yard.parts.queue().cancel("a");
            Yard.await("the call is aborted", () -> yard.nodes.aborted.get() == 1);
            assertEquals(Found.End.CANCELLED, yard.end("a").end());
            Yard.await("the slot is free", () -> yard.replica.held().size() == 0);
            assertEquals(Found.End.CANCELLED, yard.end("a").end());
        }
    }

    @Test
    void lease_taken_away_by_somebody_else_calls_the_attempt_off() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        try (Yard yard =
                new Yard(fixture, "yardmaster.lease=900ms").node("nuc", 4, "default").start()) {
            yard.nodes.when(
                    "nuc",
                    n ->
                            n == 1
                                    ? ScriptedForwarder.after(never).answer(n)
                                    : ScriptedForwarder.status(200));
            yard.enqueue("a");
            Yard.await("a is sent", () -> yard.nodes.sentTo("a") == 1);
            Redis redis = yard.parts.redis();
            List<byte[]> members = redis.run(c -> c.zrange(Redis.bytes("{yard:0}:leases"), 0, -1));
            redis.run(c -> c.zadd(Redis.bytes("{yard:0}:leases"), 1.0, members.getFirst()));
            assertEquals(Found.End.SUCCEEDED, yard.end("a").end());
            Yard.await("the first call is aborted", () -> yard.nodes.aborted.get() == 1);
            assertEquals(2, yard.nodes.sentTo("a"));
            assertTrue(yard.end("a").json().contains("lease-lost"), yard.end("a").json());
        }
    }

    @Test
    void critical_request_starts_at_once_though_low_ones_hold_every_slot_they_may()
            throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Yard yard = new Yard(fixture).node("nuc", 10, "default").start()) {
            yard.nodes.when(
                    "nuc",
                    n ->
                            n <= 8
                                    ? ScriptedForwarder.after(release).answer(n)
                                    : ScriptedForwarder.status(200));
            for (int i = 0; i < 20; i++) {
                yard.enqueue(Yard.request("low" + i, Priority.LOW));
            }
            Yard.await("low requests fill all but the reserve", () -> yard.nodes.sent.size() == 8);
            // Its slot is free now, and others look for free slots before it is over.
            yard.afterAttempt = id -> LockSupport.parkNanos(300_000_000);
            yard.enqueue(Yard.request("urgent", Priority.CRITICAL));
            assertEquals(Found.End.SUCCEEDED, yard.end("urgent").end());
            assertEquals(9, yard.nodes.sent.size(), "a low one took the slot of the reserve");
            yard.afterAttempt = id -> {};
            release.countDown();
            assertEquals(Found.End.SUCCEEDED, yard.end("low19").end());
        }
    }

    @Test
    void service_whose_nodes_are_gone_holds_nobody_else_up() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            for (int i = 0; i < 50; i++) {
                yard.enqueue(
                        Request.of(
                                "orphan" + i,
                                new QueueName("nowhere", Priority.CRITICAL),
                                "/",
                                new byte[0]));
            }
            yard.enqueue("a");
            assertEquals(Found.End.SUCCEEDED, yard.end("a").end());
            assertInstanceOf(Found.Live.class, yard.parts.queue().find("orphan0"));
        }
    }

    @Test
    void request_whose_labels_no_node_has_waits_and_holds_nobody_up() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 1, "default").start()) {
            Request.Routing gpu =
                    new Request.Routing(
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Map.of("gpu", "true"),
                            Optional.empty());
            yard.enqueue(
                    new Request(
                            "needs-gpu",
                            new QueueName("default", Priority.CRITICAL),
                            "POST",
                            "/",
                            List.of(),
                            new byte[0],
                            Optional.empty(),
                            OptionalInt.empty(),
                            gpu));
            yard.enqueue("a");
            assertEquals(Found.End.SUCCEEDED, yard.end("a").end());
            Found.Live waiting =
                    assertInstanceOf(Found.Live.class, yard.parts.queue().find("needs-gpu"));
            assertTrue(waiting.stored().attempts() <= 1);
            assertEquals(0, yard.nodes.sentTo("needs-gpu"));
        }
    }

    @Test
    void ending_replica_finishes_what_is_in_flight_and_leaves_the_rest_untouched()
            throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Yard yard = new Yard(fixture).node("nuc", 3, "default").start()) {
            yard.nodes.when("nuc", ScriptedForwarder.after(release));
            for (int i = 0; i < 10; i++) {
                yard.enqueue("a" + i);
            }
            Yard.await("two are in flight", () -> yard.nodes.sent.size() == 2);
            Thread opener = Thread.ofVirtual().start(release::countDown);
            assertTrue(yard.replica.drain(Yard.PATIENCE));
            opener.join();
            assertEquals(2, yard.nodes.sent.size());
            assertEquals(8, yard.parts.queue().depth().getFirst().depth());
            assertEquals(0, yard.parts.queue().depth().getFirst().inFlight());
            assertEquals(2, yard.parts.queue().depth().getFirst().succeeded());
        }
    }

    @Test
    void json_pushed_onto_the_ingress_list_is_dispatched_and_rubbish_is_quarantined()
            throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 3, "default").start()) {
            Redis redis = yard.parts.redis();
            redis.run(c ->
                    c.rpush(
                            Redis.bytes("{yard:0}:in"),
                            Redis.bytes("rubbish"),
                            Redis.bytes("{\"id\":\"pushed\",\"bodyText\":\"x\",\"path\":\"/p\"}"),
                            Redis.bytes("{\"id\":\"bad\",\"priority\":\"urgent\"}")));
            assertEquals(Found.End.SUCCEEDED, yard.end("pushed").end());
            List<byte[]> quarantine =
                    redis.run(c -> c.lrange(Redis.bytes("{yard:0}:quarantine"), 0, -1));
            assertEquals(2, quarantine.size());
            assertTrue(Redis.text(quarantine.get(0)).endsWith("\nrubbish"));
            assertTrue(
                    Redis.text(quarantine.get(1)).contains("priority"),
                    Redis.text(quarantine.get(1)));
            assertFalse(yard.nodes.sent.stream().anyMatch(sent -> sent.id().equals("bad")));
        }
    }

    @Test
    void node_limit_puts_requests_off_without_losing_attempts() throws Exception {
        try (Yard yard =
                new Yard(
                                fixture,
                                "yardmaster.rate-limit.node.rate=20",
                                "yardmaster.rate-limit.node.burst-multiplier=1")
                        .node("nuc", 50, "default")
                        .start()) {
            for (int i = 0; i < 30; i++) {
                yard.enqueue("a" + i);
            }
            for (int i = 0; i < 30; i++) {
                assertTrue(yard.end("a" + i).json().contains("\"attempts\":1"));
            }
        }
    }

    @Test
    void service_limit_keeps_denied_requests_in_their_queue() throws Exception {
        try (Yard yard =
                new Yard(
                                fixture,
                                "yardmaster.rate-limit.service.rate=1",
                                "yardmaster.rate-limit.service.window=1h",
                                "yardmaster.rate-limit.service.burst-multiplier=5")
                        .node("nuc", 50, "default")
                        .start()) {
            for (int i = 0; i < 20; i++) {
                yard.enqueue("a" + i);
            }
            Yard.await("the burst is through", () -> yard.nodes.sent.size() == 5);
            yard.end("a4");
            assertEquals(15, yard.parts.queue().depth().getFirst().depth());
            assertEquals(5, yard.nodes.sent.size());
        }
    }

    @Test
    void end_of_a_request_is_posted_to_its_callback_until_it_is_taken() throws Exception {
        try (Yard yard = new Yard(fixture).node("nuc", 4, "default").start()) {
            yard.nodes.when("callback", n -> ScriptedForwarder.status(n == 1 ? 500 : 204));
            Request.Routing callback =
                    new Request.Routing(
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Optional.empty(),
                            Map.of(),
                            Optional.of("http://127.0.0.1:9/done?x=1"));
            yard.enqueue(
                    new Request(
                            "a",
                            new QueueName("default", Priority.NORMAL),
                            "POST",
                            "/",
                            List.of(),
                            new byte[0],
                            Optional.empty(),
                            OptionalInt.empty(),
                            callback));
            Yard.await("both posts", () -> yard.nodes.sent.size() == 3);
            ScriptedForwarder.Sent posted = yard.nodes.sent.get(2);
            assertEquals("/done?x=1", posted.outgoing().path());
            assertTrue(Redis.text(posted.outgoing().body()).contains("\"state\":\"succeeded\""));
        }
    }

    @Test
    void backoff_stays_between_zero_and_the_doubled_base() {
        RetryPolicy policy =
                new RetryPolicy(
                        new io.yardmaster.dispatcher.settings.Settings.Retries(
                                Duration.ofMillis(100), Duration.ofSeconds(1), true),
                        java.time.InstantSource.system(),
                        new java.util.SplittableRandom(7));
        for (int attempt = 1; attempt < 12; attempt++) {
            long ceiling = Math.min(1000, 100L << (attempt - 1));
            for (int i = 0; i < 1000; i++) {
                long ms = policy.backoff(attempt).toMillis();
                assertTrue(ms >= 1 && ms <= ceiling, attempt + ": " + ms);
            }
        }
        assertEquals(Optional.of(Duration.ofHours(1)), policy.retryAfter("999999"));
        assertEquals(Optional.empty(), policy.retryAfter("-1"));
        assertEquals(Optional.empty(), policy.retryAfter("soon"));
    }
}
