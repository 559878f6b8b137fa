package io.yardmaster.dispatcher.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SettingsTest {
    private static final String SHA = "ab".repeat(32);

    @TempDir Path dir;

    @Test
    void nothing_given_starts_with_the_documented_defaults() {
        Settings settings = ok(Map.of(), Map.of());

        assertEquals(8080, settings.server().port());
        assertEquals("127.0.0.1", settings.server().host());
        assertEquals(1 << 20, settings.server().maxBody());
        assertEquals(Path.of("./data"), settings.server().dataDir());
        assertTrue(settings.redis().embedded());
        assertEquals(1, settings.redis().shards());
        assertEquals(new Settings.Dispatching(1000, Duration.ofSeconds(5)), settings.dispatch());
        assertEquals(
                List.of("critical", "high", "normal", "low"),
                List.copyOf(settings.queues().priorities().keySet()));
        assertEquals(
                new Settings.PriorityRule(1.0, Duration.ofSeconds(5), 3, 0.10),
                settings.queues().priorities().get("critical"));
        assertEquals(
                new Settings.PriorityRule(0.2, Duration.ofMinutes(1), 0, 0),
                settings.queues().priorities().get("low"));
        assertEquals(
                new Settings.Limit(1000, Duration.ofSeconds(1), 2),
                settings.rateLimit().producer());
        assertTrue(settings.rateLimit().node().off());
        assertEquals(0, settings.circuitBreaker().consecutiveFailures());
        assertEquals("adaptive", settings.strategy().initial());
        assertEquals(
                Map.of("window-size", 100, "min-responses", 10),
                settings.strategy().values().get("weighted_response"));
        assertEquals(6, settings.nodesAllowed().size());
        assertEquals(Duration.ofDays(30), settings.dead().ttl());
        assertFalse(settings.security().enabled());
        assertEquals(List.of(), settings.mqtt().uris());
    }

    @Test
    void flag_outranks_variable_outranks_file_outranks_default() throws IOException {
        Path file = file("yardmaster:\n  port: 1\n  host: localhost\n  shards: 2\n");
        Map<String, String> environment =
                Map.of("YARDMASTER_PORT", "2", "YARDMASTER_HOST", "127.0.0.2");

        Settings settings = ok(Map.of("--port", "3"), environment, file);

        assertEquals(3, settings.server().port());
        assertEquals("127.0.0.2", settings.server().host());
        assertEquals(2, settings.redis().shards());
        assertEquals(100, settings.queues().batchSize());
    }

    @Test
    void set_takes_every_key_with_and_without_its_first_part() {
        Settings settings = ok(Map.of("lease", "2s", "yardmaster.queues.max-size", "7"), Map.of());

        assertEquals(Duration.ofSeconds(2), settings.dispatch().lease());
        assertEquals(7, settings.queues().maxSize());
    }

    @Test
    void every_mistake_of_one_start_is_reported_at_once_one_line_each() throws IOException {
        Path file = file("yardmaster:\n  lease: 5\n  queues:\n    max-sise: 3\n");

        List<String> lines =
                refused(
                        Map.of("--port", "99999"),
                        Map.of("YARDMASTER_SHARDS", "none", "YARDMASTER_PROT", "1"),
                        file);

        assertEquals(5, lines.size(), lines::toString);
        assertContains(
                lines,
                "yardmaster.port: 99999 (expected: a whole number from 0 to 65535; from --port)");
        assertContains(
                lines,
                "yardmaster.lease: 5 (expected: a duration with its unit, from 500ms to 10m");
        assertContains(
                lines,
                "yardmaster.shards: none (expected: a whole number from 1 to 64; from YARDMASTER_SHARDS)");
        assertContains(lines, "did you mean yardmaster.queues.max-size?");
        assertContains(
                lines,
                "YARDMASTER_PROT: 1 (expected: a known variable; did you mean YARDMASTER_PORT?)");
    }

    @ParameterizedTest
    @CsvSource({
        "yardmaster.port, -1",
        "yardmaster.port, 99999999999999999999",
        "yardmaster.port, 0x10",
        "yardmaster.max-in-flight, 0",
        "yardmaster.lease, 499ms",
        "yardmaster.lease, 11m",
        "yardmaster.lease, -5s",
        "yardmaster.lease, 5 parsecs",
        "yardmaster.lease, P",
        "yardmaster.max-body, 1TiB",
        "yardmaster.max-body, 9GiB",
        "yardmaster.queues.order, random",
        "yardmaster.queues.priorities.high.weight, 0",
        "yardmaster.queues.priorities.high.weight, NaN",
        "yardmaster.queues.priorities.high.weight, Infinity",
        "yardmaster.queues.priorities.high.weight, 1e3",
        "yardmaster.queues.priorities.high.weight, 1001",
        "yardmaster.queues.priorities.high.timeout, 0s",
        "yardmaster.queues.priorities.high.timeout, 25h",
        "yardmaster.queues.priorities.high.max-retries, 101",
        "yardmaster.queues.priorities.high.reserve, 0.51",
        "yardmaster.queues.priorities.urgent.weight, 1",
        "yardmaster.retry.jitter, half",
        "yardmaster.rate-limit.producer.rate, -1",
        "yardmaster.rate-limit.producer.burst-multiplier, 0.5",
        "yardmaster.circuit-breaker.error-threshold, 1.1",
        "yardmaster.strategy.default, fastest",
        "yardmaster.nodes-allowed, 10.0.0.0/33",
        "yardmaster.nodes-allowed, 300.0.0.1/8",
        "yardmaster.nodes-allowed, example.org",
        "yardmaster.redis.uri, http://localhost:6379",
        "yardmaster.redis.uri, localhost:6379",
        "yardmaster.redis.uri, redis://",
        "yardmaster.redis.uri, redis-sentinel://a:26379",
        "yardmaster.redis.read-from, slave",
        "yardmaster.geo.database, /nowhere/at-all.mmdb",
        "yardmaster.security.insecure, maybe",
        "yardmaster.mqtt.prefix, a/#",
        "yardmaster.mqtt.uri, http://broker",
        "yardmaster.replica-id, two words",
        "yardmaster, 1",
        "yardmaster.queues, 1",
        "yardmaster.nodes[0].url, ftp://nas",
        "yardmaster.nodes[0].wieght, 1",
        "yardmaster.services.images.strategy, best",
        "yardmaster.nothing.like.it, 1",
    })
    void impossible_value_or_key_is_refused_by_name(String key, String value) {
        List<String> lines = refused(Map.of(key, value), Map.of());

        assertTrue(lines.getFirst().contains(key.replace("yardmaster.", "")), lines::toString);
        assertTrue(lines.stream().allMatch(line -> line.contains("(expected: ")), lines::toString);
        assertTrue(lines.stream().noneMatch(line -> line.contains("\n")), lines::toString);
    }

    @ParameterizedTest
    @CsvSource({
        "500ms, 500",
        "5s, 5000",
        "1m30s, 90000",
        "1.5s, 1500",
        "PT2S, 2000",
        "10m, 600000",
        "0.5s, 500"
    })
    void duration_is_read_with_its_unit(String text, long millis) {
        assertEquals(
                Duration.ofMillis(millis), ok(Map.of("lease", text), Map.of()).dispatch().lease());
    }

    @ParameterizedTest
    @CsvSource({"64KiB, 65536", "2MiB, 2097152", "1000, 1000", "1MB, 1000000", "0, 0"})
    void size_is_read_with_or_without_its_unit(String text, int bytes) {
        assertEquals(bytes, ok(Map.of("max-body", text), Map.of()).server().maxBody());
    }

    @Test
    void unknown_priority_is_answered_with_the_four_that_exist() {
        List<String> lines = refused(Map.of("queues.priorities.urgent.weight", "1"), Map.of());

        assertContains(lines, "yardmaster.queues.priorities has critical, high, normal, low");
    }

    @Test
    void node_of_the_file_keeps_its_rest_spelling_and_a_variable_changes_one_field()
            throws IOException {
        Path file =
                file(
                        """
                        yardmaster:
                          nodes:
                            - {id: nuc, url: "http://10.0.0.2:9000", services: [default, images], maxConnections: 4}
                            - id: pi
                              url: http://10.0.0.3:9000
                              max-connections: 2
                              backup: true
                              location: {lat: -33.9, lon: 151}
                              labels: {gpu: true, kubernetes.io/arch: arm64}
                              health: {type: tcp, interval-ms: 5000}
                        """);

        Settings settings = ok(Map.of(), Map.of("YARDMASTER_NODES_1_MAX_CONNECTIONS", "9"), file);

        List<Map<String, Object>> nodes = settings.known().nodes();
        assertEquals(List.of("default", "images"), nodes.get(0).get("services"));
        assertEquals(4, nodes.get(0).get("maxConnections"));
        assertEquals(
                Map.of(
                        "id",
                        "pi",
                        "url",
                        "http://10.0.0.3:9000",
                        "maxConnections",
                        9,
                        "backup",
                        true,
                        "location",
                        Map.of("lat", -33.9, "lon", 151.0),
                        "labels",
                        Map.of("gpu", "true", "kubernetes.io/arch", "arm64"),
                        "health",
                        Map.of("type", "tcp", "intervalMs", 5000)),
                nodes.get(1));
    }

    @Test
    void nodes_services_and_keys_can_come_from_variables_alone() {
        Settings settings =
                ok(
                        Map.of("--host", "0.0.0.0"),
                        Map.of(
                                "YARDMASTER_NODES_0_ID", "nuc",
                                "YARDMASTER_NODES_0_URL", "http://10.0.0.2:9000",
                                "YARDMASTER_SERVICES_IMAGE_RESIZE_RATE_LIMIT_WINDOW", "2s",
                                "YARDMASTER_SERVICES_IMAGE_RESIZE_PRIORITIES_HIGH_MAX_RETRIES", "5",
                                "YARDMASTER_SECURITY_KEYS",
                                        "[{\"name\":\"ci\",\"role\":\"producer\",\"sha256\":\""
                                                + SHA
                                                + "\"}]"));

        assertEquals(
                List.of(Map.of("id", "nuc", "url", "http://10.0.0.2:9000")),
                settings.known().nodes());
        assertEquals(
                Map.of(
                        "rateLimit",
                        Map.of("windowMs", 2000L),
                        "priorities",
                        Map.of("high", Map.of("maxRetries", 5))),
                settings.known().services().get("image-resize"));
        assertEquals(
                List.of(new Settings.Key("ci", "producer", SHA, List.of(), Optional.empty())),
                settings.security().keys());
        assertTrue(settings.security().enabled());
    }

    @Test
    void node_without_address_and_node_named_twice_are_refused() {
        List<String> lines =
                refused(
                        Map.of(
                                "nodes[0].id", "nuc",
                                "nodes[1].id", "nuc",
                                "nodes[1].url", "http://10.0.0.2:9000"),
                        Map.of());

        assertContains(lines, "yardmaster.nodes[0].url: none (expected: a value");
        assertContains(lines, "yardmaster.nodes[1].id: nuc (expected: one that no other entry has");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.168.1.5", "yard.example", "128.0.0.1"})
    void listening_beyond_loopback_without_keys_refuses_to_start(String host) {
        assertContains(
                refused(Map.of("--host", host), Map.of()),
                "yardmaster.security.keys: none (expected: at least one key");
        assertFalse(
                ok(Map.of("--host", host, "security.insecure", "true"), Map.of())
                        .security()
                        .enabled());
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost", "LOCALHOST"})
    void loopback_needs_no_keys(String host) {
        assertEquals(host, ok(Map.of("--host", host), Map.of()).server().host());
    }

    @Test
    void keys_that_are_switched_off_do_not_open_the_network() {
        Map<String, String> flags =
                Map.of(
                        "--host", "0.0.0.0",
                        "security.enabled", "false",
                        "security.keys[0].name", "ci",
                        "security.keys[0].role", "producer",
                        "security.keys[0].sha256", SHA);

        assertContains(
                refused(flags, Map.of()),
                "yardmaster.security.enabled: false (expected: true or auto");
    }

    @Test
    void secrets_are_not_repeated_in_messages() {
        List<String> lines =
                refused(
                        Map.of(
                                "security.keys[0].sha256", "plain-key-pasted",
                                "--redis", "redis ://:plain-key-pasted@host",
                                "redis.password", "plain-key-pasted"),
                        Map.of("YARDMASTER_MQTT_PASSWORD", "plain-key-pasted"));

        assertTrue(
                lines.stream().noneMatch(line -> line.contains("plain-key-pasted")),
                lines::toString);
        assertContains(lines, "yardmaster.security.keys[0].sha256: ***");
    }

    @Test
    void reserves_that_leave_nothing_are_refused() {
        List<String> lines =
                refused(
                        Map.of(
                                "queues.priorities.critical.reserve", "0.5",
                                "queues.priorities.high.reserve", "0.5"),
                        Map.of());

        assertContains(lines, "expected: a sum below 1");
    }

    @Test
    void retry_that_begins_above_its_maximum_is_refused() {
        assertContains(
                refused(Map.of("retry.base", "10m"), Map.of()),
                "yardmaster.retry.base: 10m (expected: at most");
    }

    @Test
    void half_a_certificate_is_refused() throws IOException {
        Path chain = file("certificate");

        List<String> lines =
                refused(Map.of("security.tls.certificate", chain.toString()), Map.of());

        assertContains(lines, "yardmaster.security.tls.private-key: none");
    }

    @Test
    void redis_may_be_one_a_cluster_or_behind_sentinels() {
        assertEquals(
                List.of("redis://a:6379", "redis://b:6379"),
                ok(Map.of("--redis", "redis://a:6379, redis://b:6379"), Map.of()).redis().uris());
        String sentinel = "redis-sentinel://a:26379,b:26379/0#main";
        assertEquals(List.of(sentinel), ok(Map.of("--redis", sentinel), Map.of()).redis().uris());
        assertTrue(ok(Map.of("--redis", "embedded"), Map.of()).redis().embedded());
    }

    @Test
    void variables_that_kubernetes_makes_up_for_a_service_named_yardmaster_are_passed_over() {
        Settings settings =
                ok(
                        Map.of(),
                        Map.of(
                                "YARDMASTER_SERVICE_HOST", "10.0.0.7",
                                "YARDMASTER_SERVICE_PORT", "8080",
                                "YARDMASTER_SERVICE_PORT_HTTP", "8080",
                                "YARDMASTER_PORT", "tcp://10.0.0.7:8080",
                                "YARDMASTER_PORT_8080_TCP", "tcp://10.0.0.7:8080",
                                "YARDMASTER_PORT_8080_TCP_ADDR", "10.0.0.7",
                                "YARDMASTER_REDIS_SERVICE_HOST", "10.0.0.8",
                                "YARDMASTER_REDIS_PORT", "tcp://10.0.0.8:6379"));

        assertEquals(8080, settings.server().port());
    }

    @Test
    void variables_of_the_launcher_the_client_and_the_tests_are_no_settings() {
        ok(
                Map.of(),
                Map.of(
                        "YARDMASTER_URL", "http://x",
                        "YARDMASTER_KEY", "k",
                        "YARDMASTER_HOME", "/opt",
                        "YARDMASTER_HEAP", "1g",
                        "YARDMASTER_JAVA_OPTS", "-Dx",
                        "YARDMASTER_CACHE", "off",
                        "YARDMASTER_WARM", "wait",
                        "YARDMASTER_TEST_REDIS", "y",
                        "PATH", "/bin"));
    }

    @Test
    void blank_variable_counts_as_not_given() {
        assertTrue(
                ok(Map.of(), Map.of("YARDMASTER_REDIS_URI", "", "YARDMASTER_UNKNOWN", " "))
                        .redis()
                        .embedded());
    }

    @Test
    void replica_without_a_name_is_named_after_its_host() {
        Map<String, String> environment = Map.of("HOSTNAME", "nuc 1");

        String first = ok(Map.of(), environment).server().replicaId();

        assertTrue(first.matches("nuc-1-[0-9a-f]{8}"), first);
        assertEquals("me", ok(Map.of("--replica-id", "me"), environment).server().replicaId());
    }

    private Path file(String text) throws IOException {
        Path file = dir.resolve("yard.yml");
        Files.write(file, text.getBytes(StandardCharsets.UTF_8));
        return file;
    }

    private static Settings ok(Map<String, String> flags, Map<String, String> environment) {
        return ok(flags, environment, null);
    }

    private static Settings ok(
            Map<String, String> flags,
            Map<String, String> environment,
            @org.jspecify.annotations.Nullable Path file) {
        Settings.Loaded loaded = Settings.load(flags, environment, Optional.ofNullable(file));
        return assertInstanceOf(Settings.Loaded.Ok.class, loaded, loaded::toString).settings();
    }

    private static List<String> refused(
            Map<String, String> flags, Map<String, String> environment) {
        return refused(flags, environment, null);
    }

    private static List<String> refused(
            Map<String, String> flags,
            Map<String, String> environment,
            @org.jspecify.annotations.Nullable Path file) {
        Settings.Loaded loaded = Settings.load(flags, environment, Optional.ofNullable(file));
        return assertInstanceOf(Settings.Loaded.Refused.class, loaded, loaded::toString).lines();
    }

    private static void assertContains(List<String> lines, String part) {
        assertTrue(
                lines.stream().anyMatch(line -> line.contains(part)),
                () -> part + " not in " + lines);
    }

    @Test
    void what_is_in_force_is_shown_with_its_source_and_without_secrets() throws Exception {
        Path file = Files.createTempFile("yardmaster", ".yml");
        Files.writeString(file, "yardmaster:\n  lease: 6s\n  shards: 2\n");
        Effective effective =
                Settings.effective(
                        Map.of("--port", "1", "lease", "9s"),
                        Map.of(
                                "YARDMASTER_LEASE",
                                "8s",
                                "YARDMASTER_MAX_BODY",
                                "2MiB",
                                "YARDMASTER_REDIS_URI",
                                "redis://u:p%40w@h:1,redis://u:pw@i:2",
                                "YARDMASTER_MQTT_URI",
                                "tcp://me:secret@h:1"),
                        Optional.of(file));
        Map<String, String> shown = new java.util.HashMap<>();
        effective
                .settings()
                .forEach(each -> shown.put(each.key(), each.value() + " " + each.origin().text()));
        assertEquals("1 flag", shown.get("yardmaster.port"));
        assertEquals("9s flag", shown.get("yardmaster.lease"));
        assertEquals("2MiB environment", shown.get("yardmaster.max-body"));
        assertEquals("2 file", shown.get("yardmaster.shards"));
        assertEquals("127.0.0.1 default", shown.get("yardmaster.host"));
        assertEquals(
                "redis://***@h:1,redis://***@i:2 environment", shown.get("yardmaster.redis.uri"));
        assertEquals("tcp://***@h:1 environment", shown.get("yardmaster.mqtt.uri"));
    }
}
