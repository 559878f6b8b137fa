package io.yardmaster.dispatcher.operate;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// One planned failover under Sentinel.
///
/// 1. Writes wait (`CLIENT PAUSE WRITE`), so that nothing is accepted that could be left behind.
/// 2. Every replica has what the master has.
/// 3. Sentinel promotes one of them.
/// 4. The old master becomes its replica *before* its writes go on: what waited is refused
///    (`READONLY`), not lost, and is repeated at the new master.
///
/// Whatever goes wrong before 3 lets the writes go on where they were.
final class PlannedFailover {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final long STEP_MS = 20;

    /// The pause ends by itself when this program dies; it is prolonged while it lives. Longer than
    /// all questions to Sentinels that don't answer.
    private static final long PAUSE_MS = 15_000;

    private final RedisAddress address;
    private final Duration longest;
    private final PrintStream out;
    private final Sentinels sentinels;
    private long paused;

    PlannedFailover(RedisAddress address, Duration longest, PrintStream out) {
        this.address = address;
        this.longest = longest;
        this.out = out;
        this.sentinels = Sentinels.of(address, PATIENCE);
    }

    void run() throws IOException, InterruptedException {
        out.println("Sentinels: " + sentinels.quorum());
        RedisAddress.Host old = sentinels.master();
        try (RespLink master = RespLink.open(address.at(old), PATIENCE)) {
            List<RedisAddress.Host> replicas = replicas(master);
            out.println("Master " + old + ", replicas " + replicas);
            paused = System.nanoTime();
            pause(master);
            boolean begun = false;
            try {
                awaitCaughtUp(master, replicas);
                begun = true;
                sentinels.failover();
                RedisAddress.Host promoted = awaitPromoted(master, old);
                master.call("REPLICAOF", promoted.name(), promoted.port());
                hangUp(master);
                unpause(master);
                out.printf(
                        "Master is %s now; writes waited %d ms; nothing was left behind.%n",
                        promoted, millisPaused());
            } catch (IOException | RuntimeException e) {
                callOff(master, begun);
                throw e;
            }
        }
    }

    /// While Sentinel may be promoting another, the old master must not accept anything: its pause
    /// is left to end by itself, by which time Sentinel has made it a replica, or given up.
    private void callOff(RespLink master, boolean begun) {
        if (begun && sentinels.busy()) {
            out.println(
                    "Sentinel may still be promoting: writes wait up to "
                            + PAUSE_MS / 1000
                            + " s more. Look at SENTINEL MASTER "
                            + address.master());
        } else {
            unpause(master);
            out.println("Called off: writes go on at " + master.host());
        }
    }

    private long millisPaused() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - paused);
    }

    private static void pause(RespLink master) throws IOException {
        master.call("CLIENT", "PAUSE", PAUSE_MS, "WRITE");
    }

    private static void unpause(RespLink master) {
        try {
            master.call("CLIENT", "UNPAUSE");
        } catch (IOException e) {
            // it ends by itself
        }
    }

    /// Their clients look for the master again when their connection ends.
    private static void hangUp(RespLink master) throws IOException {
        for (String type : List.of("NORMAL", "PUBSUB")) {
            master.call("CLIENT", "KILL", "TYPE", type, "SKIPME", "YES");
        }
    }

    /// @throws Says.Stop when there is none that could take over
    private static List<RedisAddress.Host> replicas(RespLink master) throws IOException {
        Map<String, String> fields = master.info("replication");
        if (!"master".equals(fields.get("role"))) {
            throw new Says.Stop(
                    Says.FAILED, master.host() + " is no master", "ask the Sentinels again");
        }
        List<RedisAddress.Host> hosts = new ArrayList<>();
        List<String> unfit = new ArrayList<>();
        for (int i = 0; fields.containsKey("slave" + i); i++) {
            String words = fields.getOrDefault("slave" + i, "");
            if (words.contains("state=online")) {
                hosts.add(
                        new RedisAddress.Host(
                                words.replaceAll(".*ip=([^,]+).*", "$1"),
                                Integer.parseInt(words.replaceAll(".*port=(\\d+).*", "$1"))));
            } else {
                unfit.add(words);
            }
        }
        if (hosts.isEmpty() || !unfit.isEmpty()) {
            throw new Says.Stop(
                    Says.FAILED,
                    hosts.isEmpty()
                            ? "no replica is connected to " + master.host()
                            : "a replica is not in step: " + unfit,
                    "wait until every replica is online: redis-cli INFO replication");
        }
        return hosts;
    }

    /// No write is accepted any more, so the master's offset moves by its own heartbeats alone.
    private void awaitCaughtUp(RespLink master, List<RedisAddress.Host> replicas)
            throws IOException, InterruptedException {
        long offset =
                Long.parseLong(master.info("replication").getOrDefault("master_repl_offset", "0"));
        for (RedisAddress.Host host : replicas) {
            try (RespLink replica = reachable(host)) {
                while (true) {
                    Map<String, String> fields = replica.info("replication");
                    long has = Long.parseLong(fields.getOrDefault("slave_repl_offset", "0"));
                    if (has >= offset && "up".equals(fields.get("master_link_status"))) {
                        break;
                    }
                    onward(master, host + " has " + has + " of " + offset + " bytes");
                }
            }
        }
        out.println("Writes wait; every replica has all " + offset + " bytes");
    }

    private RespLink reachable(RedisAddress.Host host) {
        try {
            RespLink link = RespLink.open(address.at(host), PATIENCE);
            link.call("PING");
            return link;
        } catch (IOException e) {
            throw new Says.Stop(
                    Says.FAILED,
                    "replica " + host + " does not answer: " + e.getMessage(),
                    "mend it, or take it out of the replication first");
        }
    }

    private RedisAddress.Host awaitPromoted(RespLink master, RedisAddress.Host old)
            throws IOException, InterruptedException {
        while (true) {
            RedisAddress.Host now = believed(old);
            if (!now.equals(old) && isMaster(now)) {
                return now;
            }
            // Giving up while Sentinel goes on would let two masters accept writes.
            if (millisPaused() > longest.toMillis() && !sentinels.busy()) {
                throw new Says.Stop(
                        Says.FAILED,
                        "Sentinel promoted none within " + longest.toSeconds() + " s",
                        "look at the Sentinels' logs");
            }
            prolong(master);
        }
    }

    private RedisAddress.Host believed(RedisAddress.Host old) {
        try {
            return sentinels.master();
        } catch (IOException e) {
            return old; // none answers for the moment
        }
    }

    private boolean isMaster(RedisAddress.Host host) {
        try (RespLink link = RespLink.open(address.at(host), PATIENCE)) {
            return "master".equals(link.info("replication").get("role"));
        } catch (IOException e) {
            return false;
        }
    }

    private void onward(RespLink master, String state) throws IOException, InterruptedException {
        if (millisPaused() > longest.toMillis()) {
            throw new Says.Stop(
                    Says.FAILED,
                    "a replica did not catch up within " + longest.toSeconds() + " s: " + state,
                    "look at that replica's log, and try at a quieter time");
        }
        prolong(master);
    }

    private static void prolong(RespLink master) throws IOException, InterruptedException {
        Thread.sleep(STEP_MS);
        pause(master);
    }
}
