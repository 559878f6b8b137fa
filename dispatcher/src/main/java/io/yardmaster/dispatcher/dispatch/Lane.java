package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Taken;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.queue.WorkQueue.Offered;
import io.yardmaster.queue.WorkQueue.OfferedAndTaken;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The takes from one shard, one after the other. Several lanes take side by side, each on a thread
/// of its own, so that a shard that doesn't answer holds up no other; a lone one takes on the
/// caller's thread. In a quiet replica a take goes along with what comes by its own door.
final class Lane implements AutoCloseable {
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);

    private final WorkQueue shard;
    private final TakePlanner planner;
    private final Runnable bell;
    private final BiConsumer<Ask, Taken> receiver;
    private final BlockingQueue<Ask> orders = new ArrayBlockingQueue<>(2);
    private final @Nullable Loop loop;

    /// Whose it is may let a take go along with offers.
    private final Semaphore along = new Semaphore(1);

    /// That take, until it is answered or let go.
    private volatile @Nullable Ask going;

    /// Calls that were made with it; whose the permit is may change it.
    private int tries;

    private volatile boolean stopped;

    private volatile @Nullable Ask unanswered;

    /// A take, so that it can be asked again.
    ///
    /// @param wants empty: the lane is closed
    /// @param sent whether Redis may have it already
    record Ask(int shard, String nonce, List<Taken.Want> wants, long askedAt, boolean sent) {
        Ask again() {
            return sent ? this : new Ask(shard, nonce, wants, askedAt, true);
        }

        int sum() {
            return wants.stream().mapToInt(Taken.Want::most).sum();
        }
    }

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
        if (loop == null) {
            take(ask);
        } else {
            orders.add(ask);
        }
    }

    /// What a lone lane has to do before it can be asked: whether it was to ask again.
    boolean repeats() {
        if (loop != null) {
            return false;
        }
        Ask again = unanswered == null ? orders.poll() : unanswered;
        if (again == null) {
            return false;
        }
        take(again);
        return true;
    }

    private void next() throws InterruptedException {
        Ask ask = unanswered;
        if (ask == null) {
            planner.open(shard.shard());
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
        unanswered = ask.again();
        try {
            Taken taken = shard.take(ask.nonce(), ask.wants(), ask.askedAt());
            unanswered = null;
            receiver.accept(ask, taken);
            planner.free(ask);
        } catch (RedisFailure.NotExecuted e) {
            // An earlier try of the same take may have been carried out, or may yet be.
            if (!ask.sent()) {
                unanswered = null;
            }
            planner.failed(ask);
            throw e;
        } catch (RuntimeException | Error e) { // an Error too: the shard would be asked for ever
            planner.failed(ask);
            throw e;
        }
    }

    /// The take that may go along with these offers, in the same call: none when they have to wait,
    /// or another one is under way. Then [#offerAndTake] or [#letGo] must follow.
    ///
    /// @param nonces makes a new one
    Optional<Ask> along(List<Offer> offers, Supplier<String> nonces) {
        if (!along.tryAcquire()) {
            return Optional.empty();
        }
        try {
            going = stopped ? null : planner.askAlong(shard.shard(), offers, nonces).orElse(null);
            if (going != null && unanswered != null) {
                planner.free(going);
                going = null;
                bell.run();
            }
            tries = 0;
            return Optional.ofNullable(going);
        } finally {
            if (going == null) {
                along.release();
            }
        }
    }

    /// Offers and takes; to be repeated with the same ask when the answer was lost.
    Offered offerAndTake(List<Offer> offers, int generation, Ask ask) {
        tries++;
        OfferedAndTaken done =
                shard.offerAndTake(offers, generation, ask.nonce(), ask.wants(), ask.askedAt());
        if (done.taken().isEmpty()) {
            letGo(ask, tries > 1); // the first try may have taken something all the same
            return done.offered();
        }
        going = null; // whatever happens now: what is asked for again would be sent again
        try {
            receiver.accept(ask, done.taken().get());
        } finally {
            planner.free(ask);
            along.release();
            bell.run();
        }
        return done.offered();
    }

    /// The offers failed. Unless it was answered, what Redis may have leased for this is asked for
    /// until there is an answer.
    void letGo(Ask ask, boolean mayHaveRun) {
        if (going == null) {
            return;
        }
        going = null;
        // A lane that is closed takes no orders: what was leased comes back by its lease.
        if (!mayHaveRun || !orders.offer(ask.again())) {
            planner.free(ask);
        }
        along.release();
        bell.run();
    }

    /// Takes nothing more, without waiting for a take under way.
    void stop() {
        stopped = true;
        if (loop != null) {
            loop.stop();
            boolean _ = orders.offer(new Ask(shard.shard(), "", List.of(), 0, false));
        }
    }

    /// Also waits at most 2 s for what goes along with offers; none does after that.
    @Override
    public void close() {
        stop();
        if (loop != null) {
            loop.close();
        }
        try {
            if (along.tryAcquire(LONGEST_CLOSE.toNanos(), TimeUnit.NANOSECONDS)) {
                along.release(); // who gets it from now on finds the lane stopped
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
