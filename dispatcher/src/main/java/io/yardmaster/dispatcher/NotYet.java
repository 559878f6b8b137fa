package io.yardmaster.dispatcher;

import io.yardmaster.dispatcher.settings.Settings;
import java.util.ArrayList;
import java.util.List;

/// Settings that have their names already and no code behind them. Refusing them is better than to
/// start and not do what was asked.
final class NotYet {
    private NotYet() {}

    static List<String> lines(Settings settings) {
        List<String> lines = new ArrayList<>();
        if (!settings.redis().readFrom().equals("master")) {
            lines.add(
                    "yardmaster.redis.read-from: "
                            + settings.redis().readFrom()
                            + " (expected: master; reading from replicas is not built yet)");
        }
        if (!settings.mqtt().uris().isEmpty()) {
            lines.add("yardmaster.mqtt.uri: *** (expected: none; MQTT is not built yet)");
        }
        settings.security()
                .tls()
                .ifPresent(_ ->
                        lines.add(
                                "yardmaster.security.tls: set (expected: absent; TLS of our own is not built yet, use a proxy in front)"));
        return lines;
    }
}
