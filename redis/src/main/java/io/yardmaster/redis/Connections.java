package io.yardmaster.redis;

import io.lettuce.core.event.Event;
import io.lettuce.core.event.EventBus;
import io.lettuce.core.event.connection.ConnectionActivatedEvent;
import io.lettuce.core.event.connection.ReconnectFailedEvent;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What has become of this process' connections to Redis. Thread-safe.
final class Connections {
    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    private final AtomicLong made = new AtomicLong();
    private volatile String trouble = "";
    private volatile Runnable whenMade = () -> {};

    Connections(EventBus events) {
        events.get().subscribe(this::happened);
    }

    private void happened(Event event) {
        switch (event) {
            case ConnectionActivatedEvent _ -> {
                made.incrementAndGet();
                if (!trouble.isEmpty()) {
                    log.info("connected to Redis again");
                }
                trouble = "";
                whenMade.run();
            }
            case ReconnectFailedEvent failed -> {
                String why = RedisFailure.reason(failed.getCause());
                // Each connection fails for itself, and again and again.
                if (!why.equals(trouble)) {
                    log.warn("no connection to Redis: {}", why);
                }
                trouble = why;
            }
            default -> {}
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
