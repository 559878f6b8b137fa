package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A real cluster whose slots move and whose masters die while calls go on.
class ClusterTest {
    /// Keeps two keys that must always say the same, and asks for one that is never there first: so
    /// it stops before it writes while the slot moves.
    private static final FunctionLibrary LIBRARY =
            FunctionLibrary.ofSource(
                    """
                    redis.register_function('pair', function(keys, args)
                      redis.call('EXISTS', keys[1] .. ':nowhere')
                      redis.call('SET', keys[1] .. ':a:' .. args[1], args[2])
                      redis.call('SET', keys[1] .. ':b:' .. args[1], args[2])
                      return {'ok'}
                    end)
                    redis.register_function{function_name='both', flags={'no-writes'}, callback=function(keys, args)
                      return {redis.call('GET', keys[1] .. ':a:' .. args[1]), redis.call('GET', keys[1] .. ':b:' .. args[1])}
                    end}
                    """);

    private static final String BASE = "{yard:0}";

    private final List<AutoCloseable> opened = new ArrayList<>();

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    private Redis connect(RedisCluster cluster) {
        return open(
                Redis.connect(
                        new RedisConfig(cluster.uri(), Duration.ofMillis(800)),
                        LIBRARY,
                        RedisFixture.LOOPS));
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    /// Calls that go on in the background, and what became of them.
    private static final class Traffic {
        private final AtomicBoolean closed = new AtomicBoolean();
        private final AtomicInteger next = new AtomicInteger();
        final Map<Integer, String> acknowledged = new ConcurrentHashMap<>();
        final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
        volatile long lastAnswer = System.nanoTime();
        volatile long longestGap;
        private final List<Thread> threads = new ArrayList<>();

        Traffic(Redis redis) {
            for (int i = 0; i < 4; i++) {
                threads.add(Thread.ofVirtual().start(() -> run(redis)));
            }
        }

        private void run(Redis redis) {
            while (!closed.get()) {
                int n = next.incrementAndGet();
                try {
                    redis.call("pair", BASE, n, "v" + n);
                    acknowledged.put(n, "v" + n);
                    long now = System.nanoTime();
                    longestGap = Math.max(longestGap, now - lastAnswer);
                    lastAnswer = now;
                } catch (RedisFailure.NotExecuted e) {
                    failures.computeIfAbsent(e.code(), _ -> new LongAdder()).increment();
                } catch (RedisFailure e) {
                    String kind = e.getClass().getSimpleName();
                    failures.computeIfAbsent(kind, _ -> new LongAdder()).increment();
                }
                pause(2);
            }
        }

        void goesOn(String what) {
            int before = acknowledged.size();
            long began = System.nanoTime();
            RedisServer.until(what, () -> acknowledged.size() > before + 20);
            System.out.printf(
                    "%s after %d ms; longest gap %d ms; failures %s%n",
                    what,
                    (System.nanoTime() - began) / 1_000_000,
                    longestGap / 1_000_000,
                    new TreeMap<>(failures));
        }

        void end() throws InterruptedException {
            closed.set(true);
            for (Thread each : threads) {
                each.join(Duration.ofSeconds(20));
            }
        }
    }

    private static void pause(long ms) {
        try {
            Thread.sleep(ms);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void allThere(Redis redis, Traffic traffic) {
        traffic.acknowledged.forEach((n, value) -> {
            List<Object> both = redis.call("both", BASE, n);
            assertEquals(value, said(both.get(0)), "a:" + n);
            assertEquals(value, said(both.get(1)), "b:" + n);
        });
    }

    private static String said(Object value) {
        return value instanceof byte[] bytes ? Redis.text(bytes) : "nothing";
    }

    @Test
    void slot_that_moves_while_calls_go_on_loses_nothing_and_is_followed() throws Exception {
        RedisCluster cluster = open(RedisCluster.start(false));
        Redis redis = connect(cluster);
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        redis.subscribe(BASE + ":wake", message -> heard.add(Redis.text(message)));
        RedisServer from = cluster.owner(BASE);
        RedisServer to =
                cluster.masters().stream().filter(each -> each != from).findFirst().orElseThrow();
        int slot = cluster.slot(BASE);
        Traffic traffic = new Traffic(redis);
        opened.add(traffic::end);
        traffic.goesOn("calls are answered");

        cluster.beginMove(slot, from, to);
        int moved = cluster.moveKeys(slot, from, to, 5);
        RedisServer.until("calls are refused", () -> traffic.failures.containsKey("ASK"));
        int answered = traffic.acknowledged.size();
        for (int keys = 1; keys > 0; ) {
            keys = cluster.moveKeys(slot, from, to, 100);
            moved += keys;
        }
        assertTrue(traffic.acknowledged.size() <= answered + 4, "a call ran on half of the keys");
        cluster.endMove(slot, to);
        System.out.println(moved + " keys moved");

        traffic.goesOn("the new master is found");
        assertEquals(to.port(), cluster.owner(BASE).port());
        traffic.end();
        allThere(redis, traffic);
        assertTrue(
                traffic.failures.keySet().stream().noneMatch("Rejected"::equals),
                traffic.failures.toString());
        RedisServer.until(
                "messages of the new master arrive",
                () -> {
                    to.ask("SPUBLISH", BASE + ":wake", "hello");
                    return "hello".equals(heard.poll(50, TimeUnit.MILLISECONDS));
                });
    }

    @Test
    void master_that_is_killed_is_followed_by_its_replica() throws Exception {
        RedisCluster cluster = open(RedisCluster.start(true));
        Redis redis = connect(cluster);
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        redis.subscribe(BASE + ":wake", message -> heard.add(Redis.text(message)));
        RedisServer master = cluster.owner(BASE);
        RedisServer replica = cluster.replicas().get(cluster.masters().indexOf(master));
        Traffic traffic = new Traffic(redis);
        opened.add(traffic::end);
        traffic.goesOn("calls are answered");

        master.kill();
        traffic.goesOn("the promoted replica answers");

        assertEquals(replica.port(), cluster.owner(BASE).port());
        RedisServer.until(
                "messages of the new master arrive",
                () -> {
                    replica.ask("SPUBLISH", BASE + ":wake", "hello");
                    return "hello".equals(heard.poll(50, TimeUnit.MILLISECONDS));
                });
        assertTrue(
                traffic.failures.keySet().stream().noneMatch("Rejected"::equals),
                traffic.failures.toString());
    }

    @Test
    void master_that_stands_still_is_followed_by_its_replica_and_holds_up_no_other()
            throws Exception {
        RedisCluster cluster = open(RedisCluster.start(true));
        Redis redis = connect(cluster);
        RedisServer master = cluster.owner(BASE);
        String elsewhere = null;
        for (int i = 1; elsewhere == null; i++) {
            elsewhere = cluster.owner("{yard:" + i + "}") == master ? null : "{yard:" + i + "}";
        }
        redis.call("pair", elsewhere, 1, "v");
        Traffic traffic = new Traffic(redis);
        opened.add(traffic::end);
        traffic.goesOn("calls are answered");
        master.freeze();
        long slowest = 0;
        for (int i = 0; i < 200; i++) {
            long began = System.nanoTime();
            redis.call("pair", elsewhere, i, "v");
            slowest = Math.max(slowest, System.nanoTime() - began);
            pause(5);
        }
        System.out.println("slowest call elsewhere: " + slowest / 1_000_000 + " ms");
        traffic.goesOn("the promoted replica answers");
        master.thaw();
        traffic.goesOn("so it does when the old master is back");
    }

    @Test
    void planned_failover_is_followed() throws Exception {
        RedisCluster cluster = open(RedisCluster.start(true));
        Redis redis = connect(cluster);
        RedisServer master = cluster.owner(BASE);
        RedisServer replica = cluster.replicas().get(cluster.masters().indexOf(master));
        Traffic traffic = new Traffic(redis);
        opened.add(traffic::end);
        traffic.goesOn("calls are answered");
        replica.ask("CLUSTER", "FAILOVER");
        RedisServer.until(
                "the replica is master", () -> cluster.owner(BASE).port() == replica.port());
        traffic.goesOn("the promoted replica answers");
        traffic.end();
        allThere(redis, traffic);
    }

    @Test
    void functions_are_brought_to_a_master_that_has_none() {
        RedisCluster cluster = open(RedisCluster.start(false));
        Redis redis = connect(cluster);
        cluster.owner(BASE).ask("FUNCTION", "FLUSH");
        redis.call("pair", BASE, 1, "v");
    }

    @Test
    void cluster_without_the_slots_master_is_named() {
        RedisCluster cluster = open(RedisCluster.start(false));
        Redis redis = connect(cluster);
        redis.call("pair", BASE, 1, "v");
        cluster.owner(BASE).kill();
        RedisServer.until(
                "the failure says that nothing ran",
                () -> {
                    try {
                        redis.call("pair", BASE, 2, "v");
                        return false;
                    } catch (RedisFailure e) {
                        return assertInstanceOf(RedisFailure.class, e)
                                instanceof RedisFailure.NotExecuted;
                    }
                });
    }
}
