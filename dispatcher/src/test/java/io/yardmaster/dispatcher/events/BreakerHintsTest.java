package io.yardmaster.dispatcher.events;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.ratelimit.Admission;
import io.yardmaster.ratelimit.BreakerConfig;
import io.yardmaster.ratelimit.BreakerListener;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.redis.RedisFixture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class BreakerHintsTest {
    private static final RedisFixture fixture = RedisFixture.start();
    private static final RandomGenerator NO_JITTER = () -> 1L << 63;

    private final EventLog log = new EventLog(fixture.redis(Replica.library()), "r1");
    private final Herald herald = new Herald(log, () -> "nonce");
    private final Breakers own = breakers(new News(herald, () -> 0));

    @AfterAll
    static void stop() {
        fixture.close();
    }

    private static Breakers breakers(BreakerListener listener) {
        return new Breakers(BreakerConfig.DEFAULTS, () -> 0, NO_JITTER, listener);
    }

    private static Breakers breakers() {
        return breakers((_, _, _, _) -> {});
    }

    private static void fail(Breakers breakers, int times) {
        for (int i = 0; i < times; i++) {
            assertInstanceOf(Admission.Admitted.class, breakers.acquire("default", "nuc"))
                    .permit()
                    .failed();
        }
    }

    private static String state(Breakers breakers) {
        return breakers.state("default", "nuc").name();
    }

    private void hear(EventListener listener) {
        log.after(EventId.FIRST).forEach(listener::happened);
    }

    @Test
    void breaker_opens_at_one_failure_of_its_own_while_another_replicas_is_open() {
        fail(own, 10);
        herald.close(); // tells what waits
        Breakers others = breakers();
        hear(new BreakerHints(others, "r2"));
        assertEquals("closed", state(others), "a hint alone opens nothing");
        fail(others, 1);
        assertEquals("open", state(others));

        Breakers restarted = breakers();
        hear(new BreakerHints(restarted, "r1"));
        fail(restarted, 1);
        assertEquals("closed", state(restarted), "nobody is told what he said himself");
    }
}
