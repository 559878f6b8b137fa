package io.yardmaster.dispatcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.dispatcher.net.AllowedNetworks;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.nodes.NodeRegistry;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.NodesConfig;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.nodes.ServiceSettings.Breaker;
import io.yardmaster.nodes.ServiceSettings.Placement;
import io.yardmaster.nodes.ServiceSettings.PriorityOverride;
import io.yardmaster.nodes.ServiceSettings.RateLimit;
import io.yardmaster.nodes.ServiceSettings.Sticky;
import io.yardmaster.redis.RedisFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KnownFromFileTest {
    private final RedisFixture redis = RedisFixture.start();
    private final NodeRegistry registry = new NodeRegistry(redis.redis(Replica.library()));

    @TempDir private Path folder;

    @AfterEach
    void close() {
        redis.close();
    }

    private ServiceSettings registered(String yaml) throws IOException {
        Path file = Files.writeString(folder.resolve("yard.yml"), yaml);
        Settings settings =
                switch (Settings.load(Map.of(), Map.of(), Optional.of(file))) {
                    case Settings.Loaded.Ok(Settings ok) -> ok;
                    case Settings.Loaded.Refused(List<String> lines) ->
                            throw new IllegalArgumentException(lines.toString());
                };
        new KnownFromFile(registry, AllowedNetworks.of(settings.nodesAllowed()))
                .register(settings.known());
        Nodes nodes =
                new Nodes(
                        registry,
                        NodesConfig.defaults(),
                        System::nanoTime,
                        new Random(1),
                        NodeListener.NONE);
        nodes.refresh();
        return nodes.services().getOrDefault("thumbs", ServiceSettings.NONE);
    }

    @Test
    void service_of_the_file_has_everything_that_rest_could_say() throws IOException {
        ServiceSettings settings =
                registered(
                        """
                        yardmaster:
                          services:
                            thumbs:
                              strategy: weighted-round-robin
                              sticky: key
                              labels:
                                gpu: "true"
                                zone.io/rack-a: "7"
                              weights:
                                nuc-1: 2.5
                                pi.local: 1
                              backups: nas, old-pc
                              rate-limit:
                                rate: 5
                                window: 10s
                                burst-multiplier: 3
                              circuit-breaker:
                                error-threshold: 0.3
                                window: 20s
                                reset-timeout: 1m
                              priorities:
                                high:
                                  timeout: 3s
                                  max-retries: 4
                        """);
        assertEquals(
                new ServiceSettings(
                        "weighted_round_robin",
                        new RateLimit(5, Duration.ofSeconds(10), 3),
                        new Breaker(0.3, null, 20_000L, 60_000L, null, null),
                        Map.of("high", new PriorityOverride(null, 3_000L, 4, null)),
                        Sticky.KEY,
                        new Placement(
                                Map.of("gpu", "true", "zone.io/rack-a", "7"),
                                Map.of("nuc-1", 2.5, "pi.local", 1.0),
                                Set.of("nas", "old-pc"))),
                settings);
    }

    @Test
    void weight_that_cannot_be_is_refused_with_its_key() {
        IllegalArgumentException refusal =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                registered(
                                        """
                                        yardmaster:
                                          services:
                                            thumbs:
                                              weights:
                                                nuc-1: 0
                                        """));
        assertTrue(
                String.valueOf(refusal.getMessage())
                        .contains("yardmaster.services.thumbs.weights.nuc-1: 0"),
                refusal.getMessage());
    }
}
