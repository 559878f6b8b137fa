package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.RedisServer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Three sentinels, a master and its replica, and a dispatcher over them that is never restarted.
class SentinelIT {
    private static final String[] FSYNC = {"--appendonly", "yes", "--appendfsync", "always"};

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<RedisServer> sentinels = new ArrayList<>();
    private final RedisServer one = open(RedisServer.start(FSYNC));
    private final RedisServer two = open(RedisServer.start(FSYNC));
    private final Node node = open(new Node("n1"));
    private Replica replica;

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @BeforeEach
    void standGuard() throws IOException {
        two.ask("REPLICAOF", "127.0.0.1", Integer.toString(one.port()));
        Await.until(
                "the replica follows",
                () -> two.ask("INFO", "replication").contains("master_link_status:up"));
        for (int i = 0; i < 3; i++) {
            Path config = Files.createTempFile("yardmaster-e2e", ".conf");
            Files.writeString(
                    config,
                    """
                    sentinel monitor main 127.0.0.1 %d 2
                    sentinel down-after-milliseconds main 1000
                    sentinel failover-timeout main 6000
                    """
                            .formatted(one.port()));
            opened.add(() -> Files.deleteIfExists(config));
            sentinels.add(open(RedisServer.start(config.toString(), "--sentinel")));
        }
        for (RedisServer each : sentinels) {
            Await.until(
                    "the sentinels know each other and the replica",
                    () -> {
                        String master = each.ask("SENTINEL", "MASTER", "main");
                        return field(master, "num-other-sentinels").equals("2")
                                && field(master, "num-slaves").equals("1");
                    });
        }
        replica = serve();
    }

    private Replica serve(String... more) {
        String hosts =
                sentinels.stream()
                        .map(each -> "127.0.0.1:" + each.port())
                        .collect(Collectors.joining(","));
        List<String> arguments =
                new ArrayList<>(List.of("--redis", "redis-sentinel://" + hosts + "/0#main"));
        arguments.addAll(List.of(more));
        Replica served = open(Replica.serve(arguments.toArray(String[]::new)));
        served.register(node);
        return served;
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private static String field(String reply, String name) {
        List<String> lines = reply.lines().toList();
        int at = lines.indexOf(name);
        return at < 0 ? "" : lines.get(at + 2);
    }

    private void isMaster(RedisServer server) {
        Await.until(
                "the replica is master",
                () -> server.ask("INFO", "replication").contains("role:master"));
    }

    /// Producers that repeat what was not accepted, as they should.
    private final class Producers {
        final Set<String> accepted = ConcurrentHashMap.newKeySet();
        volatile long lastAccepted = System.nanoTime();
        volatile long longestGap;
        private final AtomicBoolean closed = new AtomicBoolean();
        private final List<Thread> threads = new ArrayList<>();

        Producers() {
            for (int i = 0; i < 3; i++) {
                String prefix = "p" + i + "-";
                threads.add(Thread.ofVirtual().start(() -> run(prefix)));
            }
            opened.add(() -> closed.set(true));
        }

        private void run(String prefix) {
            for (int n = 0; !closed.get(); n++) {
                String id = prefix + n;
                while (!closed.get() && !accepted(id)) {
                    sleep(20);
                }
                sleep(5);
            }
        }

        private boolean accepted(String id) {
            HttpResponse<String> answer =
                    replica.post("/v1/requests", "{\"id\":\"" + id + "\",\"maxRetries\":5}");
            if (answer.statusCode() != 202) {
                assertEquals(503, answer.statusCode(), answer.body());
                return false;
            }
            long now = System.nanoTime();
            synchronized (this) {
                longestGap = Math.max(longestGap, now - lastAccepted);
                lastAccepted = now;
            }
            accepted.add(id);
            return true;
        }

        void end() throws InterruptedException {
            closed.set(true);
            for (Thread each : threads) {
                each.join(60_000);
            }
        }
    }

    private static void sleep(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void goesOn(String what, Producers producers, long since) {
        int before = producers.accepted.size();
        Await.until(
                "requests are accepted",
                () -> producers.accepted.size() > before + 20,
                () -> replica.program().said());
        int served = node.ledger().size();
        Await.until(
                "requests are dispatched",
                () -> node.ledger().size() > served + 10,
                () -> replica.program().said());
        System.out.printf(
                "%s: goes on after %d ms, longest time without an accepted request %d ms%n",
                what, (System.nanoTime() - since) / 1_000_000, producers.longestGap / 1_000_000);
        assertTrue(replica.program().running());
    }

    @Test
    void master_that_is_killed_is_followed_by_its_replica_without_a_restart() throws Exception {
        Producers producers = new Producers();
        Await.until("work goes on", () -> node.ledger().size() > 20);
        producers.longestGap = 0;
        long killed = System.nanoTime();
        one.kill();
        isMaster(two);
        goesOn("kill -9 of the master", producers, killed);
        producers.end();
        // nothing that the new master knows of is stuck
        Await.until(
                "all that is there is served",
                () -> replica.total("depth") + replica.total("inFlight") == 0,
                () -> replica.get("/v1/queues").body());
        Await.until("it is ready", () -> replica.get("/health/readiness").statusCode() == 200);
    }

    @Test
    void master_that_stands_still_is_left_for_its_replica_though_its_connections_stay_open()
            throws Exception {
        Producers producers = new Producers();
        Await.until("work goes on", () -> node.ledger().size() > 20);
        producers.longestGap = 0;
        long frozen = System.nanoTime();
        one.freeze();
        isMaster(two);
        goesOn("SIGSTOP of the master", producers, frozen);
        one.thaw();
        goesOn("and when it is back", producers, System.nanoTime());
        producers.end();
    }

    @Test
    void planned_failover_is_followed_without_a_restart() throws Exception {
        Producers producers = new Producers();
        Await.until("work goes on", () -> node.ledger().size() > 20);
        producers.longestGap = 0;
        long began = System.nanoTime();
        assertEquals("+OK", sentinels.getFirst().ask("SENTINEL", "FAILOVER", "main"));
        isMaster(two);
        goesOn("SENTINEL FAILOVER", producers, began);
        Await.until(
                "the old master follows",
                () -> one.ask("INFO", "replication").contains("role:slave"));
        goesOn("and when the old master is demoted", producers, System.nanoTime());
        producers.end();
    }

    @Test
    void planned_failover_loses_no_accepted_request_when_enqueues_wait_for_the_replica()
            throws Exception {
        replica.close();
        replica =
                serve(
                        "--set",
                        "yardmaster.redis.wait-replicas=1",
                        "--set",
                        "yardmaster.redis.wait-timeout=300ms");
        Producers producers = new Producers();
        Await.until("work goes on", () -> node.ledger().size() > 20);
        producers.longestGap = 0;
        long began = System.nanoTime();
        assertEquals("+OK", sentinels.getFirst().ask("SENTINEL", "FAILOVER", "main"));
        isMaster(two);
        goesOn("SENTINEL FAILOVER with WAIT 1", producers, began);
        producers.end();
        for (String id : producers.accepted) {
            Await.until(
                    id + " is served",
                    () -> replica.state(id).equals("succeeded"),
                    () -> replica.request(id) + "\n" + replica.program().said());
        }
        System.out.println(producers.accepted.size() + " accepted, all of them served");
    }
}
