package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.dispatcher.api.LiveStream.Topic;
import io.yardmaster.dispatcher.dispatch.Loop;
import io.yardmaster.dispatcher.events.EventFeed;
import io.yardmaster.dispatcher.events.EventId;
import io.yardmaster.dispatcher.events.EventListener;
import io.yardmaster.dispatcher.events.EventLog;
import io.yardmaster.dispatcher.events.Told;
import io.yardmaster.dispatcher.live.Live;
import io.yardmaster.redis.RedisFailure;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All open streams of this replica, and the loop that feeds them. What several streams show is
/// made once a second for all of them, and not at all while nobody looks. Thread-safe.
@Singleton
public final class Streams implements EventListener, AutoCloseable {
    /// More streams than this at once are refused.
    static final int MOST = 100;

    private static final Logger log = LoggerFactory.getLogger(Streams.class);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final long PING = Duration.ofSeconds(10).toNanos();
    private static final long UNCHANGED = Duration.ofSeconds(5).toNanos();
    private static final long STUCK = Duration.ofSeconds(60).toNanos();
    private static final long TICK_AT_LEAST = TICK.toNanos() * 9 / 10;

    private final OverviewTable overview;
    private final NodeTable nodes;
    private final EventFeed feed;
    private final EventLog events;
    private final LongSupplier nanos;
    private final Semaphore free = new Semaphore(MOST);
    private final List<LiveStream> open = new CopyOnWriteArrayList<>();
    private final Loop loop = new Loop("live streams", TICK, this::tick);
    private volatile boolean closed;

    // Of the loop.
    private final Map<List<String>, Seen> seen = new HashMap<>();
    private long tickedAt;
    private long pingedAt;
    private long troubleAt;
    private boolean trouble;

    /// The overview as it was sent last to callers of the same rights.
    private record Seen(ObjectNode stable, long sentAt) {}

    Streams(OverviewTable overview, NodeTable nodes, Live live) {
        this.overview = overview;
        this.nodes = nodes;
        this.feed = live.feed();
        this.events = live.events();
        this.nanos = live.nanos();
        long now = nanos.getAsLong();
        this.tickedAt = now - TICK.toNanos();
        this.pingedAt = now;
        this.troubleAt = now - UNCHANGED;
        feed.join(this);
        loop.start();
    }

    /// Begins a stream.
    ///
    /// @param since the last event that the client has: it gets those that came after it
    /// @throws Problem.Refused when there are too many, or this replica ends
    LiveStream open(Caller caller, Set<Topic> topics, boolean bare, Optional<EventId> since) {
        if (closed || !free.tryAcquire()) {
            throw Problem.tooManyStreams().refused();
        }
        LiveStream stream =
                new LiveStream(
                        caller,
                        topics,
                        bare,
                        since.orElse(EventId.FIRST),
                        nanos,
                        ended -> {
                            open.remove(ended);
                            free.release();
                        });
        stream.send("", Frames.HELLO);
        try {
            join(stream, since);
        } catch (RuntimeException e) {
            stream.cancel();
            throw e;
        }
        if (closed) {
            stream.end();
        }
        loop.wake();
        return stream;
    }

    /// The log gives what the client missed; what came while it was read is still at hand.
    private void join(LiveStream stream, Optional<EventId> since) {
        if (since.isPresent() && stream.carries(Topic.EVENTS)) {
            List<Told> page;
            do {
                page = events.after(stream.position());
                page.forEach(event -> send(stream, event));
            } while (page.size() == EventLog.PAGE);
            feed.catchUp(stream.position(), event -> send(stream, event), () -> open.add(stream));
        } else {
            open.add(stream);
        }
    }

    @Override
    public void happened(Told event) {
        byte[] bare = Frames.event("", event.id().toString(), event.json());
        byte[] named = Frames.event("event", event.id().toString(), event.json());
        for (LiveStream stream : open) {
            if (stream.carries(Topic.EVENTS)) {
                stream.send(event, stream.bare ? bare : named);
            }
        }
    }

    private static void send(LiveStream stream, Told event) {
        String name = stream.bare ? "" : "event";
        stream.send(event, Frames.event(name, event.id().toString(), event.json()));
    }

    private void tick() {
        long now = nanos.getAsLong();
        open.forEach(stream -> stream.dropIfStuck(STUCK));
        if (now - pingedAt >= PING) {
            pingedAt = now;
            open.forEach(stream -> stream.send("ping", Frames.PING));
        }
        if (now - tickedAt < TICK_AT_LEAST && open.stream().noneMatch(LiveStream::isNew)) {
            return; // woken for a stream that is gone already
        }
        tickedAt = now;
        sendNodes();
        try {
            sendOverviews(now);
            if (trouble) {
                trouble = false;
                log.debug("Redis is back, and the streams go on");
            }
        } catch (RedisFailure e) {
            tellTrouble(now);
        }
    }

    private void sendNodes() {
        if (open.stream().noneMatch(stream -> stream.carries(Topic.NODES))) {
            return;
        }
        ObjectNode json = Answers.object();
        ArrayNode rows = json.putArray("nodes");
        nodes.rows().forEach(rows::add);
        byte[] frame = Frames.event("nodes", json);
        for (LiveStream stream : open) {
            if (stream.carries(Topic.NODES)) {
                stream.send("nodes", frame);
            }
        }
    }

    private void sendOverviews(long now) {
        Map<List<String>, byte[]> frames = new HashMap<>();
        Map<List<String>, Boolean> due = new HashMap<>();
        for (LiveStream stream : open) {
            if (!stream.carries(Topic.OVERVIEW)) {
                stream.isNotNew();
                continue;
            }
            List<String> rights = stream.caller.services();
            byte[] frame =
                    frames.computeIfAbsent(
                            rights,
                            _ -> {
                                ObjectNode json = overview.json(stream.caller);
                                due.put(rights, due(rights, json, now));
                                return Frames.event("overview", json);
                            });
            if (due.getOrDefault(rights, true) || stream.isNew()) {
                stream.send("overview", frame);
            }
            stream.isNotNew();
        }
        seen.keySet().retainAll(frames.keySet());
    }

    /// Whether it says something else than the last one, or that one was long ago.
    private boolean due(List<String> rights, ObjectNode json, long now) {
        ObjectNode stable = json.deepCopy();
        stable.remove(List.of("atMs", "uptimeMs"));
        Seen last = seen.get(rights);
        if (last != null && last.stable.equals(stable) && now - last.sentAt < UNCHANGED) {
            return false;
        }
        seen.put(rights, new Seen(stable, now));
        return true;
    }

    private void tellTrouble(long now) {
        if (trouble && now - troubleAt < UNCHANGED) {
            return;
        }
        trouble = true;
        troubleAt = now;
        seen.clear();
        byte[] frame =
                Frames.event(
                        "trouble",
                        Answers.object()
                                .put(
                                        "text",
                                        "Redis does not answer. This page goes on by itself when it"
                                                + " is back."));
        open.forEach(stream -> {
            if (!stream.bare) {
                stream.send("trouble", frame);
            }
        });
    }

    /// Ends all streams in order and lets no new ones begin: clients go to another replica.
    @Override
    @PreDestroy
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        loop.close();
        byte[] frame =
                Frames.event(
                        "trouble", Answers.object().put("text", "This replica is being stopped."));
        for (LiveStream stream : open) {
            if (!stream.bare) {
                stream.send("trouble", frame);
            }
            stream.end();
        }
    }
}
