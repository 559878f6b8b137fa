package io.yardmaster.dispatcher.net;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import io.micronaut.core.io.buffer.ReadBuffer;
import io.micronaut.http.ByteBodyHttpResponse;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.body.AvailableByteBody;
import io.micronaut.http.body.ByteBody;
import io.micronaut.http.netty.NettyHttpHeaders;
import io.netty.util.Timeout;
import io.netty.util.Timer;
import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.queue.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/// One attempt, between the thread that waits for it and the event loop that carries it.
///
/// Its state is one reference, so that exactly one ending wins:
///
/// - [#WAITING] for a connection: nothing was sent, so every failure is `Unreachable`
/// - a [ConnectionGuard]: the request was handed to this connection; failures are ambiguous
/// - an [Answer]: ended, for good
///
/// `WAITING -> guard` happens on the event loop right before the first byte is written ([#sentOn]),
/// `WAITING -> Answer` when the waiting thread gives up. Whoever comes second sees it: a request
/// that was given up is never written later.
final class Exchange implements Subscriber<HttpResponse<?>> {
    private static final Object WAITING = new Object();

    private final AtomicReference<Object> state = new AtomicReference<>(WAITING);
    private final Thread waiter = Thread.currentThread();
    private final int maxBody;
    private final BooleanSupplier maySend;
    private volatile @Nullable Subscription subscription;

    /// The one that is set; one that was cancelled too late finds nothing to end.
    private volatile @Nullable Timeout deadline;

    /// @param maxBody most bytes of the answer's body to keep
    /// @param maySend asked on the event loop, right before the first byte is written
    Exchange(int maxBody, BooleanSupplier maySend) {
        this.maxBody = maxBody;
        this.maySend = maySend;
    }

    /// Waits for the end, at most `forConnection` for a connection and `timeout` in all, each up to
    /// two ticks of the timer longer. Called once, by the thread that made this object.
    ///
    /// A virtual thread that parks for a limited time costs a wake-up of the JDK's timer thread
    /// twice, a tenth of a forwarded request's CPU; a wheel costs next to nothing.
    Answer await(Duration timeout, Duration forConnection, Timer timer)
            throws InterruptedException {
        long total = nanos(timeout);
        long connecting = Math.min(total, nanos(forConnection));
        deadline = timer.newTimeout(_ -> late(timer, total - connecting), connecting, NANOSECONDS);
        try {
            while (true) {
                if (state.get() instanceof Answer answer) {
                    return answer;
                }
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    giveUp();
                    throw new InterruptedException("the attempt was called off");
                }
            }
        } finally {
            Timeout set = deadline;
            if (set != null) {
                set.cancel();
            }
        }
    }

    /// The time for a connection is over, and `left` of the time in all.
    private void late(Timer timer, long left) {
        if (end(WAITING, new Answer.Unreachable("no connection in time"))) {
            cancel();
        } else if (left > 0) {
            deadline = timer.newTimeout(_ -> giveUp(), left, NANOSECONDS);
        } else {
            giveUp();
        }
    }

    private static long nanos(Duration duration) {
        try {
            return duration.toNanos();
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
    }

    private void giveUp() {
        if (end(WAITING, new Answer.Unreachable("no connection in time"))) {
            cancel();
        } else if (state.get() instanceof ConnectionGuard guard
                && end(guard, new Answer.TimedOut())) {
            guard.drop(this);
        }
    }

    private void cancel() {
        Subscription mine = subscription;
        if (mine != null) {
            mine.cancel();
        }
    }

    /// The request is about to be written to this connection. False when it was given up, or may
    /// not be sent any more: then it must not be.
    boolean sentOn(ConnectionGuard guard) {
        if (!maySend.getAsBoolean()) {
            end(WAITING, new Answer.Withheld());
            return false;
        }
        return state.compareAndSet(WAITING, guard);
    }

    /// The connection closed before the first byte was written.
    void notSent(String why) {
        end(WAITING, new Answer.Unreachable(why));
    }

    private boolean end(Object from, Answer answer) {
        if (!state.compareAndSet(from, answer)) {
            return false;
        }
        LockSupport.unpark(waiter);
        return true;
    }

    private void endSent(Answer answer) {
        if (state.get() instanceof ConnectionGuard guard) {
            end(guard, answer);
        }
    }

    /// The connection broke, or what came was no answer.
    void broken(String why) {
        endSent(new Answer.Broken(why));
    }

    @Override
    public void onSubscribe(Subscription mine) {
        subscription = mine;
        mine.request(1);
    }

    /// The head of the answer is here, and with a short answer the body, too.
    @Override
    public void onNext(HttpResponse<?> response) {
        if (!(response instanceof ByteBodyHttpResponse<?> raw)
                || !(response.getHeaders() instanceof NettyHttpHeaders headers)) {
            broken("unexpected kind of response: " + response.getClass().getName());
            return;
        }
        ByteBody body = raw.byteBody();
        List<Request.Header> fields = endToEnd(headers.getNettyHeaders());
        if (body instanceof AvailableByteBody whole) {
            byte[] bytes = whole.toByteArray();
            boolean truncated = bytes.length > maxBody;
            endSent(
                    new Answer.Responded(
                            raw.code(),
                            fields,
                            truncated ? Arrays.copyOf(bytes, maxBody) : bytes,
                            truncated));
        } else {
            body.toReadBufferPublisher().subscribe(new BodyReader(raw.code(), fields));
        }
    }

    private static List<Request.Header> endToEnd(io.netty.handler.codec.http.HttpHeaders fields) {
        HopByHop hopByHop = HopByHop.naming(fields.getAll("Connection"));
        List<Request.Header> kept = new ArrayList<>(fields.size());
        var each = fields.iteratorAsString();
        while (each.hasNext()) {
            Map.Entry<String, String> field = each.next();
            if (!hopByHop.has(field.getKey())) {
                kept.add(new Request.Header(field.getKey(), field.getValue()));
            }
        }
        return kept;
    }

    @Override
    public void onError(Throwable failure) {
        String why = describe(failure);
        if (!end(WAITING, new Answer.Unreachable(why))) {
            broken(why);
        }
    }

    /// Ends after the answer's head; without one there was nothing.
    @Override
    public void onComplete() {}

    /// The innermost cause says what happened; the client's own exceptions wrap it.
    private static String describe(Throwable failure) {
        Throwable cause = failure;
        for (Throwable next = cause; next != null; next = next.getCause()) {
            cause = next;
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    /// Keeps the first `maxBody` bytes of a body that comes in pieces, and drops the connection
    /// when there are more. Runs on the event loop.
    private final class BodyReader implements Subscriber<ReadBuffer> {
        private final int status;
        private final List<Request.Header> fields;
        private byte[] bytes = new byte[1024];
        private int length;

        BodyReader(int status, List<Request.Header> fields) {
            this.status = status;
            this.fields = fields;
        }

        @Override
        public void onSubscribe(Subscription reading) {
            reading.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ReadBuffer piece) {
            try (piece) {
                if (!(state.get() instanceof ConnectionGuard guard)) {
                    return; // cut or given up; the connection is being closed
                }
                int more = piece.readable();
                int kept = Math.min(more, maxBody - length);
                if (length + kept > bytes.length) {
                    bytes = Arrays.copyOf(bytes, grown(length + kept));
                }
                if (kept == more) {
                    piece.toArray(bytes, length);
                } else {
                    System.arraycopy(piece.toArray(), 0, bytes, length, kept);
                }
                length += kept;
                if (kept < more && end(guard, responded(true))) {
                    guard.drop(Exchange.this);
                }
            }
        }

        private int grown(int needed) {
            return Math.min(maxBody, Math.max(needed, 2 * bytes.length));
        }

        private Answer responded(boolean truncated) {
            return new Answer.Responded(
                    status,
                    fields,
                    bytes.length == length ? bytes : Arrays.copyOf(bytes, length),
                    truncated);
        }

        @Override
        public void onError(Throwable failure) {
            broken(describe(failure));
        }

        @Override
        public void onComplete() {
            endSent(responded(false));
        }
    }
}
