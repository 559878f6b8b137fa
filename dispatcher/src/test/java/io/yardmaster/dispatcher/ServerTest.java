package io.yardmaster.dispatcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.yardmaster.dispatcher.settings.Settings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ServerTest {
    private static Settings settings(Map<String, String> flags) {
        return switch (Settings.load(flags, Map.of(), Optional.empty())) {
            case Settings.Loaded.Ok(Settings ok) -> ok;
            case Settings.Loaded.Refused(List<String> lines) ->
                    throw new AssertionError(lines.toString());
        };
    }

    @Test
    void connection_to_a_node_that_is_silent_for_the_connection_timeout_is_closed() {
        // NodeFailuresTest sees the forwarder close it
        assertEquals(Duration.ofSeconds(30), Server.forwarding(settings(Map.of())).idleTimeout());
        String key = "yardmaster.strategy.least-connections.connection-timeout";
        assertEquals(
                Duration.ofSeconds(7),
                Server.forwarding(settings(Map.of(key, "7s"))).idleTimeout());
    }
}
