package io.yardmaster.redis;

import io.lettuce.core.pubsub.RedisPubSubAdapter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// The sharded channels that this process listens to, kept alive whatever becomes of servers and
/// slots. Thread-safe.
///
/// Redis ends the subscriptions of a slot that moves away, and a new master knows of none. So all
/// are made again after every such event, and now and then in case one was missed; a subscription
/// that is there already is left as it is.
final class Subscriptions extends RedisPubSubAdapter<byte[], byte[]> implements AutoCloseable {
    private static final Duration SAFETY_NET = Duration.ofSeconds(5);
    private static final Duration AFTER_FAILURE = Duration.ofMillis(250);

    private final Map<String, Consumer<byte[]>> listeners = new ConcurrentHashMap<>();
    private final Consumer<String> subscribe;
    private final Thread keeper = Thread.ofVirtual().name("subscriptions").unstarted(this::keep);
    private volatile boolean due;
    private volatile boolean closed;

    /// @param subscribe makes one subscription, or throws [RedisFailure]
    Subscriptions(Consumer<String> subscribe) {
        this.subscribe = subscribe;
    }

    void start() {
        keeper.start();
    }

    AutoCloseable add(String channel, Consumer<byte[]> listener) {
        if (listeners.putIfAbsent(channel, listener) != null) {
            throw new IllegalStateException(
                    "channel: " + channel + " (expected: one listener a channel)");
        }
        subscribe.accept(channel);
        return () -> listeners.remove(channel);
    }

    /// Something happened that may have ended subscriptions.
    void renew() {
        due = true;
        LockSupport.unpark(keeper);
    }

    private void keep() {
        boolean failed = false;
        while (!closed) {
            if (!due) {
                LockSupport.parkNanos((failed ? AFTER_FAILURE : SAFETY_NET).toNanos());
            }
            due = false;
            failed = false;
            for (String channel : listeners.keySet()) {
                try {
                    subscribe.accept(channel);
                } catch (RuntimeException e) { // the thread must outlive whatever it is
                    failed = true;
                }
            }
            if (due) {
                // A reconnecting client comes here for each of its connections.
                LockSupport.parkNanos(AFTER_FAILURE.toNanos());
            }
        }
    }

    @Override
    public void smessage(byte[] shardChannel, byte[] message) {
        Consumer<byte[]> listener = listeners.get(Redis.text(shardChannel));
        if (listener != null) {
            listener.accept(message);
        }
    }

    @Override
    public void sunsubscribed(byte[] shardChannel, long count) {
        renew();
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(keeper);
    }
}
