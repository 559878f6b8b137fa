package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Two replicas and twelve shards over a Redis Cluster of three masters, each with a replica.
@Tag("long")
@SuppressWarnings("NullAway.Init") // each test starts with start()
class ClusterIT {
    private static final int SHARDS = 12;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisCluster cluster = open(new RedisCluster(3));
    private final Node[] nodes = {open(new Node("n1")), open(new Node("n2"))};
    private Replica one;
    private Replica two;

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private void start(String... settings) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--redis",
                                cluster.uri(),
                                "--set",
                                "yardmaster.rate-limit.producer.rate=0",
                                "--set",
                                "yardmaster.lease=3s",
                                "--set",
                                "yardmaster.shards=" + SHARDS));
        for (String setting : settings) {
            arguments.addAll(List.of("--set", setting));
        }
        Program first = open(Replica.launch(arguments.toArray(String[]::new)));
        Program second = open(Replica.launch(arguments.toArray(String[]::new)));
        one = Replica.await(first);
        two = Replica.await(second);
        one.register(nodes);
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    /// A producer that knows only Redis: each id until it is in, at shards in turn.
    private static final class Caller implements AutoCloseable {
        private final Redis redis;
        private final Set<String> accepted = ConcurrentHashMap.newKeySet();
        private final Thread thread;
        private volatile boolean stopping;

        Caller(Redis redis) {
            this.redis = redis;
            this.thread = Thread.ofVirtual().start(this::run);
        }

        private void run() {
            for (int i = 0; !stopping; i++) {
                String id = "call-" + i;
                String base = "{yard:" + i % SHARDS + "}";
                boolean in = false;
                while (!in) {
                    try {
                        List<Object> answer =
                                redis.call(
                                        "yard_enqueue",
                                        base,
                                        "ID",
                                        id,
                                        "RETRIES",
                                        "3",
                                        "BODY",
                                        "x");
                        String code = Redis.text((byte[]) answer.getFirst());
                        if (!code.equals("queued") && !code.equals("duplicate")) {
                            throw new AssertionError(code);
                        }
                        in = true;
                    } catch (RedisFailure e) {
                        LockSupport.parkNanos(50_000_000);
                    }
                }
                accepted.add(id);
                LockSupport.parkNanos(5_000_000);
            }
        }

        @Override
        public void close() {
            stopping = true;
            try {
                thread.join(90_000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            redis.close();
        }
    }

    @Test
    void slots_move_to_other_masters_while_traffic_flows() throws Exception {
        start();
        int shard = 4;
        // So that there is something to move: these wait for long.
        for (int i = 0; i < 6000; ) {
            StringBuilder batch = new StringBuilder();
            for (int end = i + 1000; i < end; i++) {
                batch.append("{\"id\":\"later-" + i + "\",\"delayMs\":3600000}\n");
            }
            HttpResponse<String> answer =
                    one.send(
                            "POST",
                            "/v1/requests/batch",
                            batch.toString(),
                            "Content-Type",
                            "application/x-ndjson");
            assertEquals(1000, Replica.json(answer.body()).path("accepted").asInt(), answer.body());
        }

        Traffic traffic = open(new Traffic(one, two));
        traffic.start();
        Caller caller = open(new Caller(cluster.connect()));
        ShardProbe moved = open(new ShardProbe("moved", two, SHARDS, home -> home == shard));
        ShardProbe others = open(new ShardProbe("other", two, SHARDS, home -> home != shard));
        traffic.awaitAccepted(200);
        Await.until("all go well", () -> moved.count() > 20 && others.count() > 20);
        for (int round = 0; round < 2; round++) {
            RedisCluster.Member from = cluster.masterOf(shard);
            RedisCluster.Member to =
                    cluster.masters().stream()
                            .filter(each -> each != from)
                            .findFirst()
                            .orElseThrow();
            moved.reset();
            others.reset();
            long began = System.nanoTime();
            int keys = cluster.move(shard, from, to);
            long took = (System.nanoTime() - began) / 1_000_000;
            int so = moved.count();
            Await.until(
                    "the shard goes on at its new master",
                    () -> moved.count() > so + 20,
                    () -> one.program().said() + two.program().said());
            System.out.printf(
                    "slot of {yard:%d} with %d keys moved in %d ms: the shard took nothing for %d ms, the others for %d ms%n",
                    shard, keys, took, moved.longestGap(), others.longestGap());
        }
        traffic.stop();
        caller.close();
        moved.close();
        others.close();
        Set<String> accepted = new HashSet<>(traffic.acceptedIds());
        accepted.addAll(caller.accepted);
        accepted.addAll(moved.accepted());
        accepted.addAll(others.accepted());
        awaitAllSent(accepted);
        int twice = everySendWasCounted();
        assertEquals(6000, one.total("scheduled"), "requests that waited");
        System.out.println(
                accepted.size() + " accepted, all sent, " + twice + " more than once, lost 0");
    }

    @Test
    void master_dies_and_its_replica_takes_over() throws Exception {
        start("yardmaster.redis.wait-replicas=1", "yardmaster.redis.wait-timeout=500ms");
        int shard = 4;
        RedisCluster.Member master = cluster.masterOf(shard);
        Set<Integer> gone = new HashSet<>();
        for (int each = 0; each < SHARDS; each++) {
            if (cluster.masterOf(each) == master) {
                gone.add(each);
            }
        }
        Traffic traffic = open(new Traffic(one, two));
        traffic.start();
        ShardProbe hit = open(new ShardProbe("hit", two, SHARDS, gone::contains));
        ShardProbe others =
                open(new ShardProbe("other", two, SHARDS, home -> !gone.contains(home)));
        traffic.awaitAccepted(200);
        Await.until("all go well", () -> hit.count() > 20 && others.count() > 20);
        hit.reset();
        others.reset();

        cluster.kill(master);
        Await.until(
                "health names the shards that are away",
                () -> Replica.json(one.get("/health").body()).path("shardsAway").size() > 0);
        assertEquals(200, one.get("/health/readiness").statusCode(), "others answer");
        int free = 0;
        int refused = 0;
        for (int i = 0; i < 50; i++) {
            int status = one.post("/v1/requests", "{\"priority\":\"low\"}").statusCode();
            free += status == 202 ? 1 : 0;
            refused += status == 202 ? 0 : 1;
        }
        Await.until("the replica is promoted", () -> cluster.masterOf(shard) != master);
        cluster.start(master);
        int so = hit.count();
        Await.until(
                "its shards go on",
                () -> hit.count() > so + 20,
                () -> one.program().said() + two.program().said());
        System.out.printf(
                "master of shards %s killed: they took nothing for %d ms, the others for %d ms;"
                        + " of 50 requests without id %d were accepted meanwhile%n",
                gone, hit.longestGap(), others.longestGap(), free);
        assertTrue(free > refused, "requests that may go anywhere: " + free);
        assertTrue(others.longestGap() < 5_000, "the others stood still, too");
        traffic.stop();
        hit.close();
        others.close();
        Set<String> accepted = new HashSet<>(traffic.acceptedIds());
        accepted.addAll(hit.accepted());
        accepted.addAll(others.accepted());
        awaitAllSent(accepted);
        int twice = everySendWasCounted();
        System.out.println(
                accepted.size() + " accepted, all sent, " + twice + " more than once, lost 0");
    }

    private void awaitAllSent(Set<String> accepted) {
        Await.until(
                "all that were accepted have reached a node",
                () -> Node.byId(nodes).keySet().containsAll(accepted),
                () -> {
                    Set<String> missing = new HashSet<>(accepted);
                    missing.removeAll(Node.byId(nodes).keySet());
                    String first = missing.iterator().next();
                    return missing.size()
                            + " missing, "
                            + one.request(first)
                            + "\n"
                            + one.program().said()
                            + two.program().said();
                });
        Await.until(
                "nothing is left",
                () -> one.total("depth") + one.total("inFlight") == 0,
                () -> one.get("/v1/queues").body());
        for (String id : accepted) {
            if (id.hashCode() % 20 == 0) {
                assertEquals("succeeded", two.state(id), id);
            }
        }
    }

    /// No attempt reached a node twice, and no request more often than its attempts say.
    private int everySendWasCounted() {
        int twice = 0;
        for (Map.Entry<String, List<Node.Received>> each : Node.byId(nodes).entrySet()) {
            List<Node.Received> sends = each.getValue();
            if (sends.size() > 1) {
                twice++;
                long attempts = sends.stream().map(Node.Received::attempt).distinct().count();
                assertEquals(sends.size(), attempts, "an attempt was sent twice: " + sends);
                int counted = one.request(each.getKey()).path("attempts").asInt();
                assertTrue(sends.size() <= counted, counted + " attempts on record: " + sends);
            }
        }
        return twice;
    }
}
