package io.yardmaster.queue.model;

import io.yardmaster.queue.model.Shard.Request;
import io.yardmaster.queue.model.Step.Repeated;
import io.yardmaster.queue.model.Way.Ending;
import io.yardmaster.queue.model.Way.Want;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What replicas do; what each believes to hold, and what ghosts of former leases may still say.
final class Fleet {
    static final int SERVICE_BURST = 40;

    private static final int GHOSTS_MOST = 60;
    private static final String NEVER_REFILLS = "0.000001";
    private static final long LEASE = 5000;

    private final Draw draw;
    private final Shard shard;
    private final Way way;
    private final List<Replica> replicas =
            List.of(new Replica("x"), new Replica("y"), new Replica("z"));
    private final List<Held> ghosts = new ArrayList<>();

    Fleet(Draw draw) {
        this.draw = draw;
        this.shard = draw.shard;
        this.way = new Way(shard);
    }

    /// A lease that a replica has, or believes to have.
    ///
    /// @param spare attempts that are left after this one
    record Held(String id, int attempt, String nonce, int spare, String fingerprint) {
        String member() {
            return id + "." + attempt + "|" + nonce;
        }

        boolean bringsItsReplicaDown() {
            return id.endsWith("0");
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

    private Replica any() {
        return replicas.get(draw.random.nextInt(replicas.size()));
    }

    Optional<Held> ghost() {
        return draw.anyOf(ghosts);
    }

    /// One of the replica's leases, which from then on is a ghost.
    private Held let(Replica replica) {
        Held held = replica.held.remove(draw.random.nextInt(replica.held.size()));
        haunt(held);
        return held;
    }

    private void haunt(Held held) {
        if (ghosts.size() < GHOSTS_MOST) {
            ghosts.add(held);
        } else {
            ghosts.set(draw.random.nextInt(GHOSTS_MOST), held);
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

    private Ending ending(Held held) {
        int percent = draw.random.nextInt(100);
        String json = "{\"by\":\"" + held.nonce() + "\"}";
        if (percent < 40) {
            return ending(held, "succeeded", json, held.fingerprint());
        } else if (percent < 60) {
            return ending(held, "release", delay(), "");
        }
        String line = "{\"attempt\":" + held.attempt() + ",\"cause\":\"status-503\"}";
        if (percent < 65) {
            return ending(held, "defer", delay(), line);
        } else if (percent < 90 && held.spare() > 0) {
            return ending(held, "retry", delay(), line);
        }
        return ending(held, "dead", json, held.fingerprint());
    }

    private static Ending ending(Held held, String kind, String detail, String extra) {
        return new Ending(held.id(), held.attempt(), held.nonce(), kind, detail, extra);
    }

    private String delay() {
        return Long.toString(draw.random.nextBoolean() ? 0 : draw.random.nextLong(1, 8000));
    }

    /// A take that is drawn: what the function is told, and what that means.
    record Taking(List<Object> arguments, Supplier<List<Object>> meaning) {}

    Step take() {
        return step(taking());
    }

    private Step step(Taking taking) {
        return Step.call(
                draw.random.nextInt(3) == 0 ? "yard_take" : "yard_take_plain",
                taking.arguments(),
                Repeated.BATCH,
                _ -> taking.meaning().get());
    }

    Taking taking() {
        List<String> queues = new ArrayList<>();
        for (int i = draw.random.nextInt(1, 4); i > 0; i--) {
            String queue = draw.queue();
            if (!queues.contains(queue)) {
                queues.add(queue);
            }
        }
        List<Want> wants =
                queues.stream()
                        .map(queue -> new Want(queue, draw.random.nextInt(1, 6), burst(queue)))
                        .toList();
        return taking(any(), draw.nonce(), wants);
    }

    private Taking taking(Replica replica, String nonce, List<Want> wants) {
        List<Object> arguments = new ArrayList<>(List.of(replica.name, nonce, LEASE));
        for (Want want : wants) {
            Object rate = want.burst() > 0 ? NEVER_REFILLS : 0;
            arguments.addAll(List.of(want.queue(), want.most(), rate, want.burst()));
        }
        replica.lastWants = wants;
        return new Taking(
                arguments,
                () -> {
                    List<Object> answer = way.take(replica.name, nonce, LEASE, wants);
                    List<?> items = (List<?>) answer.getFirst();
                    for (int i = 1; i < items.size(); i += 3) {
                        replica.hold(shard.requests.get(items.get(i)));
                    }
                    return answer;
                });
    }

    /// The answer to the last take was lost for so long that other things have happened since.
    Step takeAgain() {
        return takeAgain(any().name);
    }

    Step takeAgain(String name) {
        Shard.Take last = shard.takes.get(name);
        Replica replica =
                replicas.stream().filter(r -> r.name.equals(name)).findFirst().orElseThrow();
        return last == null ? take() : step(taking(replica, last.nonce(), replica.lastWants));
    }

    Step renew() {
        List<String> members = someMembers();
        return prolong("yard_renew", members, () -> way.renew(LEASE, members));
    }

    Step sent() {
        return sent(someMembers());
    }

    private Step sent(List<String> members) {
        return prolong("yard_sent", members, () -> way.sent(LEASE, members));
    }

    private List<String> someMembers() {
        List<String> members = new ArrayList<>();
        any().held.stream().limit(10).map(Held::member).forEach(members::add);
        ghost().map(Held::member).ifPresent(members::add);
        return members;
    }

    private static Step prolong(
            String function, List<String> members, Supplier<List<Object>> meaning) {
        List<Object> arguments = new ArrayList<>(List.of(LEASE));
        arguments.addAll(members);
        return Step.call(function, arguments, Repeated.PROLONGED, _ -> meaning.get());
    }

    Step settle() {
        Replica replica = any();
        List<Ending> endings = new ArrayList<>();
        for (int i = draw.random.nextInt(1, 5); i > 0 && !replica.held.isEmpty(); i--) {
            Held held = let(replica);
            if (held.bringsItsReplicaDown()) {
                draw.plan(sent(List.of(held.member())));
            } else {
                endings.add(ending(held));
            }
        }
        if (draw.random.nextInt(8) == 0) {
            ghost().ifPresent(held -> endings.add(ending(held)));
        }
        if (!endings.isEmpty() && draw.random.nextInt(8) == 0) {
            endings.add(draw.random.nextInt(endings.size()), endings.getFirst());
        }
        return settle(endings);
    }

    private Step settle(List<Ending> endings) {
        boolean packed = draw.random.nextInt(3) > 0;
        List<Object> arguments = new ArrayList<>();
        endings.forEach(ending -> arguments.addAll(packed ? ending.packed() : ending.arguments()));
        String function = packed ? "yard_settle_packed" : "yard_settle";
        return Step.call(function, arguments, Repeated.SAME, _ -> way.settle(endings));
    }

    Step settle(Held held) {
        return settle(List.of(ending(held)));
    }

    Step lateWord() {
        return ghost().map(this::settle).orElseGet(this::take);
    }

    Step reclaim() {
        int most = draw.random.nextInt(1, 10);
        return Step.call(
                "yard_reclaim", List.of(most), Repeated.NEXT, _ -> List.of(way.reclaim(most)));
    }

    Step promote() {
        int most = draw.random.nextInt(1, 10);
        return Step.call(
                "yard_promote", List.of(most), Repeated.NEXT, _ -> List.of(way.promote(most)));
    }

    Step tend() {
        return tend(draw.random.nextInt(1000));
    }

    Step tend(long sinceLast) {
        Replica replica = any();
        int most = draw.random.nextInt(1, 20);
        return Step.call(
                        "yard_tend",
                        List.of(replica.name, sinceLast, most),
                        Repeated.NEXT,
                        _ -> way.tend(replica.name, most))
                .catchingUp(sinceLast);
    }

    private static int burst(String queue) {
        return queue.startsWith("b:") ? SERVICE_BURST : 0;
    }
}
