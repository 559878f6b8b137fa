package io.yardmaster.dispatcher.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.nodes.Health;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import io.yardmaster.redis.RedisFixture;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventLogTest {
    private static final RedisFixture fixture = RedisFixture.start();
    private static final Redis redis = fixture.redis(Replica.library());
    private static final QueueName LOW = new QueueName("default", Priority.LOW);

    private final EventLog one = new EventLog(redis, "r1");
    private final EventLog two = new EventLog(redis, "r2");
    private int nonces;

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @BeforeEach
    void empty() {
        fixture.flush();
    }

    private long news(EventLog by, Event... events) {
        return by.tell("nonce" + nonces++, List.of(events)).stream()
                .filter(Optional::isPresent)
                .count();
    }

    private List<String> types() {
        return one.after(EventId.FIRST).stream().map(Told::type).toList();
    }

    /// The whole content, with times and ids made comparable.
    private static SortedMap<String, String> content() {
        SortedMap<String, String> content = new TreeMap<>();
        fixture.content()
                .forEach((key, value) ->
                        content.put(
                                key,
                                value.replaceAll("\\d{13}-\\d+", "ID")
                                        .replaceAll("\\d{13}", "T")
                                        .replace("\\x0a", "|")));
        return content;
    }

    @Test
    void an_event_is_kept_with_its_source_and_a_replay_adds_nothing() {
        Event drained = new Event.NodeDrained("nuc");
        List<Optional<EventId>> first = one.tell("n1", List.of(drained));
        Map<String, String> once =
                Map.of(
                        "{yard:0}:events",
                        "[{d={\"node\":\"nuc\"}, s=r1, t=node_drained}]",
                        "{yard:0}:teller:r1",
                        "n1|ID| (expires)");
        assertEquals(once, content());
        assertEquals(first, one.tell("n1", List.of(drained)), "answer of the replay");
        assertEquals(once, content());
        assertTrue(first.getFirst().isPresent());
        Told told = one.after(EventId.FIRST).getFirst();
        assertEquals(first.getFirst().get(), told.id());
        assertEquals("r1", told.source());
        assertEquals("nuc", told.json().path("event_data").path("node").asText());
        assertEquals("node_drained", told.json().path("event_type").asText());
        assertEquals(
                told.id().ms(),
                java.time.Instant.parse(told.json().path("timestamp").asText()).toEpochMilli());
    }

    @Test
    void a_health_change_that_every_replica_notices_is_told_once() {
        Event sick = new Event.NodeHealthChanged("nuc", Health.HEALTHY, Health.UNHEALTHY);
        Event well = new Event.NodeHealthChanged("nuc", Health.UNHEALTHY, Health.HEALTHY);
        assertEquals(1, news(one, sick));
        assertEquals(0, news(two, sick));
        assertEquals("{health nuc=unhealthy|r1|T|||0}", content().get("{yard:0}:told"));
        assertEquals(1, news(one, well));
        // The other is late by a whole outage, and does not contradict what is known since.
        EventLog three = new EventLog(redis, "r3");
        assertEquals(0, news(three, sick));
        assertEquals(0, news(two, well));
        // The one that told it first tells it again, for it did happen again.
        assertEquals(1, news(one, sick));
        assertEquals(
                List.of("node_health_changed", "node_health_changed", "node_health_changed"),
                types());
    }

    @Test
    void what_is_removed_is_forgotten() {
        news(one, new Event.NodeHealthChanged("nuc", Health.UNKNOWN, Health.HEALTHY));
        assertEquals(1, news(one, new Event.NodeRemoved("nuc")));
        assertEquals(null, content().get("{yard:0}:told"));
        // Somebody else is registered under the name.
        assertEquals(
                1, news(two, new Event.NodeHealthChanged("nuc", Health.UNKNOWN, Health.HEALTHY)));
    }

    @Test
    void pausing_what_is_paused_is_no_news_and_neither_is_resuming_what_runs() {
        assertEquals(0, news(one, new Event.QueueResumed(LOW)));
        assertEquals(1, news(one, new Event.QueuePaused(LOW)));
        assertEquals(0, news(two, new Event.QueuePaused(LOW)));
        assertEquals(1, news(two, new Event.QueueResumed(LOW)));
        assertEquals(null, content().get("{yard:0}:told"));
        assertEquals(1, news(two, new Event.QueuePaused(LOW)));
        assertEquals(List.of("queue_paused", "queue_resumed", "queue_paused"), types());
    }

    @Test
    void the_figures_of_a_minute_are_told_by_one() {
        var data = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
        long told = news(one, new Event.Figures(data)) + news(two, new Event.Figures(data));
        // The minute may have ended between the two.
        assertTrue(told == 1 || types().size() == 2, types().toString());
    }

    @Test
    void the_log_is_read_forwards_and_backwards_and_stays_bounded() {
        for (int i = 0; i < 250; i++) {
            news(one, new Event.NodeDrained("n" + i));
        }
        List<Told> first = one.after(EventId.FIRST);
        assertEquals(EventLog.PAGE, first.size());
        List<Told> rest = one.after(first.getLast().id());
        assertEquals(100, rest.size());
        assertEquals("n199", rest.getLast().data().path("node").asText());
        assertEquals(150, one.before(Optional.empty(), 150).size());
        assertEquals(250, one.before(Optional.empty(), 1000).size());
        List<Told> newest = one.before(Optional.empty(), 3);
        assertEquals(
                List.of("n249", "n248", "n247"),
                newest.stream().map(each -> each.data().path("node").asText()).toList());
        assertEquals(
                "n246",
                one.before(Optional.of(newest.getLast().id()), 1)
                        .getFirst()
                        .data()
                        .path("node")
                        .asText());
        for (int i = 0; i < 5; i++) {
            redis.call(
                    "yard_event_tell",
                    "{yard:0}",
                    "r1",
                    "b" + i,
                    10,
                    1000,
                    "x",
                    "{}",
                    "always",
                    "",
                    "");
        }
        // Redis keeps up to a hundred more than it was asked to.
        long left = redis.run(c -> c.xlen(Redis.bytes("{yard:0}:events")));
        assertTrue(left <= 200, "events left: " + left);
    }

    @Test
    void somebody_elses_key_is_named_and_nothing_is_written() {
        redis.run(c -> c.set(Redis.bytes("{yard:0}:told"), Redis.bytes("x")));
        SortedMap<String, String> before = content();
        RedisFailure failure =
                assertThrows(RedisFailure.class, () -> news(one, new Event.NodeDrained("nuc")));
        assertTrue(String.valueOf(failure.getMessage()).contains("{yard:0}:told"));
        assertEquals(before, content());
        fixture.flush();
        redis.run(c -> c.set(Redis.bytes("{yard:0}:events"), Redis.bytes("x")));
        assertThrows(RedisFailure.class, () -> one.after(EventId.FIRST));
    }

    @Test
    void many_events_are_told_in_one_call() {
        Event[] many = new Event[50];
        java.util.Arrays.setAll(many, i -> new Event.NodeDrained("n" + i));
        assertEquals(50, news(one, many));
    }
}
