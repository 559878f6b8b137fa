package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Taken;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The takes from one shard, one after the other. Several lanes take side by side, each on a thread
/// of its own, so that a shard that doesn't answer holds up no other; a lone one takes on the
/// caller's thread.
final class Lane implements AutoCloseable {
    private final WorkQueue shard;
    private final TakePlanner planner;
    private final Runnable bell;
    private final BiConsumer<Ask, Taken> receiver;
    private final BlockingQueue<Ask> orders = new ArrayBlockingQueue<>(2);
    private final @Nullable Loop loop;
    private @Nullable Ask unanswered;

    /// A take, so that it can be asked again.
    ///
    /// @param wants empty: the lane is closed
    record Ask(int shard, String nonce, List<Taken.Want> wants, long askedAt) {}

    /// @param alone whether there is no other lane
    /// @param bell rung when it is free for the next take
    /// @param receiver of what was taken, with the ask that it answers
    /// @param threads what waits for Redis runs on
    Lane(
            WorkQueue shard,
            boolean alone,
            TakePlanner planner,
            Runnable bell,
            BiConsumer<Ask, Taken> receiver,
            ThreadFactory threads) {
        this.shard = shard;
        this.planner = planner;
        this.bell = bell;
        this.receiver = receiver;
        this.loop =
                alone ? null : new Loop("take from " + shard, Duration.ZERO, this::next, threads);
    }

    void start() {
        if (loop != null) {
            loop.start();
        }
    }

    /// Takes; of several lanes each when it comes to it. The planner counts what is asked for until
    /// there is an answer, or none in time.
    void ask(Ask ask) {
        planner.asked(ask);
        if (loop == null) {
            take(ask);
        } else {
            orders.add(ask);
        }
    }

    /// What a lone lane has to do before it can be asked: whether it was to ask again.
    boolean repeats() {
        Ask again = unanswered;
        if (loop != null || again == null) {
            return false;
        }
        take(again);
        return true;
    }

    private void next() throws InterruptedException {
        Ask ask = unanswered;
        if (ask == null) {
            planner.free(shard.shard());
            bell.run();
            ask = orders.take();
        }
        if (!ask.wants().isEmpty()) {
            take(ask);
        }
    }

    /// What Redis did not do is planned anew. What it may have done is asked for again, until there
    /// is an answer: the same nonce gives the same batch, which nobody else would send.
    private void take(Ask ask) {
        boolean again = ask.equals(unanswered);
        unanswered = ask;
        try {
            Taken taken = shard.take(ask.nonce(), ask.wants(), ask.askedAt());
            unanswered = null;
            receiver.accept(ask, taken);
            if (loop == null) {
                planner.free(shard.shard());
            }
        } catch (RedisFailure.NotExecuted e) {
            // An earlier try of the same take may have been carried out, or may yet be.
            if (!again) {
                unanswered = null;
            }
            planner.failed(shard.shard());
            throw e;
        } catch (RuntimeException e) {
            planner.failed(shard.shard());
            throw e;
        }
    }

    /// Takes nothing more, without waiting for a take under way.
    void stop() {
        if (loop != null) {
            loop.stop();
            boolean _ = orders.offer(new Ask(shard.shard(), "", List.of(), 0));
        }
    }

    @Override
    public void close() {
        stop();
        if (loop != null) {
            loop.close();
        }
    }
}
