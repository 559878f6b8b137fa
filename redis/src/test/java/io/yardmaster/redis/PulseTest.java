package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PulseTest {
    private long now = 1_000;
    private final Pulse pulse = new Pulse(() -> now);

    private void after(long ms) {
        now += Duration.ofMillis(ms).toNanos();
    }

    private void fallsSilent() {
        long asked = now;
        after(1_000);
        assertTrue(pulse.timedOut(asked));
    }

    @Test
    void server_that_answers_is_not_silent() {
        pulse.ended();
        assertFalse(pulse.silent());
        assertEquals(Duration.ZERO, pulse.silence());
    }

    @Test
    void server_that_lets_a_call_time_out_and_says_nothing_is_silent_since_it_was_asked() {
        fallsSilent();
        assertTrue(pulse.silent());
        assertEquals(Duration.ofSeconds(1), pulse.silence());
    }

    @Test
    void slow_call_beside_quick_ones_is_no_silence() {
        long slow = now;
        after(600);
        pulse.ended();
        after(400);
        assertFalse(pulse.timedOut(slow));
        assertFalse(pulse.silent());
    }

    @Test
    void late_answer_ends_the_silence_by_itself() {
        fallsSilent();
        after(200);
        pulse.ended();
        assertFalse(pulse.silent());
    }

    @Test
    void silence_begins_once_however_many_calls_time_out() {
        long early = now;
        after(900);
        long late = now;
        after(100);
        assertTrue(pulse.timedOut(early));
        after(900);
        assertFalse(pulse.timedOut(late));
        assertEquals(Duration.ofMillis(1_900), pulse.silence());
    }

    @Test
    void silence_may_begin_again_after_it_ended() {
        fallsSilent();
        pulse.ended();
        after(1);
        fallsSilent();
        assertEquals(Duration.ofSeconds(1), pulse.silence());
    }
}
