package io.yardmaster.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.netty.util.Timeout;
import io.netty.util.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Makes commands and waits for their answers, but never for a server that stands still.
/// Thread-safe.
final class Asking {
    /// Far more than a cluster has nodes.
    private static final int MOST_PULSES = 2_000;

    /// Seldom enough to cost nothing, often enough that a return is noticed as if at once.
    private static final Duration PROBE_PAUSE = Duration.ofMillis(100);

    private final Link link;
    private final Duration timeout;
    private final Supplier<String> trouble;
    private final LongSupplier nanos;
    private final Timer timer;
    private final Map<String, Pulse> pulses = new ConcurrentHashMap<>();

    /// @param trouble why there is no connection, empty when there is one
    /// @param timer of the time limits
    Asking(Link link, Duration timeout, Supplier<String> trouble, LongSupplier nanos, Timer timer) {
        this.timer = timer;
        this.link = link;
        this.timeout = timeout;
        this.trouble = trouble;
        this.nanos = nanos;
    }

    /// Makes a command, and once more when it did not run and the way to Redis has been mended.
    ///
    /// @param server asked again for the second time
    <T> T ask(
            String what,
            Supplier<String> server,
            Function<RedisClusterAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
        try {
            return once(what, server.get(), command);
        } catch (RedisFailure.NotExecuted e) {
            if (!link.refused(e.code(), timeout)) {
                throw e;
            }
            return once(what, server.get(), command);
        }
    }

    private <T> T once(
            String what,
            String server,
            Function<RedisClusterAsyncCommands<byte[], byte[]>, RedisFuture<T>> command) {
        Pulse pulse = pulse(server);
        refuseIfSilent(what, server);
        long askedAt = nanos.getAsLong();
        RedisFuture<T> future = null;
        try {
            future = command.apply(link.commands());
            T answer = inTime(future, timeout);
            pulse.ended();
            return answer;
        } catch (TimeoutException e) {
            heedLateAnswer(pulse, future);
            if (pulse.timedOut(askedAt)) {
                Thread.ofVirtual().name("probe").start(() -> probe(server, pulse));
            }
            throw tooLate(what, e);
        } catch (ExecutionException | InterruptedException | RuntimeException e) {
            if (saidByRedis(e.getCause())) {
                pulse.ended();
            }
            throw failed(what, e);
        }
    }

    /// As [RedisFuture#get] with a time limit, without what that costs a virtual thread: a wake-up
    /// of the JDK's timer thread as the wait begins, and another one as it ends.
    private <T> T inTime(RedisFuture<T> future, Duration patience)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (future.isDone()) { // also when this is closed, and the timer stands still
            return future.get();
        }
        CompletableFuture<T> answer = future.toCompletableFuture().copy();
        Timeout limit =
                timer.newTimeout(
                        _ -> answer.completeExceptionally(new TimeoutException()),
                        patience.toNanos(),
                        TimeUnit.NANOSECONDS);
        try {
            return answer.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case TimeoutException late -> throw late;
                case CancellationException cancelled -> throw cancelled;
                case null, default -> throw e;
            }
        } finally {
            limit.cancel();
        }
    }

    /// Asks a silent server for a sign of life until there is one, so that no caller has to wait
    /// for it. Ends too when there is no connection any more: callers are told that at once.
    private void probe(String server, Pulse pulse) {
        while (pulse.silent()) {
            LockSupport.parkNanos(PROBE_PAUSE.toNanos());
            RedisFuture<String> ping = null;
            try {
                ping = link.ping(server);
                ping.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
                pulse.ended();
            } catch (TimeoutException e) {
                heedLateAnswer(pulse, ping);
                link.silent(server, pulse.silence());
            } catch (InterruptedException | ExecutionException | RuntimeException e) {
                pulse.ended();
            }
        }
    }

    /// @throws RedisFailure.NotExecuted when this server stands still
    void refuseIfSilent(String what, String server) {
        Pulse pulse = pulse(server);
        if (pulse.silent()) {
            throw unanswered(what, pulse);
        }
    }

    private Pulse pulse(String server) {
        if (pulses.size() > MOST_PULSES) {
            pulses.clear();
        }
        return pulses.computeIfAbsent(server, _ -> new Pulse(nanos));
    }

    private static RedisFailure unanswered(String what, Pulse pulse) {
        return new RedisFailure.NotExecuted(
                "UNANSWERED",
                what
                        + ": not sent, Redis has answered nothing for "
                        + pulse.silence().toMillis()
                        + " ms");
    }

    /// The command is not cancelled: Redis may run it whatever we do, and its late answer is the
    /// first sign of life.
    private static void heedLateAnswer(Pulse pulse, @Nullable RedisFuture<?> future) {
        if (future == null) {
            return;
        }
        var _ =
                future.whenComplete((_, failure) -> {
                    if (failure == null || saidByRedis(failure)) {
                        pulse.ended();
                    }
                });
    }

    private static boolean saidByRedis(@Nullable Throwable failure) {
        return failure instanceof RedisCommandExecutionException;
    }

    /// Waits for the answer to a command that was made on some connection of its own.
    <T> T answer(String what, RedisFuture<T> future, Duration patience) {
        try {
            return inTime(future, patience);
        } catch (TimeoutException e) {
            throw tooLate(what, e);
        } catch (ExecutionException | InterruptedException | RuntimeException e) {
            throw failed(what, e);
        }
    }

    <T> T answer(String what, RedisFuture<T> future) {
        return answer(what, future, timeout);
    }

    private RedisFailure tooLate(String what, TimeoutException e) {
        return new RedisFailure.Unknown(
                what + ": no answer within " + timeout.toMillis() + " ms", e);
    }

    private RedisFailure failed(String what, Exception e) {
        return switch (e) {
            case InterruptedException _ -> {
                Thread.currentThread().interrupt();
                yield new RedisFailure.Unknown(
                        what + ": interrupted while waiting for the answer", e);
            }
            case CancellationException _ ->
                    new RedisFailure.Unknown(what + ": the connection was closed", e);
            case ExecutionException failed when failed.getCause() != null ->
                    RedisFailure.of(what, failed.getCause(), trouble.get());
            case RedisException refused -> RedisFailure.of(what, refused, trouble.get());
            case RuntimeException defect -> throw defect;
            default -> throw new IllegalStateException(what, e);
        };
    }
}
