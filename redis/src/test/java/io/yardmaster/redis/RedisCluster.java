package io.yardmaster.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// A real cluster on loopback: three masters, and a replica of each when asked for. Slots move and
/// masters die as a test orders.
public final class RedisCluster implements AutoCloseable {
    private static final int SLOTS = 16_384;
    private static final String[] OPTIONS = {
        "--cluster-enabled", "yes",
        "--cluster-node-timeout", "1500",
        "--cluster-config-file", "nodes.conf",
        "--appendonly", "yes"
    };

    private final List<RedisServer> masters = new ArrayList<>();
    private final List<RedisServer> replicas = new ArrayList<>();

    private RedisCluster() {}

    public static RedisCluster start(boolean withReplicas) {
        RedisCluster cluster = new RedisCluster();
        try {
            cluster.form(withReplicas);
            return cluster;
        } catch (RuntimeException | Error e) {
            cluster.close();
            throw e;
        }
    }

    private void form(boolean withReplicas) {
        for (int i = 0; i < 3; i++) {
            masters.add(RedisServer.start(OPTIONS));
        }
        for (int i = 0; withReplicas && i < 3; i++) {
            replicas.add(RedisServer.start(OPTIONS));
        }
        for (int i = 0; i < 3; i++) {
            int from = SLOTS * i / 3;
            int to = SLOTS * (i + 1) / 3 - 1;
            expectOk(masters.get(i).ask("CLUSTER", "ADDSLOTSRANGE", "" + from, "" + to));
            masters.get(i).ask("CLUSTER", "SET-CONFIG-EPOCH", "" + (i + 1));
        }
        RedisServer first = masters.getFirst();
        for (RedisServer each : all()) {
            if (each != first) {
                expectOk(first.ask("CLUSTER", "MEET", "127.0.0.1", "" + each.port()));
            }
        }
        for (RedisServer each : all()) {
            RedisServer.until(
                    "the cluster stands",
                    () -> {
                        String info = each.ask("CLUSTER", "INFO");
                        return info.contains("cluster_state:ok")
                                && info.contains("cluster_known_nodes:" + all().size());
                    });
        }
        for (int i = 0; i < replicas.size(); i++) {
            RedisServer replica = replicas.get(i);
            expectOk(replica.ask("CLUSTER", "REPLICATE", id(masters.get(i))));
            RedisServer.until(
                    "a replica follows",
                    () -> replica.ask("INFO", "replication").contains("master_link_status:up"));
        }
    }

    private List<RedisServer> all() {
        List<RedisServer> all = new ArrayList<>(masters);
        all.addAll(replicas);
        return all;
    }

    private static void expectOk(String answer) {
        if (!answer.equals("+OK")) {
            throw new AssertionError(answer);
        }
    }

    public static String id(RedisServer server) {
        return server.ask("CLUSTER", "MYID").strip();
    }

    public String uri() {
        return masters.stream().map(RedisServer::uri).collect(Collectors.joining(","));
    }

    public List<RedisServer> masters() {
        return masters;
    }

    public List<RedisServer> replicas() {
        return replicas;
    }

    public int slot(String key) {
        return Integer.parseInt(
                masters.getLast().ask("CLUSTER", "KEYSLOT", key).replace(":", "").strip());
    }

    /// The master that `servers` agree to have the slot of this key.
    public RedisServer owner(String key) {
        int slot = slot(key);
        for (RedisServer each : all()) {
            String line =
                    each.ask("CLUSTER", "NODES")
                            .lines()
                            .filter(l -> l.contains("myself") && l.contains("master"))
                            .findFirst()
                            .orElse("");
            String[] words = line.split(" ", -1);
            for (int i = 8; i < words.length; i++) {
                String[] range = words[i].split("-", 2);
                if (words[i].startsWith("[")) {
                    continue;
                }
                int from = Integer.parseInt(range[0]);
                int to = Integer.parseInt(range[range.length - 1]);
                if (from <= slot && slot <= to) {
                    return each;
                }
            }
        }
        throw new AssertionError("nobody has slot " + slot);
    }

    /// The first half of moving a slot: from now on each key is at one of the two.
    public void beginMove(int slot, RedisServer from, RedisServer to) {
        expectOk(to.ask("CLUSTER", "SETSLOT", "" + slot, "IMPORTING", id(from)));
        expectOk(from.ask("CLUSTER", "SETSLOT", "" + slot, "MIGRATING", id(to)));
    }

    /// Moves up to `most` keys; how many there were.
    public int moveKeys(int slot, RedisServer from, RedisServer to, int most) {
        String reply = from.ask("CLUSTER", "GETKEYSINSLOT", "" + slot, "" + most);
        List<String> keys =
                reply.lines().skip(1).filter(l -> !l.startsWith("$")).map(String::strip).toList();
        for (String key : keys) {
            expectOk(from.ask("MIGRATE", "127.0.0.1", "" + to.port(), key, "0", "5000"));
        }
        return keys.size();
    }

    public void endMove(int slot, RedisServer to) {
        expectOk(to.ask("CLUSTER", "SETSLOT", "" + slot, "NODE", id(to)));
        for (RedisServer each : masters) {
            if (each != to) {
                each.ask("CLUSTER", "SETSLOT", "" + slot, "NODE", id(to));
            }
        }
    }

    @Override
    public void close() {
        all().forEach(RedisServer::close);
    }
}
