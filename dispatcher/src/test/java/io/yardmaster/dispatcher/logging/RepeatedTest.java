package io.yardmaster.dispatcher.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RepeatedTest {
    private long now = 1;
    private final Repeated repeated = new Repeated(() -> now);
    private final List<String> said = new ArrayList<>();

    private void happens(String what) {
        repeated.happened(what, before -> said.add(what + Repeated.more(before)));
    }

    @Test
    void storm_is_said_once_and_then_counted() {
        for (int i = 0; i < 1000; i++) {
            happens("a");
        }
        happens("b");
        assertEquals(List.of("a", "b"), said);
        now += Duration.ofMinutes(2).toNanos();
        happens("a");
        assertEquals("a (and 999 times more since this was said last)", said.getLast());
        now += Duration.ofMinutes(2).toNanos();
        happens("a");
        assertEquals("a", said.getLast());
    }

    @Test
    void no_more_than_a_hundred_things_are_remembered() {
        for (int i = 0; i < 1000; i++) {
            happens("thing " + i);
        }
        happens("thing 999");
        assertEquals(1000, said.size());
        happens("thing 0");
        assertEquals(1001, said.size(), "said again, because it was forgotten");
    }
}
