package io.yardmaster.queue.model;

import io.yardmaster.queue.model.RealShard.Clock;
import io.yardmaster.queue.model.Shard.Request;
import io.yardmaster.queue.model.Way.Ending;
import io.yardmaster.queue.model.Way.Want;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// The replicas as they see themselves: what each believes to hold, and what ghosts of former
/// leases may still say.
final class Fleet {
    private static final int GHOSTS_MOST = 60;

    private final RandomGenerator random;
    private final List<Replica> replicas =
            List.of(new Replica("x"), new Replica("y"), new Replica("z"));
    private final List<Held> ghosts = new ArrayList<>();
    private int nonces;
    Clock clock = new Clock(0, 0);

    Fleet(RandomGenerator random) {
        this.random = random;
    }

    /// A lease that a replica has, or believes to have.
    ///
    /// @param spare attempts that are left after this one
    record Held(String id, int attempt, String nonce, int spare, String fingerprint) {
        String member() {
            return id + "." + attempt + "|" + nonce;
        }
    }

    static final class Replica {
        final String name;
        final List<Held> held = new ArrayList<>();
        List<Want> lastWants = List.of();

        Replica(String name) {
            this.name = name;
        }

        void hold(@org.jspecify.annotations.Nullable Request r) {
            if (r == null) {
                return;
            }
            int spare = r.attemptsAllowed() - r.attempts;
            Held lease = new Held(r.id, r.attempts, r.nonce, spare, Shard.fingerprint(r.content));
            if (!held.contains(lease)) {
                held.add(lease);
            }
        }
    }

    Replica any() {
        return replicas.get(random.nextInt(replicas.size()));
    }

    static <T> Optional<T> anyOf(RandomGenerator random, Collection<T> values) {
        return values.isEmpty()
                ? Optional.empty()
                : values.stream().skip(random.nextInt(values.size())).findFirst();
    }

    /// Eight characters that never come again.
    String nonce() {
        return "n" + (1_000_000 + nonces++);
    }

    Optional<Held> ghost() {
        return anyOf(random, ghosts);
    }

    /// One of the replica's leases, which from then on is a ghost.
    Held let(Replica replica) {
        Held held = replica.held.remove(random.nextInt(replica.held.size()));
        haunt(held);
        return held;
    }

    private void haunt(Held held) {
        if (ghosts.size() < GHOSTS_MOST) {
            ghosts.add(held);
        } else {
            ghosts.set(random.nextInt(GHOSTS_MOST), held);
        }
    }

    /// A replica dies with all it holds, and starts again under its name.
    Step crash() {
        Replica replica = any();
        return Step.outside(
                "crash of " + replica.name,
                _ -> {},
                () -> {
                    replica.held.forEach(this::haunt);
                    replica.held.clear();
                });
    }

    Ending ending(Held held) {
        int draw = random.nextInt(100);
        String json = "{\"by\":\"" + held.nonce() + "\"}";
        if (draw < 40) {
            return ending(held, "succeeded", json, held.fingerprint());
        } else if (draw < 60) {
            return ending(held, "release", delay(), "");
        }
        String line = "{\"attempt\":" + held.attempt() + ",\"cause\":\"status-503\"}";
        if (draw < 65) {
            return ending(held, "defer", delay(), line);
        } else if (draw < 90 && held.spare() > 0) {
            return ending(held, "retry", delay(), line);
        }
        return ending(held, "dead", json, held.fingerprint());
    }

    private static Ending ending(Held held, String kind, String detail, String extra) {
        return new Ending(held.id(), held.attempt(), held.nonce(), kind, detail, extra);
    }

    private String delay() {
        return Long.toString(random.nextBoolean() ? 0 : random.nextLong(1, 8000));
    }
}
