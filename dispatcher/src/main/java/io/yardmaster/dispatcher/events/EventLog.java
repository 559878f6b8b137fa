package io.yardmaster.dispatcher.events;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The log of events in Redis, shared by all replicas and bounded; `yardmaster/events.lua`
/// documents its keys. Thread-safe; throws [io.yardmaster.redis.RedisFailure] when Redis can't be
/// asked.
public final class EventLog {
    /// The part of the function library that this class calls.
    public static final String LIBRARY_PART = "yardmaster/events.lua";

    /// How many events are kept, more or less.
    public static final int KEPT = 10_000;

    /// The most that one call reads: it takes Redis half a millisecond.
    public static final int PAGE = 100;

    /// How far apart replicas may notice the same change.
    private static final Duration WINDOW = Duration.ofSeconds(60);

    private static final String BASE = "{yard:0}";
    private static final String CHANNEL = BASE + ":events";
    private static final JsonMapper JSON = new JsonMapper();

    private final Redis redis;
    private final String replica;

    public EventLog(Redis redis, String replica) {
        this.redis = redis;
        this.replica = replica;
    }

    /// Adds those that are news.
    ///
    /// @param nonce new and random; a repeated call repeats it
    /// @return for each its id, empty when another replica told it before
    List<Optional<EventId>> tell(String nonce, List<Event> events) {
        List<Object> arguments = new ArrayList<>(List.of(replica, nonce, KEPT, WINDOW.toMillis()));
        for (Event event : events) {
            Event.Once once = event.once();
            arguments.add(event.type());
            arguments.add(text(event.data()));
            arguments.add(once.mode());
            arguments.add(once.subject());
            arguments.add(once.state());
        }
        return redis.call("yard_event_tell", BASE, arguments.toArray()).stream()
                .map(id -> EventId.of(Redis.text((byte[]) id)))
                .toList();
    }

    /// Those after this one, oldest first, at most [#PAGE].
    public List<Told> after(EventId id) {
        return read("after", id.toString(), PAGE);
    }

    /// Those before this one, or the newest, newest first.
    public List<Told> before(Optional<EventId> id, int most) {
        List<Told> all = new ArrayList<>();
        String from = id.map(EventId::toString).orElse("");
        List<Told> page;
        do {
            int wanted = Math.min(most - all.size(), PAGE);
            page = read("before", from, wanted);
            all.addAll(page);
            from = page.isEmpty() ? from : page.getLast().id().toString();
        } while (page.size() == PAGE && all.size() < most);
        return all;
    }

    private List<Told> read(String direction, String id, int most) {
        List<Told> events = new ArrayList<>();
        for (Object entry : redis.call("yard_event_read", BASE, direction, id, most)) {
            List<?> fields = (List<?>) entry;
            EventId.of(text(fields, 0))
                    .ifPresent(each ->
                            events.add(
                                    new Told(
                                            each,
                                            text(fields, 1),
                                            tree(text(fields, 2)),
                                            text(fields, 3))));
        }
        return events;
    }

    private static String text(List<?> fields, int at) {
        return Redis.text((byte[]) fields.get(at));
    }

    /// Hears that there is news. Messages are a short cut: whoever listens must look by itself too.
    AutoCloseable onNews(Consumer<byte[]> listener) {
        return redis.subscribe(CHANNEL, listener);
    }

    private static String text(ObjectNode data) {
        try {
            return JSON.writeValueAsString(data);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values can always be written", e);
        }
    }

    /// An empty object when somebody damaged it.
    private static ObjectNode tree(String json) {
        try {
            return JSON.readTree(json) instanceof ObjectNode object
                    ? object
                    : JSON.createObjectNode();
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }
}
