package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.Redis;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A planned failover of Redis under real Sentinels, with producers at work.
@Tag("long")
class FailoverIT {
    private static final int ROUNDS = 3;

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

    /// Writers that know nothing of Yardmaster, and note what Redis acknowledged.
    private static final class Writers implements AutoCloseable {
        private final ConcurrentLinkedQueue<String> acknowledged = new ConcurrentLinkedQueue<>();
        private final List<Thread> threads = new ArrayList<>();
        private volatile boolean stopped;

        Writers(SentinelHouse house, int count) {
            for (int w = 0; w < count; w++) {
                String prefix = "w" + w + "-";
                threads.add(Thread.ofVirtual().start(() -> write(house, prefix)));
            }
        }

        private void write(SentinelHouse house, String prefix) {
            int i = 0;
            while (!stopped) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), house.master())) {
                    socket.setSoTimeout(30_000);
                    BufferedReader in =
                            new BufferedReader(
                                    new InputStreamReader(
                                            socket.getInputStream(), StandardCharsets.UTF_8));
                    while (!stopped) {
                        String item = prefix + i++;
                        socket.getOutputStream()
                                .write(
                                        ("SADD acked " + item + "\r\n")
                                                .getBytes(StandardCharsets.UTF_8));
                        String answer = in.readLine();
                        if (answer == null || answer.startsWith("-")) {
                            break; // refused or cut off: look for the master again
                        }
                        acknowledged.add(item);
                        Thread.sleep(1);
                    }
                } catch (IOException e) {
                    // it moves
                } catch (InterruptedException e) {
                    return;
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
    void planned_failovers_under_load_lose_no_acknowledged_write_and_no_accepted_request()
            throws Exception {
        SentinelHouse house = open(new SentinelHouse(directory));
        Node node = open(new Node("n1"));
        Replica replica =
                open(
                        Replica.serve(
                                "--redis",
                                house.shortUri(),
                                "--set",
                                "yardmaster.redis.timeout=5s",
                                "--set",
                                "yardmaster.rate-limit.producer.rate=0"));
        replica.register(node);
        Writers writers = open(new Writers(house, 8));
        Producers producers = open(new Producers(replica.url(), 4));
        for (int round = 1; round <= ROUNDS; round++) {
            int before = producers.accepted();
            int written = writers.acknowledged.size();
            Await.until(
                    "there is load",
                    () ->
                            producers.accepted() > before + 100
                                    && writers.acknowledged.size() > written + 500,
                    () -> producers.figures() + producers.someFailures());
            int old = house.master();
            long at = System.nanoTime();
            Program.Result result = Program.run("failover", "--redis", house.uri());
            System.out.println(result.out() + result.err());
            assertEquals(0, result.code(), result.toString());
            assertNotEquals(old, house.master());
            assertTrue(!house.isMaster(old), "the old master is a replica now");
            int then = producers.accepted();
            Await.until(
                    "requests are accepted again",
                    () -> producers.accepted() > then + 100,
                    () -> producers.figures() + producers.someFailures());
            System.out.printf(
                    "round %d: producers without service %d ms%n",
                    round, producers.longestGapMillis(at));
            Await.until(
                    "the old master is in step again",
                    () ->
                            RedisProcess.ask(house.master(), "INFO replication")
                                            .split("state=online", -1)
                                            .length
                                    == 3);
        }
        producers.close();
        writers.close();
        try (Redis redis = house.connect(house.master())) {
            Set<String> kept = new HashSet<>();
            redis.run(c -> c.smembers(Redis.bytes("acked")))
                    .forEach(item -> kept.add(Redis.text(item)));
            Set<String> lost = new HashSet<>(writers.acknowledged);
            lost.removeAll(kept);
            System.out.printf(
                    "acknowledged %d writes, lost %d%n", writers.acknowledged.size(), lost.size());
            assertEquals(Set.of(), lost);
        }
        Await.until(
                "everything ends",
                () -> replica.total("succeeded") == replica.total("enqueued"),
                () -> replica.get("/v1/queues").body() + replica.program().said());
        Map<String, List<Node.Received>> sends = Node.byId(node);
        Set<String> lost = new HashSet<>(producers.ids());
        lost.removeAll(sends.keySet());
        System.out.println(
                "accepted "
                        + producers.accepted()
                        + ", lost "
                        + lost.size()
                        + "; "
                        + producers.figures());
        assertEquals(Set.of(), lost);
        sends.values()
                .forEach(received ->
                        assertEquals(
                                received.size(),
                                received.stream().map(Node.Received::attempt).distinct().count(),
                                "an attempt was sent twice: " + received));
    }

    @Test
    void a_failover_that_cannot_be_done_is_called_off_and_writes_go_on() throws Exception {
        SentinelHouse house = open(new SentinelHouse(directory));
        house.kill(2);
        Await.until(
                "the master has noticed",
                () ->
                        RedisProcess.ask(house.port(0), "INFO replication")
                                .contains("connected_slaves:1"));
        // One that is behind and stays behind: it stands still.
        Program.signal("STOP", Long.toString(house.pid(1)));
        try {
            Program.Result result =
                    Program.run("failover", "--redis", house.uri(), "--timeout", "3");
            assertEquals(1, result.code(), result.toString());
            System.out.println(result.out() + result.err());
            assertTrue(
                    RedisProcess.ask(house.port(0), "SADD acked after").startsWith(":1"),
                    "writes go on at the old master");
            assertEquals(house.port(0), house.master());
        } finally {
            Program.signal("CONT", Long.toString(house.pid(1)));
        }
        assertEquals(2, Program.run("failover", "--redis", "redis://127.0.0.1:1").code());
    }
}
