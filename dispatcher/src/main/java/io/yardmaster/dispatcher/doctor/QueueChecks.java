package io.yardmaster.dispatcher.doctor;

import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/// Whether requests move.
final class QueueChecks {
    private static final long LONG_PAUSE_MS = Duration.ofHours(1).toMillis();
    private static final long STUCK_MS = Duration.ofHours(1).toMillis();
    private static final long SLOW_MS = Duration.ofMinutes(1).toMillis();

    /// More of its priority's timeouts than this is a long wait.
    private static final int TIMEOUTS = 10;

    private static final double NEARLY = 0.8;
    private static final long INGRESS_MANY = 1_000;
    private static final long INGRESS_TOO_MANY = 100_000;
    private static final long QUARANTINE_BOUND = 10_000;

    private final Installation at;
    private final List<QueueDepth> depths = new ArrayList<>();

    QueueChecks(Installation at) {
        this.at = at;
    }

    List<Check> list() {
        return List.of(
                Check.ofRedis(
                        "nodes-for-work",
                        "work waits for ever when nobody can do it",
                        this::served),
                Check.ofRedis(
                        "waiting", "requests that wait too long miss their use", this::waiting),
                Check.ofRedis(
                        "paused", "a queue that was paused and forgotten fills up", this::paused),
                Check.ofRedis("full", "a full queue refuses requests with 503", this::full),
                Check.ofRedis(
                        "dead",
                        "dead requests are work that was not done; too many push out the oldest",
                        this::dead),
                Check.ofRedis(
                        "ingress",
                        "what producers push is a request only when a replica has admitted it",
                        this::ingress),
                Check.ofRedis(
                        "quarantine",
                        "what was pushed and is no request is lost work",
                        this::quarantine));
    }

    private List<QueueDepth> depths() {
        if (depths.isEmpty()) {
            depths.addAll(at.depths().get());
        }
        return depths;
    }

    private Verdict served() {
        TreeSet<String> alone = new TreeSet<>();
        TreeSet<String> waiting = new TreeSet<>();
        for (QueueDepth depth : depths()) {
            String service = depth.queue().service();
            if (depth.depth() > 0) {
                waiting.add(service);
                List<String> members = at.nodes().members(service);
                boolean some =
                        at.nodes().view().stream()
                                .anyMatch(view ->
                                        members.contains(view.node().id())
                                                && (view.state() == NodeView.State.HEALTHY
                                                        || view.state() == NodeView.State.UNKNOWN));
                if (!some) {
                    alone.add(service);
                }
            }
        }
        return alone.isEmpty()
                ? new Verdict.Ok(
                        waiting.isEmpty()
                                ? "nothing waits"
                                : "every service with waiting work has a node that can serve")
                : new Verdict.Fail(
                        "work waits and no node can serve it: " + String.join(", ", alone),
                        "yardmaster nodes list; yardmaster nodes add ID http://host:port --service "
                                + alone.first());
    }

    private Verdict waiting() {
        boolean stuck = false;
        List<String> late = new ArrayList<>();
        for (QueueDepth depth : depths()) {
            if (depth.paused() || depth.depth() <= 0) {
                continue;
            }
            long usual = Math.max(SLOW_MS, TIMEOUTS * timeout(depth.queue()).toMillis());
            if (depth.oldestMs() > Math.min(usual, STUCK_MS)) {
                late.add(name(depth.queue()) + " " + Texts.time(depth.oldestMs()));
                stuck |= depth.oldestMs() > STUCK_MS;
            }
        }
        String fix = "yardmaster depth; yardmaster why ID; add nodes or raise their limits";
        if (stuck) {
            return new Verdict.Fail("the oldest waits: " + String.join(", ", late), fix);
        }
        return late.isEmpty()
                ? new Verdict.Ok("no queue's oldest request waits long")
                : new Verdict.Warn("the oldest waits: " + String.join(", ", late), fix);
    }

    private Duration timeout(QueueName queue) {
        Settings.PriorityRule rule =
                at.settings().queues().priorities().get(queue.priority().text());
        return rule == null ? Duration.ZERO : rule.timeout();
    }

    private Verdict paused() {
        List<String> all = new ArrayList<>();
        List<String> old = new ArrayList<>();
        for (QueueDepth depth : depths()) {
            if (depth.paused()) {
                all.add(name(depth.queue()));
                long since = pausedFor(depth.queue());
                if (since > LONG_PAUSE_MS) {
                    old.add(name(depth.queue()) + " for " + Texts.time(since));
                }
            }
        }
        return old.isEmpty()
                ? new Verdict.Ok(all.isEmpty() ? "none" : String.join(", ", all))
                : new Verdict.Warn(String.join(", ", old), "yardmaster resume SERVICE/PRIORITY");
    }

    private long pausedFor(QueueName queue) {
        long now = at.redis().wallClock();
        for (String base : at.bases()) {
            byte[] since =
                    at.redis()
                            .run(c ->
                                    c.hget(
                                            Redis.bytes(base + ":n:" + queue),
                                            Redis.bytes("paused")));
            if (since != null) {
                return now - RedisView.whole(Redis.text(since)).orElse(now);
            }
        }
        return 0;
    }

    private Verdict full() {
        long most = at.settings().queues().maxSize();
        List<String> full = new ArrayList<>();
        List<String> nearly = new ArrayList<>();
        for (QueueDepth depth : depths()) {
            long held = depth.depth() + depth.scheduled();
            if (held >= most) {
                full.add(name(depth.queue()));
            } else if (held > most * NEARLY) {
                nearly.add(name(depth.queue()) + " " + held);
            }
        }
        String fix = "add nodes, or raise yardmaster.queues.max-size (now " + most + ")";
        if (!full.isEmpty()) {
            return new Verdict.Fail("full: " + String.join(", ", full), fix);
        }
        return nearly.isEmpty()
                ? new Verdict.Ok("no queue is near its " + most + " requests")
                : new Verdict.Warn("nearly full: " + String.join(", ", nearly), fix);
    }

    private Verdict dead() {
        long most = at.settings().dead().max();
        long sum = 0;
        List<String> bound = new ArrayList<>();
        for (QueueDepth depth : depths()) {
            sum += depth.dead();
            if (depth.dead() >= most) {
                bound.add(name(depth.queue()));
            }
        }
        String fix =
                "yardmaster dead list shows why; yardmaster dead retry, or yardmaster dead drop";
        if (!bound.isEmpty()) {
            return new Verdict.Fail(
                    "at the bound of "
                            + most
                            + ", so the oldest are dropped: "
                            + String.join(", ", bound),
                    fix);
        }
        return sum == 0 ? new Verdict.Ok("none") : new Verdict.Warn(sum + " dead requests", fix);
    }

    private long length(String list) {
        long sum = 0;
        for (String base : at.bases()) {
            sum += at.redis().run(c -> c.llen(Redis.bytes(base + list)));
        }
        return sum;
    }

    private Verdict ingress() {
        long waiting = length(":in");
        String found = waiting + " pushed items wait";
        String fix =
                "items come back to the list while their queue is full or their producer over its"
                        + " limit: yardmaster depth";
        if (waiting >= INGRESS_TOO_MANY) {
            return new Verdict.Fail(found, fix);
        }
        return waiting >= INGRESS_MANY ? new Verdict.Warn(found, fix) : new Verdict.Ok(found);
    }

    private Verdict quarantine() {
        long held = length(":quarantine");
        String fix =
                "redis-cli LRANGE {yard:0}:quarantine 0 9 shows reason and bytes; correct the"
                        + " producer, then redis-cli DEL {yard:0}:quarantine";
        if (held >= QUARANTINE_BOUND) {
            return new Verdict.Fail(held + " items, the bound: the oldest are dropped", fix);
        }
        return held > 0 ? new Verdict.Warn(held + " items", fix) : new Verdict.Ok("empty");
    }

    private static String name(QueueName queue) {
        return queue.service() + "/" + queue.priority().text();
    }
}
