package io.yardmaster.dispatcher.logging;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// Lets the same thing be said once, and from then on once a minute with how often it happened
/// since. Thread-safe; of more than 100 things the one that was said longest ago is forgotten.
public final class Repeated {
    private static final Duration PAUSE = Duration.ofMinutes(1);
    private static final int MOST = 100;

    private final LongSupplier nanos;
    private final Map<String, Said> said =
            new LinkedHashMap<>() {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Said> eldest) {
                    return size() > MOST;
                }
            };

    private static final class Said {
        long at;
        long since;
    }

    public Repeated() {
        this(System::nanoTime);
    }

    /// @param nanos a monotonic clock
    Repeated(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /// Something happened.
    ///
    /// @param what is the same for the same things
    /// @param say is called when it is to be said, with how often it happened since it was said
    ///   last, this time not counted
    public void happened(String what, LongConsumer say) {
        long before;
        synchronized (said) {
            long now = nanos.getAsLong();
            Said last = said.remove(what);
            if (last != null && now - last.at < PAUSE.toNanos()) {
                last.since++;
                said.put(what, last);
                return;
            }
            before = last == null ? 0 : last.since;
            Said next = new Said();
            next.at = now;
            said.put(what, next);
        }
        say.accept(before);
    }

    /// For the end of a line: nothing when nothing was left out.
    public static String more(long before) {
        return before == 0 ? "" : " (and " + before + " times more since this was said last)";
    }
}
