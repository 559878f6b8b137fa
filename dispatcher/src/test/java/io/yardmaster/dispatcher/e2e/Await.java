package io.yardmaster.dispatcher.e2e;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Waits for conditions, not for times: the limits are far beyond what a busy machine needs.
public final class Await {
    public static final Duration LONG = Duration.ofSeconds(90);

    private Await() {}

    public static void until(String what, Callable<Boolean> condition) {
        until(what, condition, () -> "");
    }

    /// @param evidence what the failure shows, asked only then
    public static void until(String what, Callable<Boolean> condition, Supplier<String> evidence) {
        long deadline = System.nanoTime() + LONG.toNanos();
        Exception last = null;
        while (System.nanoTime() - deadline < 0) {
            try {
                if (condition.call()) {
                    return;
                }
                last = null;
            } catch (Exception e) {
                last = e; // a replica that isn't up yet refuses connections
            }
            LockSupport.parkNanos(Duration.ofMillis(25).toNanos());
        }
        throw new AssertionError("not within " + LONG + ": " + what + "\n" + evidence.get(), last);
    }
}
