package io.yardmaster.dispatcher.events;

import io.yardmaster.dispatcher.dispatch.Loop;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads the log as it grows and hands every event to the listeners, in order. Thread-safe.
///
/// It begins with what happens from now on. Events that came while Redis was away are handed on
/// afterwards, as far as the log still has them.
public final class EventFeed implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventFeed.class);

    /// The safety net below the messages.
    private static final Duration LOOK = Duration.ofSeconds(2);

    private static final int RECENT = 300;

    private final EventLog events;
    private final List<EventListener> listeners = new CopyOnWriteArrayList<>();
    private final Loop loop = new Loop("hear events", LOOK, this::look);
    private final Deque<Told> recent = new ArrayDeque<>();
    private @Nullable EventId heard;
    private @Nullable AutoCloseable subscription;

    public EventFeed(EventLog events) {
        this.events = events;
    }

    public EventFeed start() {
        loop.start();
        try {
            subscription = events.onNews(_ -> loop.wake());
        } catch (RedisFailure e) {
            log.warn("Redis does not tell of events yet: {}", e.getMessage());
        }
        return this;
    }

    public void join(EventListener listener) {
        listeners.add(listener);
    }

    private void look() {
        EventId from = heard;
        if (from == null) {
            List<Told> newest = events.before(Optional.empty(), 1);
            heard = newest.isEmpty() ? EventId.FIRST : newest.getFirst().id();
            return;
        }
        List<Told> page;
        do {
            page = events.after(from);
            for (Told event : page) {
                hand(event);
                from = event.id();
                heard = from;
            }
        } while (page.size() == EventLog.PAGE);
    }

    private void hand(Told event) {
        synchronized (recent) {
            recent.add(event);
            if (recent.size() > RECENT) {
                recent.remove();
            }
            listeners.forEach(listener -> listener.happened(event));
        }
    }

    /// Hands over those after `id` that were handed to the listeners of late, and runs `joining` in
    /// the same moment: what comes after it, the listeners hear.
    public void catchUp(EventId id, EventListener late, Runnable joining) {
        synchronized (recent) {
            recent.stream().filter(event -> event.id().after(id)).forEach(late::happened);
            joining.run();
        }
    }

    @Override
    public void close() {
        loop.close();
        AutoCloseable open = subscription;
        if (open != null) {
            try {
                open.close();
            } catch (Exception e) {
                log.debug("closing the subscription of events", e);
            }
        }
    }
}
