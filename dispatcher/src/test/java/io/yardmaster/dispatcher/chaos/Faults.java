package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Fault.Family;
import io.yardmaster.dispatcher.chaos.Fault.Strike;
import io.yardmaster.dispatcher.chaos.FaultProxy.Trouble;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Every fault that there is.
final class Faults {
    private Faults() {}

    static List<Fault> all() {
        List<Fault> all = new ArrayList<>();
        replicas(all);
        redis(all);
        links(all);
        nodes(all);
        return List.copyOf(all);
    }

    static Fault named(String name) {
        return all().stream()
                .filter(fault -> fault.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException(
                                "fault: "
                                        + name
                                        + " (expected: one of "
                                        + String.join(
                                                ", ", all().stream().map(Fault::name).toList())
                                        + ")"));
    }

    private static Fault fault(
            String name, Family family, int shortestMs, int longestMs, Strike strike) {
        return new Fault(
                name, family, Duration.ofMillis(shortestMs), Duration.ofMillis(longestMs), strike);
    }

    private static ReplicaSlot replica(Site site, int target) {
        return site.replica(target % site.replicas().size());
    }

    private static void replicas(List<Fault> all) {
        all.add(
                fault(
                        "replica-kill",
                        Family.REPLICA,
                        500,
                        4_000,
                        (site, target, length) -> {
                            ReplicaSlot slot = replica(site, target);
                            slot.kill();
                            Thread.sleep(length);
                            slot.start();
                        }));
        all.add(
                fault(
                        "replica-pause",
                        Family.REPLICA,
                        3_000,
                        6_000,
                        (site, target, length) -> {
                            ReplicaSlot slot = replica(site, target);
                            slot.signal("STOP");
                            try {
                                Thread.sleep(length);
                            } finally {
                                slot.signal("CONT");
                            }
                        }));
        all.add(
                fault(
                        "rolling-restart",
                        Family.REPLICA,
                        0,
                        0,
                        (site, _, _) -> {
                            for (ReplicaSlot slot : site.replicas()) {
                                int code = slot.end();
                                if (code != 0) {
                                    throw new IllegalStateException(
                                            slot.name()
                                                    + " ended with "
                                                    + code
                                                    + "\n"
                                                    + slot.said());
                                }
                                slot.start();
                                slot.awaitReady();
                            }
                        }));
        all.add(
                fault(
                        "replica-clock",
                        Family.REPLICA,
                        2_000,
                        4_000,
                        (site, target, length) -> {
                            Shim shim = replica(site, target).shim();
                            shim.stepClock(
                                    target % 2 == 0 ? Duration.ofHours(1) : Duration.ofHours(-1));
                            Thread.sleep(length);
                            shim.stepClock(Duration.ZERO);
                        }));
    }

    private static void redis(List<Fault> all) {
        all.add(
                fault(
                        "redis-kill",
                        Family.REDIS,
                        0,
                        2_000,
                        (site, _, length) -> {
                            site.redis().kill();
                            Thread.sleep(length);
                            site.redis().start();
                        }));
        all.add(
                fault(
                        "redis-restart",
                        Family.REDIS,
                        0,
                        500,
                        (site, _, length) -> {
                            site.redis().stop();
                            Thread.sleep(length);
                            site.redis().start();
                        }));
        all.add(
                fault(
                        "redis-pause",
                        Family.REDIS,
                        1_000,
                        5_000,
                        (site, _, length) -> {
                            site.redis().freeze();
                            try {
                                Thread.sleep(length);
                            } finally {
                                site.redis().thaw();
                            }
                        }));
        all.add(
                fault(
                        "redis-disk-full",
                        Family.REDIS,
                        2_000,
                        4_000,
                        (site, _, length) -> {
                            site.redis().disk().fill();
                            try {
                                Thread.sleep(length);
                            } finally {
                                site.redis().disk().free();
                            }
                        }));
        all.add(
                fault(
                        "redis-memory-full",
                        Family.REDIS,
                        2_000,
                        4_000,
                        (site, _, length) -> {
                            ForeignKeys foreign = new ForeignKeys(site.redis());
                            foreign.fill();
                            try {
                                Thread.sleep(length);
                            } finally {
                                foreign.free();
                            }
                        }));
        all.add(
                fault(
                        "redis-slow-fsync",
                        Family.REDIS,
                        2_000,
                        5_000,
                        (site, target, length) -> {
                            site.redis().shim().slowFsync(Duration.ofMillis(20 + 3L * target));
                            Thread.sleep(length);
                            site.redis().shim().slowFsync(Duration.ZERO);
                        }));
        all.add(
                fault(
                        "redis-clock",
                        Family.REDIS,
                        2_000,
                        4_000,
                        (site, target, length) -> {
                            Duration step =
                                    target % 2 == 0 ? Duration.ofHours(1) : Duration.ofHours(-1);
                            site.redis().shim().stepClock(step);
                            Thread.sleep(length);
                            site.redis().shim().stepClock(Duration.ZERO);
                        }));
        all.add(
                fault(
                        "redis-forgets-functions",
                        Family.REDIS,
                        500,
                        1_000,
                        (site, _, length) -> {
                            site.redis().ask("FUNCTION", "FLUSH");
                            Thread.sleep(length);
                        }));
    }

    private static void links(List<Fault> all) {
        for (Island.Cut cut : Island.Cut.values()) {
            String name = "partition-" + cut.name().toLowerCase(Locale.ROOT).replace('_', '-');
            all.add(
                    fault(
                            name,
                            Family.LINK,
                            2_500,
                            6_000,
                            (site, _, length) -> {
                                site.island().cut(cut, site.redis().port());
                                try {
                                    Thread.sleep(length);
                                } finally {
                                    site.island().mend();
                                }
                            }));
        }
        proxied(all, "link-replies-eaten", new Trouble.EatReplies(0.03));
        proxied(all, "link-slow", new Trouble.Slow(Duration.ofMillis(40)));
        proxied(all, "link-black-hole", new Trouble.BlackHole());
        proxied(all, "link-reset", new Trouble.Reset());
        proxied(all, "link-half-close", new Trouble.HalfClose());
    }

    private static void proxied(List<Fault> all, String name, Trouble trouble) {
        all.add(
                fault(
                        name,
                        Family.LINK,
                        2_500,
                        5_000,
                        (site, _, length) -> {
                            site.redisProxy().set(trouble);
                            Thread.sleep(length);
                            site.redisProxy().heal();
                        }));
    }

    private static void nodes(List<Fault> all) {
        for (Behaviour behaviour : Behaviour.values()) {
            if (behaviour.compareTo(Behaviour.HOLDS) > 0) {
                String name = "node-" + behaviour.name().toLowerCase(Locale.ROOT).replace('_', '-');
                all.add(
                        fault(
                                name,
                                Family.NODE,
                                2_000,
                                5_000,
                                (site, target, length) -> {
                                    // one strike in four is at all of them
                                    List<ChaosNode> struck =
                                            target < 25 && behaviour != Behaviour.REDIRECTS
                                                    ? site.nodes()
                                                    : List.of(site.node(2));
                                    struck.forEach(node -> node.behave(behaviour));
                                    Thread.sleep(length);
                                    heal(site);
                                }));
            }
        }
        for (Trouble trouble :
                List.of(
                        new Trouble.EatReplies(0.3),
                        new Trouble.Reset(),
                        new Trouble.Forgotten())) {
            String name =
                    "node-link-"
                            + trouble.getClass()
                                    .getSimpleName()
                                    .replaceAll("(?<=[a-z])(?=[A-Z])", "-")
                                    .toLowerCase(Locale.ROOT);
            all.add(
                    fault(
                            name,
                            Family.NODE,
                            2_000,
                            5_000,
                            (site, _, length) -> {
                                site.nodeProxy().set(trouble);
                                Thread.sleep(length);
                                site.nodeProxy().heal();
                            }));
        }
    }

    private static void heal(Site site) {
        site.nodes()
                .forEach(node ->
                        node.behave(
                                node.id().equals("n1")
                                        ? Behaviour.FAILS_SOMETIMES
                                        : Behaviour.SERVES));
    }

    /// Somebody else's keys, up to `maxmemory`.
    private record ForeignKeys(RedisServer redis) {
        private static final int ROOM = 3 << 20;
        private static final String BLOCK = "x".repeat(64 << 10);

        void fill() throws IOException {
            try (Resp connection = redis.connect(5_000)) {
                String memory = String.valueOf(connection.call("INFO", "memory"));
                long used = Long.parseLong(memory.replaceFirst("(?s).*used_memory:(\\d+).*", "$1"));
                connection.call("CONFIG", "SET", "maxmemory", Long.toString(used + ROOM));
                for (int i = 0; i < 1_000; i++) {
                    connection.call("SET", "foreign:" + i, BLOCK);
                }
            } catch (Resp.Refused full) {
                // that is what it is for
            }
        }

        void free() throws IOException {
            try (Resp connection = redis.connect(5_000)) {
                for (int i = 0; i < 1_000; i++) {
                    connection.call("DEL", "foreign:" + i);
                }
                connection.call("CONFIG", "SET", "maxmemory", "0");
            }
        }
    }
}
