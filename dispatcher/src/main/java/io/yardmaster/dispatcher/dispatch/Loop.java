package io.yardmaster.dispatcher.dispatch;

import java.time.Duration;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A job that is done again and again on a thread of its own. A failure is logged once, the job
/// goes on with growing pauses of at most 250 ms (shorter than the shortest lease, so that nothing
/// is lost by sleeping when Redis is back), and its recovery is logged.
public final class Loop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Loop.class);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(250);
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(5);

    private final String name;
    private final Duration interval;
    private final Step step;
    private final Thread thread;
    private volatile boolean closed;

    /// One round of the job.
    @FunctionalInterface
    public interface Step {
        void run() throws InterruptedException;
    }

    /// @param interval pause between two rounds, 0 when the step itself waits
    public Loop(String name, Duration interval, Step step) {
        this(name, interval, step, Thread.ofVirtual().factory());
    }

    /// @param interval pause between two rounds, 0 when the step itself waits
    Loop(String name, Duration interval, Step step, ThreadFactory threads) {
        this.name = name;
        this.interval = interval;
        this.step = step;
        this.thread = threads.newThread(this::run);
        thread.setName(name);
    }

    public Loop start() {
        thread.start();
        return this;
    }

    /// The next round begins now.
    public void wake() {
        LockSupport.unpark(thread);
    }

    private void run() {
        int failures = 0;
        while (!closed) {
            try {
                step.run();
                if (failures > 0) {
                    log.info("{} works again after {} failures", name, failures);
                }
                failures = 0;
                pause(interval);
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException
                    | Error e) { // without its loops a replica is dead and looks alive
                if (failures++ == 0) {
                    log.warn("{} failed and goes on trying: {}", name, e.toString());
                    log.debug("{}", name, e);
                }
                Duration grown = Duration.ofMillis(50L << Math.min(failures, 7));
                pause(grown.compareTo(LONGEST_PAUSE) < 0 ? grown : LONGEST_PAUSE);
            }
        }
    }

    private void pause(Duration length) {
        if (!closed && length.isPositive()) {
            LockSupport.parkNanos(length.toNanos());
        }
    }

    /// Ends after the round under way, without waiting for it: for who closes many.
    void stop() {
        closed = true;
        LockSupport.unpark(thread);
    }

    /// Ends after the round under way; waits at most 5 s for it.
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
        if (thread.getState() == Thread.State.NEW) {
            return;
        }
        try {
            if (!thread.join(LONGEST_CLOSE)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
