package io.yardmaster.dispatcher.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lettuce.core.FlushMode;
import io.yardmaster.dispatcher.dispatch.Durability;
import io.yardmaster.nodes.Node;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueConfig;
import io.yardmaster.queue.QueueName;
import io.yardmaster.redis.Redis;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Each check sees the condition it is there for, planted in a real Redis, and is content without.
class DoctorTest {
    private Patient patient;

    @BeforeEach
    void start(@TempDir Path directory) {
        patient = new Patient(directory);
    }

    @AfterEach
    void stop() {
        patient.close();
    }

    private Redis redis() {
        return patient.redis;
    }

    private void enqueue(String id, String service) {
        redis().call("yard_enqueue", "{yard:0}", "ID", id, "SERVICE", service);
    }

    @Test
    void a_well_kept_installation_has_nothing_to_complain_about_but_missing_nodes() {
        Report report = patient.examine();
        List<String> wrong =
                report.findings().stream()
                        .filter(finding -> !finding.verdict().level().equals("ok"))
                        .map(Finding::check)
                        .toList();
        assertEquals(List.of("nodes"), wrong, report.toString());
        assertEquals("warn", report.status());
        assertTrue(report.findings().size() >= 28, "" + report.findings().size());
    }

    @Test
    void settings_that_lose_requests_in_a_crash() {
        patient.is("persistence", "ok");
        patient.config("appendfsync", "everysec");
        int port = URI.create(patient.uri()).getPort();
        assertEquals(
                "redis-cli -h 127.0.0.1 -p "
                        + port
                        + " CONFIG SET appendfsync always (until it is started anew)",
                patient.is("persistence", "warn").remedy());
        patient.config("appendfsync", "no");
        patient.is("persistence", "fail");
        patient.config("appendfsync", "always");
        patient.config("no-appendfsync-on-rewrite", "yes");
        patient.is("persistence", "warn");
        patient.config("appendonly", "no");
        assertTrue(patient.is("persistence", "fail").found().contains("restart of Redis loses"));
        patient.config("save", "900 1");
        assertTrue(patient.is("persistence", "fail").found().contains("last snapshot"));
    }

    @Test
    void a_durability_that_is_told_and_no_longer_true() {
        patient.is("durability", "ok");
        patient.config("appendfsync", "everysec");
        patient.is("durability", "fail");
        patient.durability = Durability.RELAXED;
        patient.is("durability", "warn");
        patient.config("appendfsync", "always");
        assertTrue(patient.is("durability", "warn").found().contains("better"));
    }

    @Test
    void a_snapshot_that_could_not_be_written() throws Exception {
        patient.is("persistence-writes", "ok");
        Files.createDirectories(patient.root.resolve("data/dump.rdb")); // where the file would go
        redis().run(c -> c.bgsave());
        for (int i = 0;
                i < 200 && !redis().run(c -> c.info("persistence")).contains("bgsave_status:err");
                i++) {
            Thread.sleep(50);
        }
        patient.is("persistence-writes", "fail");
    }

    @Test
    void a_policy_that_deletes_requests() {
        patient.is("eviction", "ok");
        patient.config("maxmemory-policy", "allkeys-lru");
        patient.is("eviction", "fail");
    }

    @Test
    void too_little_memory_or_no_limit() {
        patient.is("memory", "ok");
        patient.is("fragmentation", "ok");
        patient.config("maxmemory", "0");
        patient.is("memory", "warn");
        // Beside this the buffers of connections, which come and go, are nothing.
        byte[] ballast = Redis.bytes("ballast");
        redis().run(c -> c.setrange(ballast, 64 << 20, ballast));
        long used = used();
        patient.config("maxmemory", Long.toString(used * 11 / 10));
        patient.is("memory", "warn");
        patient.config("maxmemory", Long.toString(used));
        patient.is("memory", "fail");
        patient.config("maxmemory", "0");
        redis().run(c -> c.del(ballast));
    }

    private long used() {
        return redis().run(c -> c.info("memory"))
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .mapToLong(line -> Long.parseLong(line.substring(12).strip()))
                .sum();
    }

    /// 150 MB come and go; what is left lies in pages that are nearly empty.
    @Test
    void memory_that_is_scattered() {
        patient.config("maxmemory", "0");
        patient.config("appendonly", "no");
        for (int from = 0; from < 30; from++) {
            for (int i = 0; i < 50; i++) {
                byte[] key = Redis.bytes("filler" + from + "-" + i);
                byte[] value = new byte[100_000];
                redis().run(c -> c.set(key, value));
            }
        }
        patient.config("activedefrag", "no");
        redis().run(c -> c.flushall(FlushMode.SYNC));
        Report report = patient.examine(redis());
        Verdict seen = Patient.verdict(report, "fragmentation");
        String ratio = seen.found().replaceAll(".*ratio ([0-9.]+).*", "$1");
        boolean large =
                redis().run(c -> c.info("memory"))
                        .lines()
                        .filter(line -> line.startsWith("used_memory_rss:"))
                        .anyMatch(line -> Long.parseLong(line.substring(16).strip()) > 64 << 20);
        assertEquals(
                Double.parseDouble(ratio) > 1.5 && large ? "warn" : "ok", seen.level(), seen + "");
    }

    @ParameterizedTest
    @CsvSource({
        "false, 6.2.20, false, fail",
        "false, 7.0.14, true, warn",
        "false, 7.0.15, true, ok",
        "false, 7.0.15, false, warn",
        "false, 7.2.10, true, warn",
        "false, 7.2.11, false, ok",
        "false, 8.2.1, true, warn",
        "false, 8.4.0, false, ok",
        "true, 7.2.10, true, warn",
        "true, 8.1.4, true, ok",
        "false, nonsense, true, fail",
    })
    void versions_of_redis_that_are_known_to_be_bad(
            boolean valkey, String version, boolean trusted, String level) {
        assertEquals(level, RedisVersion.of(valkey, version).verdict(trusted).level());
    }

    @Test
    void a_function_library_that_is_missing_older_or_newer() {
        patient.is("functions", "ok");
        patient.tend();
        loadVersion(0);
        assertEquals("fail", functions().level());
        loadVersion(99);
        assertEquals("warn", functions().level());
        redis().run(c -> c.functionFlush(FlushMode.SYNC));
        assertEquals("fail", functions().level());
        patient.is("functions", "ok"); // tend() has it loaded again
    }

    private Verdict functions() {
        return Patient.verdict(patient.examine(redis()), "functions");
    }

    private void loadVersion(int version) {
        String code =
                "#!lua name=yardmaster\nredis.register_function{function_name='yard_version',"
                        + "flags={'no-writes'},callback=function() return {"
                        + version
                        + ",'other'} end}";
        redis().run(c -> c.functionLoad(code, true));
    }

    @Test
    void replicas_that_are_silent_or_of_another_version() {
        roster("r1", "0.1.0", 0).tell();
        patient.is("replicas", "ok");
        redis().run(c ->
                c.zadd(Redis.bytes("{yard:0}:replicas"), Double.MAX_VALUE, Redis.bytes("r2")));
        roster("r2", "0.0.9", 0).tell();
        assertTrue(patient.is("replicas", "warn").found().contains("r2 0.0.9"));
        roster("r2", "0.0.9", 0).leave();
        patient.is("replicas", "ok");
        redis().run(c -> c.zrem(Redis.bytes("{yard:0}:replicas"), Redis.bytes("r1")));
        assertEquals("fail", Patient.verdict(patient.examine(redis()), "replicas").level());
    }

    private Roster roster(String replica, String version, long ahead) {
        return new Roster(
                redis(),
                replica,
                version,
                io.yardmaster.dispatcher.dispatch.Replica.library().digest(),
                () -> java.time.Instant.now().plusMillis(ahead),
                () -> 7,
                _ -> {});
    }

    @Test
    void clocks_that_disagree() {
        patient.is("clock", "ok");
        patient.ahead = 10_000;
        patient.is("clock", "warn");
        patient.ahead = -400_000;
        assertTrue(patient.is("clock", "fail").found().contains("behind"));
        patient.ahead = 0;
        roster("r2", "0.1.0", 20_500).tell();
        assertTrue(patient.is("clock", "warn").found().startsWith("r2 is 20 s ahead"));
    }

    @Test
    void a_logical_clock_that_stands_or_lags() {
        patient.is("logical-clock", "ok");
        long now = System.currentTimeMillis();
        clock(now - 100_000, now);
        assertEquals("warn", logicalClock().level());
        clock(now - 60_000, now - 60_000);
        assertEquals("fail", logicalClock().level());
        redis().run(c -> c.set(Redis.bytes("{yard:0}:clock"), Redis.bytes("nonsense")));
        assertEquals("fail", logicalClock().level());
    }

    private void clock(long logical, long wall) {
        redis().run(c -> c.set(Redis.bytes("{yard:0}:clock"), Redis.bytes(logical + " " + wall)));
    }

    private Verdict logicalClock() {
        return Patient.verdict(patient.examine(redis()), "logical-clock");
    }

    @Test
    void a_redis_that_answers_slowly() {
        patient.is("redis-latency", "ok");
        patient.is("depth-latency", "ok");
        Thread pausing =
                Thread.ofVirtual()
                        .start(() -> {
                            try (Redis other = Patient.connect(patient.uri())) {
                                while (true) {
                                    other.run(c -> c.clientPause(400));
                                    Thread.sleep(450);
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        List<String> seen = new ArrayList<>();
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!seen.contains("warn") && !seen.contains("fail") && System.nanoTime() < deadline) {
            patient.examine(redis()).findings().stream()
                    .filter(finding -> finding.check().equals("redis-latency"))
                    .forEach(finding -> seen.add(finding.verdict().level()));
        }
        pausing.interrupt();
        assertTrue(seen.contains("warn") || seen.contains("fail"), seen.toString());
    }

    @Test
    void calls_of_ours_that_were_slow() {
        patient.is("slowlog", "ok");
        String slow =
                "#!lua name=slow\nredis.register_function('yard_slow', function(keys, args)"
                        + " local n = 0 for i = 1, 20000000 do n = n + i end return {n} end)";
        redis().run(c -> c.functionLoad(slow, true));
        redis().run(c ->
                c.fcall(
                        "yard_slow",
                        io.lettuce.core.ScriptOutputType.MULTI,
                        Redis.bytes("{yard:0}")));
        assertTrue(patient.is("slowlog", "warn").found().contains("yard_slow"));
        redis().run(c -> c.slowlogReset());
        patient.is("slowlog", "ok");
    }

    @Test
    void a_redis_that_is_somebodys_replica() {
        patient.is("redis-role", "ok");
        redis().run(c -> c.replicaof("127.0.0.1", 1));
        assertEquals("fail", Patient.verdict(patient.examine(redis()), "redis-role").level());
        redis().run(c -> c.replicaofNoOne());
        patient.is("redis-role", "ok");
    }

    @Test
    void nothing_to_fail_over_to(@TempDir Path other) {
        patient.is("redis-replicas", "ok");
        patient.durability = Durability.REPLICATED;
        patient.is("redis-replicas", "fail");
        var second = io.yardmaster.redis.EmbeddedRedis.start(other, "everysec");
        try (Redis replica = Patient.connect(second.uri())) {
            int port = URI.create(patient.uri()).getPort();
            replica.run(c -> c.replicaof("127.0.0.1", port));
            awaitInfo("connected_slaves:1");
            awaitInfo("state=online");
            patient.is("redis-replicas", "ok");
            patient.set("yardmaster.redis.uri", "redis-sentinel://127.0.0.1:26379/0#yard");
            assertTrue(
                    patient.is("redis-replicas", "warn").found().contains("min-replicas-to-write"));
        } finally {
            second.close();
        }
    }

    private void awaitInfo(String words) {
        for (int i = 0; i < 400; i++) {
            if (redis().run(c -> c.info("replication")).contains(words)) {
                return;
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        throw new AssertionError("never: " + words);
    }

    @Test
    void work_that_nobody_can_do() {
        enqueue("a", "images");
        patient.is("nodes-for-work", "fail");
        patient.registry.put(node("pi", "images"));
        patient.nodes.refresh();
        patient.is("nodes-for-work", "ok");
        patient.is("nodes", "ok");
        sicken("pi");
        patient.is("nodes-for-work", "fail");
        patient.is("nodes", "fail");
        patient.registry.put(node("nuc", "images"));
        patient.nodes.refresh();
        patient.is("nodes", "warn");
        patient.is("nodes-for-work", "ok");
    }

    private static Node node(String id, String service) {
        Node plain = Node.at(id, URI.create("http://127.0.0.1:9"));
        return new Node(
                id,
                plain.url(),
                Set.of(service),
                1,
                null,
                null,
                Map.of(),
                false,
                100,
                plain.health(),
                false);
    }

    private void sicken(String id) {
        for (int i = 0; i < 5; i++) {
            patient.nodes.view(id).ifPresent(view -> patient.nodes.checked(view.node(), false));
        }
    }

    @Test
    void a_node_whose_agent_was_forgotten() {
        patient.registry.put(node("pi", "default"));
        patient.registry.put(node("nuc", "default"));
        patient.is("reports", "ok");
        patient.registry.report("pi", new io.yardmaster.nodes.Report(0.1, 0.1, 0.1, 4, 0));
        patient.is("reports", "warn");
        patient.registry.report("nuc", new io.yardmaster.nodes.Report(0.1, 0.1, 0.1, 4, 0));
        patient.is("reports", "ok");
    }

    @Test
    void requests_that_wait_too_long() {
        enqueue("a", "default");
        patient.is("waiting", "ok");
        age("a", 600_000);
        patient.is("waiting", "warn");
        age("a", 7_200_000);
        patient.is("waiting", "fail");
        patient.queue.pause(new QueueName("default", Priority.NORMAL));
        patient.is("waiting", "ok");
    }

    /// The time of enqueueing is at byte 8 of the record, in 6 bytes of milliseconds.
    private void age(String id, long ms) {
        long at = System.currentTimeMillis() - ms;
        byte[] bytes = new byte[6];
        for (int i = 0; i < 6; i++) {
            bytes[i] = (byte) (at >>> (8 * (5 - i)));
        }
        redis().run(c -> c.setrange(Redis.bytes("{yard:0}:r:" + id), 8, bytes));
    }

    @Test
    void a_queue_that_was_paused_and_forgotten() {
        patient.queue.pause(new QueueName("default", Priority.LOW));
        patient.is("paused", "ok");
        byte[] long_ago = Redis.bytes("" + (System.currentTimeMillis() - 7_200_000));
        redis().run(c ->
                c.hset(Redis.bytes("{yard:0}:n:default:low"), Redis.bytes("paused"), long_ago));
        assertTrue(patient.is("paused", "warn").found().contains("default/low for 2 h"));
    }

    @Test
    void a_queue_that_is_full() {
        patient.set("yardmaster.queues.max-size", "10");
        for (int i = 0; i < 8; i++) {
            enqueue("a" + i, "default");
        }
        patient.is("full", "ok");
        enqueue("a8", "default");
        patient.is("full", "warn");
        enqueue("a9", "default");
        patient.is("full", "fail");
    }

    @Test
    void dead_requests() {
        patient.is("dead", "ok");
        patient.set("yardmaster.dead.max", "2");
        enqueue("a", "default"); // makes the queue known
        die("x");
        patient.is("dead", "warn");
        die("y");
        patient.is("dead", "fail");
    }

    private void die(String id) {
        redis().run(c -> c.zadd(Redis.bytes("{yard:0}:dead:default:normal"), 1, Redis.bytes(id)));
    }

    @Test
    void pushed_items_that_nobody_admits_or_that_are_no_requests() {
        patient.is("ingress", "ok");
        push(":in", 1_000);
        patient.is("ingress", "warn");
        push(":in", 99_500);
        patient.is("ingress", "fail");
        patient.is("quarantine", "ok");
        push(":quarantine", 1);
        patient.is("quarantine", "warn");
        push(":quarantine", 9_999);
        patient.is("quarantine", "fail");
    }

    private void push(String list, int count) {
        byte[][] items = new byte[Math.min(count, 1_000)][];
        java.util.Arrays.fill(items, Redis.bytes("x"));
        for (int left = count; left > 0; left -= items.length) {
            redis().run(c -> c.rpush(Redis.bytes("{yard:0}" + list), items));
        }
    }

    @Test
    void leases_that_nobody_takes_back() {
        patient.is("leases", "ok");
        lease(System.currentTimeMillis() - 10_000);
        assertEquals("warn", leases().level());
        lease(System.currentTimeMillis() - 600_000);
        assertEquals("fail", leases().level());
        patient.is("leases", "ok"); // tend() takes it back
    }

    private void lease(long end) {
        patient.tend();
        redis().run(c ->
                c.zadd(
                        Redis.bytes("{yard:0}:leases"),
                        (double) end,
                        Redis.bytes("gone.1|nonce123")));
    }

    private Verdict leases() {
        return Patient.verdict(patient.examine(redis()), "leases");
    }

    @Test
    void keys_that_nobody_will_remove() {
        patient.is("leftovers", "ok");
        redis().run(c -> c.set(Redis.bytes("{yard:0}:o:dead-one"), Redis.bytes("x")));
        redis().run(c -> c.set(Redis.bytes("{yard:0}:r:dead-one"), Redis.bytes("x")));
        patient.is("leftovers", "ok"); // a dead request keeps its outcome
        redis().run(c -> c.set(Redis.bytes("{yard:0}:o:leaked"), Redis.bytes("x")));
        assertTrue(patient.is("leftovers", "warn").found().contains("leaked"));
        redis().run(c -> c.del(Redis.bytes("{yard:0}:o:leaked")));
        redis().run(c -> c.set(Redis.bytes("{yard:0}:take:gone"), Redis.bytes("x")));
        patient.is("leftovers", "warn");
        redis().run(c -> c.del(Redis.bytes("{yard:0}:take:gone")));
        for (int i = 0; i < 40; i++) {
            byte[] name = Redis.bytes("old" + i);
            redis().run(c -> c.hset(Redis.bytes("{yard}:in-flight"), name, Redis.bytes("1 ")));
        }
        patient.is("leftovers", "warn");
    }

    @Test
    void connections_that_use_up_what_redis_allows() throws IOException {
        patient.is("connections", "ok");
        patient.config("maxclients", "20");
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                sockets.add(
                        new Socket(
                                InetAddress.getLoopbackAddress(),
                                URI.create(patient.uri()).getPort()));
            }
            patient.is("connections", "fail");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
            patient.config("maxclients", "10000");
        }
    }

    @Test
    void a_redis_that_strangers_can_reach() {
        patient.is("redis-door", "ok");
        patient.config("bind", "0.0.0.0");
        patient.config("protected-mode", "no");
        patient.is("redis-door", "fail");
        patient.config("protected-mode", "yes");
        patient.is("redis-door", "ok");
        patient.set("yardmaster.redis.uri", "redis://192.0.2.9:6379");
        patient.is("redis-door", "fail");
        patient.set("yardmaster.redis.uri", "redis://u:secret-4711@192.0.2.9:6379");
        Verdict clear = patient.is("redis-door", "warn");
        assertTrue(!clear.toString().contains("4711"), clear.toString());
        patient.set("yardmaster.redis.uri", "rediss://u:p@192.0.2.9:6379");
        patient.is("redis-door", "ok");
    }

    @Test
    void a_door_without_keys_beyond_this_machine() {
        patient.is("door", "ok");
        patient.set("yardmaster.host", "0.0.0.0");
        patient.set("yardmaster.security.insecure", "true");
        patient.is("door", "fail");
        patient.set("yardmaster.security.enabled", "true");
        patient.set("yardmaster.security.keys[0].name", "o");
        patient.set("yardmaster.security.keys[0].role", "operator");
        patient.set("yardmaster.security.keys[0].sha256", "a".repeat(64));
        patient.is("door", "warn");
    }

    @Test
    void a_kernel_that_stalls_redis_when_it_forks() {
        patient.is("kernel", "ok");
        patient.write("proc/sys/vm/overcommit_memory", "0\n");
        patient.is("kernel", "warn");
        patient.write("proc/sys/vm/overcommit_memory", "1\n");
        patient.write("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
        patient.is("kernel", "warn");
        patient.write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n");
        patient.is("kernel", "ok");
    }

    @Test
    void a_disk_that_fills_up() {
        patient.is("disk", "ok");
        patient.space = new Installation.Disk.Space(500L << 20, 100L << 30);
        patient.is("disk", "warn");
        patient.space = new Installation.Disk.Space(50L << 20, 100L << 30);
        patient.is("disk", "fail");
    }

    @Test
    void what_redis_does_not_let_us_see_is_said_to_be_not_visible() {
        redis().run(c ->
                c.aclSetuser(
                        "looker",
                        io.lettuce.core.AclSetuserArgs.Builder.on()
                                .addPassword("pw")
                                .allKeys()
                                .allChannels()
                                .allCommands()
                                .removeCommand(io.lettuce.core.protocol.CommandType.CONFIG)
                                .removeCommand(io.lettuce.core.protocol.CommandType.INFO)
                                .removeCommand(io.lettuce.core.protocol.CommandType.SLOWLOG)));
        try (Redis looker = Patient.connect(patient.uri().replace("://", "://looker:pw@"))) {
            patient.tend();
            Report report = patient.examine(looker);
            for (String check : List.of("persistence", "memory", "slowlog", "redis-door")) {
                Verdict verdict = Patient.verdict(report, check);
                assertEquals("warn", verdict.level(), check + verdict);
                assertTrue(verdict.found().startsWith("not visible"), verdict.toString());
            }
            assertEquals("ok", Patient.verdict(report, "leases").level());
        }
    }

    @Test
    void a_redis_that_is_away_is_said_within_two_seconds() {
        patient.queue.configure(QueueConfig.defaults());
        patient.tend();
        patient.stopRedis();
        long began = System.nanoTime();
        Report report = patient.examine(redis());
        long ms = Duration.ofNanos(System.nanoTime() - began).toMillis();
        System.out.println("away: " + ms + " ms");
        assertEquals("fail", report.status());
        assertEquals("fail", Patient.verdict(report, "redis").level());
        assertEquals("ok", Patient.verdict(report, "disk").level(), "what needs no Redis is said");
        assertTrue(ms < 10_000, ms + " ms");
    }
}
