package io.yardmaster.dispatcher.events;

import io.yardmaster.dispatcher.dispatch.Loop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells what this replica saw happen. Thread-safe; telling never waits.
///
/// At most [#MOST_WAITING] events wait for Redis; when there are more, the newest are left out and
/// the log says how many. A call whose answer was lost is repeated with its nonce, so it adds
/// nothing twice.
public final class Herald implements AutoCloseable {
    static final int MOST_WAITING = 1000;
    private static final Logger log = LoggerFactory.getLogger(Herald.class);
    private static final int BATCH = 25;
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final EventLog events;
    private final Supplier<String> nonces;
    private final BlockingQueue<Event> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final AtomicLong lost = new AtomicLong();
    private final Loop loop = new Loop("tell events", INTERVAL, this::tellWaiting);

    // Of the loop, and of close after it.
    private List<Event> batch = List.of();
    private String nonce = "";

    /// @param nonces each new and random
    public Herald(EventLog events, Supplier<String> nonces) {
        this.events = events;
        this.nonces = nonces;
    }

    public Herald start() {
        loop.start();
        return this;
    }

    public void tell(Event event) {
        if (!waiting.offer(event)) {
            lost.incrementAndGet();
        }
        loop.wake();
    }

    private void tellWaiting() {
        while (tellBatch()) {
            // until nothing waits
        }
    }

    private synchronized boolean tellBatch() {
        if (batch.isEmpty()) {
            List<Event> next = new ArrayList<>();
            waiting.drainTo(next, BATCH);
            if (next.isEmpty()) {
                return false;
            }
            batch = next;
            nonce = nonces.get();
        }
        events.tell(nonce, batch);
        batch = List.of();
        long left = lost.getAndSet(0);
        if (left > 0) {
            log.warn("{} events were left out while Redis was away", left);
        }
        return true;
    }

    /// Tells what still waits, if Redis is there.
    @Override
    public void close() {
        loop.close();
        try {
            tellWaiting();
        } catch (RuntimeException e) {
            log.debug("the last events", e);
        }
    }
}
