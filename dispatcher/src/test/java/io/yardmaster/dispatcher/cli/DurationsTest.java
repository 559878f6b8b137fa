package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

final class DurationsTest {
    @Test
    void people_write_durations_in_many_ways() {
        assertEquals(Duration.ofMillis(500), Durations.parse("500ms"));
        assertEquals(Duration.ofSeconds(5), Durations.parse("5"));
        assertEquals(Duration.ofMillis(1500), Durations.parse("1.5s"));
        assertEquals(Duration.ofMinutes(2), Durations.parse("2m"));
        assertEquals(Duration.ofDays(7), Durations.parse("7d"));
    }

    @Test
    void nonsense_is_refused() {
        for (String bad : List.of("", "s", "-1s", "1e9s", "5y", "1..2s", "99999d", ".", "1 s")) {
            assertThrows(TypeConversionException.class, () -> Durations.parse(bad), bad);
        }
    }

    @Test
    void ages_stay_short() {
        assertEquals("0ms", Durations.human(-5));
        assertEquals("350ms", Durations.human(350));
        assertEquals("59.9s", Durations.human(59_999));
        assertEquals("3m05s", Durations.human(185_000));
        assertEquals("2h10m", Durations.human(7_800_000));
        assertEquals("3d04h", Durations.human(273_600_000));
    }
}
