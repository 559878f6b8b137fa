package io.yardmaster.dispatcher.events;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DeadNewsTest {
    private static final long SECOND = 1_000_000_000L;

    private final DeadNews news = new DeadNews();

    private int told(int died, long nanos) {
        int told = 0;
        for (int i = 0; i < died; i++) {
            told += news.mayTell(nanos) ? 1 : 0;
        }
        return told;
    }

    @Test
    void of_a_thousand_deaths_in_a_second_ten_are_told_and_the_others_counted() {
        assertEquals(10, told(1000, 5 * SECOND));
        assertEquals(0, news.takeUntold(5 * SECOND + 1));
        assertEquals(990, news.takeUntold(6 * SECOND));
        assertEquals(0, news.takeUntold(7 * SECOND));
        assertEquals(10, told(12, 7 * SECOND));
        assertEquals(2, news.takeUntold(8 * SECOND));
    }

    @Test
    void a_few_are_told_each() {
        assertEquals(3, told(3, 0));
        assertEquals(3, told(3, SECOND));
        assertEquals(0, news.takeUntold(2 * SECOND));
    }
}
