package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A backup is taken, everything is destroyed, and the backup is brought back.
class BackupIT {
    @TempDir Path directory;
    private final List<AutoCloseable> opened = new ArrayList<>();

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private static Program.Result run(int code, String... words) throws InterruptedException {
        Program.Result result = Program.run(words);
        assertEquals(code, result.code(), String.join(" ", words) + "\n" + result);
        return result;
    }

    private static void refuses(String why, String... words) throws InterruptedException {
        Program.Result result = run(1, words);
        assertTrue(result.err().contains(why), result.toString());
    }

    private static void register(Replica replica, Node node, String service) {
        var answer =
                replica.send(
                        "PUT",
                        "/v1/nodes/" + node.id(),
                        "{\"url\":\"%s\",\"services\":[\"%s\"]}".formatted(node.url(), service));
        assertTrue(answer.statusCode() < 300, answer.body());
    }

    private JsonNode manifest(Path backup) throws Exception {
        return Replica.json(Files.readString(backup.resolve("manifest.json")));
    }

    private static long sum(JsonNode manifest, String figure) {
        long sum = 0;
        for (JsonNode queue : manifest.path("queues")) {
            sum += queue.path(figure).asLong();
        }
        return sum;
    }

    /// Producers that go on until they are told to stop, and note when each was accepted.
    private static final class Load implements AutoCloseable {
        private final Map<String, Long> accepted = new ConcurrentHashMap<>();
        private final List<Thread> threads = new ArrayList<>();
        private volatile boolean stopped;

        Load(Replica replica, int producers) {
            for (int p = 0; p < producers; p++) {
                String prefix = "load-" + p + "-";
                threads.add(Thread.ofVirtual().start(() -> produce(replica, prefix)));
            }
        }

        private void produce(Replica replica, String prefix) {
            for (int i = 0; !stopped; i++) {
                try {
                    replica.enqueue(prefix + i, ",\"maxRetries\":5");
                    accepted.put(prefix + i, System.nanoTime());
                } catch (RuntimeException | AssertionError e) {
                    return; // it was destroyed
                }
            }
        }

        @Override
        public void close() {
            stopped = true;
            try {
                for (Thread thread : threads) {
                    thread.join(60_000);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Test
    void all_that_was_accepted_before_a_backup_under_load_is_there_after_everything_was_lost()
            throws Exception {
        Node quick = open(new Node("quick"));
        Node holding = open(new Node("holding"));
        Node refusing = open(new Node("refusing"));
        holding.hold();
        refusing.answer(400);
        RedisProcess redis = open(new RedisProcess());
        Path config =
                Files.writeString(
                        directory.resolve("yardmaster.yml"), "yardmaster:\n  lease: 3s\n");
        Replica replica =
                open(Replica.serve("--redis", redis.uri(), "--config", config.toString()));
        register(replica, quick, "default");
        register(replica, holding, "held");
        register(replica, refusing, "refused");
        replica.post("/v1/queues/default/low/pause", "");
        for (int i = 0; i < 5; i++) {
            replica.enqueue("waiting-" + i, ",\"service\":\"alone\"");
            replica.enqueue("scheduled-" + i, ",\"delayMs\":3600000");
            replica.enqueue("dead-" + i, ",\"service\":\"refused\"");
            replica.enqueue("paused-" + i, ",\"priority\":\"low\"");
            replica.enqueue("held-" + i, ",\"service\":\"held\",\"maxRetries\":3");
            replica.enqueue("once-" + i, ",\"service\":\"held\",\"maxRetries\":0");
        }
        Await.until("ten are at the node", () -> holding.ledger().size() == 10);
        Await.until("five are dead", () -> replica.total("dead") == 5);

        Path backup = directory.resolve("backup");
        long begun;
        Program.Result said;
        Load load = new Load(replica, 8);
        Await.until("there is load", () -> load.accepted.size() > 200);
        begun = System.nanoTime();
        said =
                run(
                        0,
                        "backup",
                        "--redis",
                        redis.uri(),
                        "--config",
                        config.toString(),
                        "--settings",
                        backup.toString());
        long took = (System.nanoTime() - begun) / 1_000_000;
        int during = load.accepted.size();
        Await.until("load goes on", () -> load.accepted.size() > during + 100);
        replica.program().signal("KILL");
        load.close();
        replica.close();
        redis.close(); // its files are gone, too
        List<String> before =
                load.accepted.entrySet().stream()
                        .filter(each -> each.getValue() < begun)
                        .map(Map.Entry::getKey)
                        .toList();
        JsonNode manifest = manifest(backup);
        System.out.printf(
                "backup took %d ms under load (%d accepted before it, %d in all), %d bytes%n%s",
                took,
                before.size(),
                load.accepted.size(),
                manifest.path("bytes").asLong(),
                said.out());
        assertEquals(5, sum(manifest, "dead"));
        assertTrue(sum(manifest, "inFlight") >= 10, manifest.toString());
        assertTrue(sum(manifest, "scheduled") >= 5, manifest.toString());
        assertTrue(sum(manifest, "depth") >= 10, manifest.toString());
        assertEquals(
                "rwx------",
                java.nio.file.attribute.PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(backup)));

        RedisProcess fresh = open(new RedisProcess());
        Path restoredConfig = directory.resolve("restored.yml");
        String[] restore = {
            "restore",
            backup.toString(),
            "--redis",
            fresh.uri(),
            "--config-to",
            restoredConfig.toString()
        };
        Program.Result restored = run(0, restore);
        System.out.println(restored.out());
        assertTrue(restored.out().contains("every queue counted as in the backup"), restored.out());
        assertEquals(Files.readString(config), Files.readString(restoredConfig));
        refuses("restored.yml is there already", restore);
        Files.delete(restoredConfig);
        refuses("holds keys of Yardmaster", restore);
        Program.Result forced =
                run(
                        0,
                        Stream.concat(Stream.of(restore), Stream.of("--force"))
                                .toArray(String[]::new));
        assertTrue(forced.out().contains("were deleted from"), forced.out());

        Replica again =
                open(
                        Replica.serve(
                                "--redis",
                                fresh.uri(),
                                "--config",
                                backup.resolve("settings.yml").toString()));
        refuses(
                "a replica works on",
                Stream.concat(Stream.of(restore), Stream.of("--force")).toArray(String[]::new));
        holding.release();
        again.post("/v1/queues/default/low/resume", "");
        for (int i = 0; i < 5; i++) {
            assertEquals("scheduled", again.state("scheduled-" + i));
            assertEquals("queued", again.state("waiting-" + i));
            assertEquals("dead", again.state("dead-" + i));
        }
        List<String> unfinished = new ArrayList<>(before);
        for (int i = 0; i < 5; i++) {
            unfinished.add("paused-" + i);
            unfinished.add("held-" + i);
        }
        Await.until(
                "all that were accepted before the backup succeed",
                () -> {
                    unfinished.removeIf(id -> again.state(id).equals("succeeded"));
                    return unfinished.isEmpty();
                },
                () ->
                        unfinished.size()
                                + " did not, such as "
                                + again.request(unfinished.getFirst()));
        for (int i = 0; i < 5; i++) {
            String id = "once-" + i;
            Await.until(id + " ends", () -> again.state(id).equals("dead"));
            assertEquals("lease-lost", again.request(id).path("error").path("reason").asText(), id);
        }
        long twice =
                Node.byId(quick, holding).values().stream()
                        .filter(sends -> sends.size() > 1)
                        .count();
        System.out.println("lost 0 of " + (before.size() + 35) + "; served twice: " + twice);
        Node.byId(holding)
                .forEach((id, sends) ->
                        assertEquals(
                                sends.size(),
                                sends.stream().map(Node.Received::attempt).distinct().count(),
                                "a second send has a higher attempt: " + sends));
    }

    @Test
    void the_files_of_an_embedded_redis_are_backed_up_running_or_not_and_restored()
            throws Exception {
        Path data = directory.resolve("data");
        Replica replica = open(Replica.serve("--data-dir", data.toString()));
        for (int i = 0; i < 50; i++) {
            replica.enqueue("e-" + i, ",\"priority\":\"" + (i % 2 == 0 ? "high" : "low") + "\"");
        }
        Path running = directory.resolve("running");
        Path stopped = directory.resolve("stopped");
        run(0, "backup", "--data-dir", data.toString(), running.toString());
        assertEquals(50, sum(manifest(running), "depth"));
        Program.Result busy =
                run(1, "restore", running.toString(), "--data-dir", data.toString(), "--force");
        assertTrue(busy.err().contains("in use by a running dispatcher"), busy.err());
        replica.program().signal("TERM");
        assertEquals(0, replica.program().exitCode());
        run(0, "backup", "--data-dir", data.toString(), stopped.toString());
        assertEquals(manifest(running).path("queues"), manifest(stopped).path("queues"));
        refuses("is not empty", "restore", stopped.toString(), "--data-dir", data.toString());

        delete(data);
        Program.Result restored =
                run(0, "restore", stopped.toString(), "--data-dir", data.toString());
        assertTrue(restored.out().contains("every queue counted as in the backup"), restored.out());
        assertFalse(Files.exists(data.resolve("dump.rdb")));
        Replica again = open(Replica.serve("--data-dir", data.toString()));
        assertEquals(50, again.total("depth"));
        for (int i = 0; i < 50; i++) {
            assertEquals("queued", again.state("e-" + i));
        }
        again.enqueue("after", "");
        again.program().signal("TERM");
        again.program().exitCode();

        Program.Result aside =
                run(0, "restore", running.toString(), "--data-dir", data.toString(), "--force");
        assertTrue(aside.out().contains(".before-"), aside.out());
        Replica third = open(Replica.serve("--data-dir", data.toString()));
        assertEquals(50, third.total("depth"), "what came after the backup is gone");
    }

    @Test
    void a_backup_that_was_damaged_is_not_restored_and_a_failed_one_leaves_nothing()
            throws Exception {
        RedisProcess redis = open(new RedisProcess());
        try (var producer = redis.connect()) {
            producer.call("yard_enqueue", "{yard:0}", "ID", "a");
        }
        Path backup = directory.resolve("backup");
        run(0, "backup", "--redis", redis.uri(), backup.toString());
        refuses("is not empty", "backup", "--redis", redis.uri(), backup.toString());
        byte[] bytes = Files.readAllBytes(backup.resolve("redis.rdb"));
        bytes[bytes.length / 2] ^= 1;
        Files.write(backup.resolve("redis.rdb"), bytes);
        Path target = directory.resolve("target");
        refuses("SHA-256 differs", "restore", backup.toString(), "--data-dir", target.toString());
        assertFalse(Files.exists(target));

        redis.kill();
        Path none = directory.resolve("none");
        run(3, "backup", "--redis", redis.uri(), none.toString());
        assertFalse(Files.exists(none));
        run(2, "backup", "--redis", "http://nas", none.toString());
        run(2, "restore", backup.toString());
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(
                    List.of("backup"), left.map(path -> path.getFileName().toString()).toList());
        }
    }

    private static void delete(Path tree) throws Exception {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
