package io.yardmaster.ratelimit;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/// The shared buckets without Redis, which can be taken out of reach.
final class LocalTokens implements SharedTokens {

    final AtomicInteger calls = new AtomicInteger();
    final AtomicBoolean gone = new AtomicBoolean();
    private final Map<String, TokenBucket.State> buckets = new HashMap<>();
    private final TestClock clock;

    LocalTokens(TestClock clock) {
        this.clock = clock;
    }

    @Override
    public synchronized Verdict draw(Scope scope, String name, Limit limit, long want) {
        calls.incrementAndGet();
        if (gone.get()) {
            throw new Unavailable(new IllegalStateException("unplugged by the test"));
        }
        TokenBucket bucket = TokenBucket.of(limit);
        String key = scope.key() + ":" + name;
        TokenBucket.State state = buckets.get(key);
        TokenBucket.Decision decision =
                bucket.take(
                        state == null ? bucket.full(clock.millis()) : state, clock.millis(), want);
        buckets.put(key, decision.next());
        return decision.verdict();
    }
}
