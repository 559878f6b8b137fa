package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class UtcMillisTest {
    private final UtcMillis utc = new UtcMillis();

    private void same(Instant instant) {
        assertEquals(instant.truncatedTo(ChronoUnit.MILLIS).toString(), utc.text(instant));
    }

    @Test
    void years_1970_to_9999_read_as_instants_do() {
        SplittableRandom random = new SplittableRandom(1);
        long end = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
        for (int i = 0; i < 100_000; i++) {
            long second = random.nextLong(end + 1);
            same(Instant.ofEpochSecond(second));
            same(Instant.ofEpochSecond(second, random.nextInt(1000) * 1_000_000L));
            same(Instant.ofEpochSecond(second, random.nextLong(1_000_000_000)));
        }
    }

    @Test
    void one_day_reads_as_instants_do() {
        Instant midnight = Instant.parse("2028-02-29T00:00:00Z");
        for (int second = -1; second <= 86_400; second++) {
            same(midnight.plusSeconds(second));
            same(midnight.plusSeconds(second).plusMillis(second & 1023));
        }
        for (int millis = 0; millis < 1000; millis++) {
            same(midnight.plusMillis(millis));
        }
    }

    @Test
    void far_years_and_those_before_1970_read_as_instants_do() {
        SplittableRandom random = new SplittableRandom(2);
        long least = Instant.MIN.getEpochSecond();
        long most = Instant.MAX.getEpochSecond();
        List.of(Instant.MIN, Instant.EPOCH.minusNanos(1), Instant.MAX).forEach(this::same);
        for (int i = 0; i < 100_000; i++) {
            same(
                    Instant.ofEpochSecond(
                            random.nextLong(least, most), random.nextLong(1_000_000_000)));
            // around the year 0, where the sign and the number of digits change
            same(Instant.ofEpochSecond(random.nextLong(-700_000_000_000L, 0), 1_000_000));
        }
    }
}
