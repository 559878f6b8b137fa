package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.Pulse.Ticket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PulseTest {
    private long now = 1_000;
    private final Pulse pulse = new Pulse(() -> now);

    private void after(Duration time) {
        now += time.toNanos();
    }

    private void timesOut(Ticket ticket) {
        pulse.timedOut(ticket);
        pulse.ended(ticket);
    }

    private void falls_silent() {
        Ticket call = pulse.admit().orElseThrow();
        after(Duration.ofSeconds(1));
        timesOut(call);
    }

    @Test
    void server_that_answers_is_asked_by_everybody() {
        for (int i = 0; i < 100; i++) {
            assertFalse(pulse.admit().orElseThrow().probe());
        }
        assertEquals(Duration.ZERO, pulse.silence());
    }

    @Test
    void server_that_lets_a_call_time_out_and_says_nothing_is_asked_no_more() {
        falls_silent();
        assertTrue(pulse.admit().isEmpty());
        assertEquals(Duration.ofSeconds(1), pulse.silence());
    }

    @Test
    void slow_call_beside_quick_ones_is_no_silence() {
        Ticket slow = pulse.admit().orElseThrow();
        after(Duration.ofMillis(600));
        pulse.answered();
        after(Duration.ofMillis(400));
        timesOut(slow);
        assertTrue(pulse.admit().isPresent());
    }

    @Test
    void late_answer_ends_the_silence_by_itself() {
        falls_silent();
        after(Duration.ofMillis(100));
        pulse.answered();
        assertFalse(pulse.admit().orElseThrow().probe());
    }

    @Test
    void one_call_at_a_time_tries_a_silent_server_and_not_too_often() {
        falls_silent();
        after(Pulse.PROBE_PAUSE);
        Ticket first = pulse.admit().orElseThrow();
        assertTrue(first.probe());
        after(Duration.ofMillis(500));
        assertTrue(pulse.admit().isEmpty(), "while one is on its way");
        timesOut(first);
        assertTrue(pulse.admit().isEmpty(), "right after one");
        after(Pulse.PROBE_PAUSE);
        assertTrue(pulse.admit().orElseThrow().probe());
    }

    @Test
    void try_that_broke_off_lets_the_next_one_go() {
        falls_silent();
        after(Pulse.PROBE_PAUSE);
        pulse.ended(pulse.admit().orElseThrow());
        after(Pulse.PROBE_PAUSE);
        assertTrue(pulse.admit().orElseThrow().probe());
    }

    @Test
    void answer_to_a_try_lets_everybody_ask_again() {
        falls_silent();
        after(Pulse.PROBE_PAUSE);
        Ticket probe = pulse.admit().orElseThrow();
        pulse.answered();
        pulse.ended(probe);
        assertFalse(pulse.admit().orElseThrow().probe());
        assertFalse(pulse.admit().orElseThrow().probe());
    }

    @Test
    void calls_that_time_out_later_do_not_shorten_the_silence() {
        Ticket early = pulse.admit().orElseThrow();
        after(Duration.ofMillis(900));
        Ticket late = pulse.admit().orElseThrow();
        after(Duration.ofMillis(100));
        timesOut(early);
        after(Duration.ofMillis(900));
        timesOut(late);
        assertEquals(Duration.ofMillis(1_900), pulse.silence());
    }
}
