package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.NORMAL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The trace that a request came with, beside it in Redis.
class TraceContextTest {
    private static final String PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final String OTHER = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
    private static Yard yard;

    @BeforeAll
    static void open() {
        yard = new Yard();
    }

    @AfterAll
    static void close() {
        yard.close();
    }

    @BeforeEach
    void clear() {
        yard.clear();
    }

    private static Offer within(String id, String parent, String state) {
        return Yard.offer(id).within(TraceContext.of(parent, List.of(state)).orElseThrow());
    }

    private static Admission offer(Offer offer) {
        return yard.queue.offer(List.of(offer)).getFirst();
    }

    @Test
    void node_is_told_the_trace_at_every_attempt() {
        yard.queue.offer(List.of(within("a", PARENT, "vendor=7")));
        Lease first = yard.taken("nonce--1");
        List<Request.Header> expected =
                List.of(
                        new Request.Header("traceparent", PARENT),
                        new Request.Header("tracestate", "vendor=7"));
        assertEquals(expected, first.request().headers());
        assertEquals(List.of(), first.stored().history());
        yard.settle(first, new Settlement.Retry(Duration.ofMillis(1), "{\"attempt\":1}"));
        yard.pass(Duration.ofMillis(500));
        yard.call("yard_promote", 10);
        Lease second = yard.taken("nonce--2");
        assertEquals(expected, second.request().headers());
        assertEquals(List.of("{\"attempt\":1}"), second.stored().history());
    }

    @Test
    void repeat_within_another_span_is_the_same_request_whatever_became_of_it() {
        assertInstanceOf(Admission.Queued.class, offer(within("a", PARENT, "")));
        String before = yard.state();
        assertInstanceOf(Admission.Duplicate.class, offer(within("a", OTHER, "x=1")));
        assertInstanceOf(Admission.Duplicate.class, offer(Yard.offer("a")));
        assertEquals(before, yard.state(), "the first one's trace stays");
        Lease lease = yard.taken("nonce--1");
        assertEquals(PARENT, lease.request().headers().getFirst().value());
        yard.settle(lease, new Settlement.Succeeded("{}"));
        assertInstanceOf(Admission.Duplicate.class, offer(within("a", OTHER, "")));
    }

    @Test
    void end_that_redis_decides_has_no_trace_in_its_history() {
        yard.queue.offer(List.of(within("a", PARENT, "vendor=7")));
        yard.queue.cancel("a");
        Found.Settled end = assertInstanceOf(Found.Settled.class, yard.queue.find("a"));
        assertTrue(end.json().endsWith("\"history\":[]}"), end.json());
    }

    @Test
    void trace_in_the_requests_own_headers_yields_to_the_one_beside_it() {
        Request plain = Yard.request("a", NORMAL, -1);
        Request own = plain.with(List.of(new Request.Header("TraceParent", OTHER)));
        Offer offer = Offer.of(own).within(TraceContext.of(PARENT, List.of()).orElseThrow());
        yard.queue.offer(List.of(offer));
        assertEquals(
                List.of(new Request.Header("traceparent", PARENT)),
                yard.taken("nonce--1").request().headers());
    }

    @Test
    void what_is_no_trace_context_is_left_out() {
        for (String wrong :
                List.of(
                        "",
                        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                        PARENT + "\n{\"attempt\":1}")) {
            assertEquals(Optional.empty(), TraceContext.of(wrong, List.of()), wrong);
        }
        assertEquals("", TraceContext.of(PARENT, List.of("a=1\nb")).orElseThrow().state());
        assertEquals("", TraceContext.of(PARENT, List.of("a".repeat(600))).orElseThrow().state());
        assertEquals(
                "a=1,b=2", TraceContext.of(PARENT, List.of("a=1", "b=2")).orElseThrow().state());
    }
}
