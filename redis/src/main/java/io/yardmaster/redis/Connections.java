package io.yardmaster.redis;

import io.lettuce.core.event.Event;
import io.lettuce.core.event.EventBus;
import io.lettuce.core.event.connection.ConnectionActivatedEvent;
import io.lettuce.core.event.connection.ReconnectFailedEvent;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What has become of this process' connections to Redis. Thread-safe.
final class Connections {
    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    private static final Duration SAID_ONCE_IN = Duration.ofSeconds(30);

    private final AtomicLong made = new AtomicLong();
    private volatile String trouble = "";
    private volatile Runnable whenMade = () -> {};

    private final LongSupplier nanos;
    private String said = "";
    private long saidAt;

    Connections(EventBus events, LongSupplier nanos) {
        this.nanos = nanos;
        this.saidAt = nanos.getAsLong();
        events.get().subscribe(this::happened);
    }

    private synchronized void happened(Event event) {
        switch (event) {
            case ConnectionActivatedEvent _ -> {
                made.incrementAndGet();
                trouble = "";
                whenMade.run();
            }
            case ReconnectFailedEvent failed -> {
                trouble = RedisFailure.reason(failed.getCause());
                say(trouble);
            }
            default -> {}
        }
    }

    /// Each connection fails for itself, and again and again: the same is said once in a while.
    private void say(String why) {
        long now = nanos.getAsLong();
        if (!why.equals(said) || now - saidAt > SAID_ONCE_IN.toNanos()) {
            log.warn("no connection to Redis, trying again and again: {}", why);
            said = why;
            saidAt = now;
        }
    }

    /// How many were made so far.
    long made() {
        return made.get();
    }

    /// Why the latest attempt failed, empty when it did not.
    String trouble() {
        return trouble;
    }

    void whenMade(Runnable listener) {
        whenMade = listener;
    }
}
