package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.dispatcher.api.LiveStream.Topic;
import io.yardmaster.dispatcher.events.EventId;
import io.yardmaster.dispatcher.events.Told;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

class LiveStreamTest {
    private final AtomicInteger ended = new AtomicInteger();
    private final List<String> got = new ArrayList<>();
    private boolean completed;
    private long now;
    private final LiveStream stream = stream(Caller.ANYBODY);

    private LiveStream stream(Caller caller) {
        return new LiveStream(
                caller,
                EnumSet.allOf(Topic.class),
                false,
                EventId.FIRST,
                () -> now,
                _ -> ended.incrementAndGet());
    }

    /// A client that takes what it asks for.
    private LiveStream read(LiveStream from) {
        from.subscribe(
                new Subscriber<>() {
                    @Override
                    public void onSubscribe(Subscription subscription) {}

                    @Override
                    public void onNext(byte[] frame) {
                        got.add(new String(frame, UTF_8));
                    }

                    @Override
                    public void onError(Throwable failure) {
                        throw new AssertionError(failure);
                    }

                    @Override
                    public void onComplete() {
                        completed = true;
                    }
                });
        return from;
    }

    private static byte[] frame(String text) {
        return text.getBytes(UTF_8);
    }

    private static Told event(long ms, String service) {
        ObjectNode data = Answers.object().put("service", service);
        return new Told(new EventId(ms, 0), "queue_paused", data, "r1");
    }

    @Test
    void what_is_sent_before_the_client_reads_is_not_lost() {
        stream.send("", frame("a"));
        read(stream);
        assertEquals(List.of(), got);
        stream.request(1);
        stream.send("", frame("b"));
        assertEquals(List.of("a"), got);
        stream.request(5);
        stream.send("", frame("c"));
        assertEquals(List.of("a", "b", "c"), got);
    }

    @Test
    void a_slow_client_gets_the_newest_overview_and_every_event() {
        read(stream);
        stream.send("overview", frame("o1"));
        stream.send("", frame("e1"));
        stream.send("overview", frame("o2"));
        stream.send("", frame("e2"));
        stream.send("overview", frame("o3"));
        stream.request(Long.MAX_VALUE);
        assertEquals(List.of("e1", "e2", "o3"), got);
    }

    @Test
    void a_client_that_lets_too_much_wait_is_sent_away() {
        read(stream);
        byte[] large = new byte[LiveStream.MOST_BACKLOG / 4 + 1];
        for (int i = 0; i < 3; i++) {
            stream.send("", large);
        }
        assertFalse(completed);
        stream.send("", large);
        assertTrue(completed);
        assertEquals(1, ended.get());
        stream.send("", frame("late"));
        stream.request(10);
        assertEquals(List.of(), got);
    }

    @Test
    void one_overview_that_is_larger_than_the_bound_is_sent_all_the_same() {
        read(stream);
        stream.send("overview", new byte[LiveStream.MOST_BACKLOG * 2]);
        stream.send("overview", new byte[LiveStream.MOST_BACKLOG * 2]);
        assertFalse(completed);
        stream.request(1);
        assertEquals(1, got.size());
    }

    @Test
    void a_client_that_stands_still_is_sent_away() {
        read(stream);
        stream.dropIfStuck(100);
        stream.send("ping", frame("p"));
        now = 99;
        stream.dropIfStuck(100);
        assertFalse(completed);
        now = 100;
        stream.dropIfStuck(100);
        assertTrue(completed);
    }

    @Test
    void an_idle_stream_stands_not_still() {
        read(stream).request(10);
        stream.send("", frame("a"));
        now = 1_000_000;
        stream.dropIfStuck(100);
        assertFalse(completed);
    }

    @Test
    void the_end_comes_after_what_waits_and_is_told_once() {
        read(stream);
        stream.send("", frame("a"));
        stream.end();
        assertFalse(completed);
        stream.request(5);
        assertEquals(List.of("a"), got);
        assertTrue(completed);
        stream.cancel();
        stream.end();
        assertEquals(1, ended.get());
    }

    @Test
    void a_client_that_goes_away_frees_its_place_at_once() {
        read(stream).request(1);
        stream.cancel();
        assertEquals(1, ended.get());
        stream.send("", frame("a"));
        assertEquals(List.of(), got);
        assertFalse(completed);
    }

    @Test
    void no_event_comes_twice_or_to_who_may_not_see_it() {
        Caller narrow =
                new Caller(Optional.of("k"), Access.Role.READER, List.of("mine"), Optional.empty());
        LiveStream narrowed = read(stream(narrow));
        narrowed.request(10);
        narrowed.send(event(5, "mine"), frame("e5"));
        narrowed.send(event(6, "other"), frame("e6"));
        narrowed.send(event(5, "mine"), frame("e5"));
        narrowed.send(event(7, ""), frame("e7"));
        assertEquals(List.of("e5", "e7"), got);
        assertEquals(new EventId(7, 0), narrowed.position());
    }
}
