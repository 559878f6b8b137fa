package io.yardmaster.dispatcher.api;

import io.yardmaster.dispatcher.events.EventId;
import io.yardmaster.dispatcher.events.Told;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/// One client's stream of server-sent events: what waits to be sent, and how far the client is.
///
/// The client decides the pace. What only the newest of is of use (an overview) takes the place of
/// an older one that was not sent yet; everything else queues up, and a client that lets more than
/// [#MOST_BACKLOG] wait is sent away: it comes back and resumes. Thread-safe; whoever sends is
/// never held up.
final class LiveStream implements Publisher<byte[]>, Subscription {
    static final int MOST_BACKLOG = 256 << 10;

    /// What a stream carries.
    enum Topic {
        OVERVIEW,
        NODES,
        EVENTS
    }

    /// @param kind of which only the newest is of use; empty for what must not be left out
    @SuppressWarnings("ArrayRecordComponent") // passed on, never compared or changed
    private record Frame(String kind, byte[] bytes) {}

    final Caller caller;
    final Set<Topic> topics;

    /// Events alone, in the bare form of `GET /v1/events`.
    final boolean bare;

    private final LongSupplier nanos;
    private final Consumer<LiveStream> whenEnded;
    private volatile boolean fresh = true;
    private final Object lock = new Object();
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();

    // All below is guarded by `lock`.
    private final Deque<Frame> frames = new ArrayDeque<>();
    private @Nullable Subscriber<? super byte[]> subscriber;
    private long requested;
    private int backlog;
    private long movedAt;
    private boolean ending;
    private boolean cancelled;
    private EventId position;

    /// @param position of the last event that the client has
    /// @param whenEnded is told once, whoever ended it
    LiveStream(
            Caller caller,
            Set<Topic> topics,
            boolean bare,
            EventId position,
            LongSupplier nanos,
            Consumer<LiveStream> whenEnded) {
        this.caller = caller;
        this.topics = topics;
        this.bare = bare;
        this.position = position;
        this.nanos = nanos;
        this.whenEnded = whenEnded;
        this.movedAt = nanos.getAsLong();
    }

    /// Until it got its first round of everything.
    boolean isNew() {
        return fresh;
    }

    void isNotNew() {
        fresh = false;
    }

    boolean carries(Topic topic) {
        return topics.contains(topic);
    }

    /// Sends an event unless the client has it already or may not see it.
    void send(Told event, byte[] frame) {
        synchronized (lock) {
            if (!event.id().after(position)) {
                return;
            }
            position = event.id();
        }
        if (event.service().map(caller::mayUse).orElse(true)) {
            send("", frame);
        }
    }

    EventId position() {
        synchronized (lock) {
            return position;
        }
    }

    /// @param kind of which only the newest is of use; empty for what must not be left out
    void send(String kind, byte[] frame) {
        synchronized (lock) {
            if (ending || cancelled) {
                return;
            }
            if (!kind.isEmpty()) {
                frames.removeIf(waiting -> {
                    boolean older = waiting.kind.equals(kind);
                    backlog -= older ? waiting.bytes.length : 0;
                    return older;
                });
            }
            if (frames.isEmpty()) {
                movedAt = nanos.getAsLong();
            }
            frames.add(new Frame(kind, frame));
            backlog += frame.length;
            if (backlog > MOST_BACKLOG && frames.size() > 1) {
                giveUp();
            }
        }
        drain();
    }

    /// Ends the stream when it has not moved for so long although something waits.
    void dropIfStuck(long longestNanos) {
        synchronized (lock) {
            if (frames.isEmpty() || nanos.getAsLong() - movedAt < longestNanos) {
                return;
            }
            giveUp();
        }
        drain();
    }

    private void giveUp() {
        frames.clear();
        backlog = 0;
        ending = true;
    }

    /// Ends the stream after what waits, if the client takes it.
    void end() {
        synchronized (lock) {
            ending = true;
        }
        drain();
    }

    @Override
    public void subscribe(Subscriber<? super byte[]> one) {
        synchronized (lock) {
            if (subscriber != null) {
                throw new IllegalStateException("subscribers: 2 (expected: 1)");
            }
            subscriber = one;
        }
        one.onSubscribe(this);
        drain();
    }

    @Override
    public void request(long n) {
        synchronized (lock) {
            requested = requested + n < 0 ? Long.MAX_VALUE : requested + n;
        }
        drain();
    }

    /// The client is gone.
    @Override
    public void cancel() {
        synchronized (lock) {
            cancelled = true;
            frames.clear();
            backlog = 0;
        }
        tellEnded();
    }

    private void tellEnded() {
        if (over.compareAndSet(false, true)) {
            whenEnded.accept(this);
        }
    }

    /// One thread at a time hands frames on; who comes meanwhile leaves it the rest.
    private void drain() {
        if (pending.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            Subscriber<? super byte[]> to;
            for (byte[] next = next(); next != null; next = next()) {
                synchronized (lock) {
                    to = subscriber;
                }
                if (to != null) {
                    to.onNext(next);
                }
            }
            complete();
            seen = pending.addAndGet(-seen);
        } while (seen != 0);
    }

    private byte @Nullable [] next() {
        synchronized (lock) {
            if (subscriber == null || requested == 0 || cancelled || frames.isEmpty()) {
                return null;
            }
            Frame frame = frames.remove();
            backlog -= frame.bytes.length;
            requested = requested == Long.MAX_VALUE ? requested : requested - 1;
            movedAt = nanos.getAsLong();
            return frame.bytes;
        }
    }

    private void complete() {
        Subscriber<? super byte[]> to;
        synchronized (lock) {
            if (!ending || !frames.isEmpty() || cancelled) {
                return;
            }
            to = subscriber;
            cancelled = true;
        }
        tellEnded();
        if (to != null) {
            to.onComplete();
        }
    }
}
