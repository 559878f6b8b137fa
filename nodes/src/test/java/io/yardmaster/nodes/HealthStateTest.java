package io.yardmaster.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class HealthStateTest {
    /// Results in order, `+` passed and `-` failed, with rise 2 and fall 3.
    @ParameterizedTest
    @CsvSource({
        "'', UNKNOWN",
        "+, HEALTHY",
        "-, UNHEALTHY",
        "+--, HEALTHY",
        "+---, UNHEALTHY",
        "+--+--, HEALTHY",
        "-+, UNHEALTHY",
        "-++, HEALTHY",
        "-+-+-+, UNHEALTHY",
        "-++--+---, UNHEALTHY",
    })
    void health_follows_the_checks(String results, Health expected) {
        HealthState state = HealthState.UNKNOWN;
        for (int i = 0; i < results.length(); i++) {
            state = state.after(results.charAt(i) == '+', 2, 3);
        }
        assertEquals(expected, state.health());
    }
}
