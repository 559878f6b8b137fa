package io.yardmaster.dispatcher.overview;

import io.yardmaster.dispatcher.dispatch.Durability;
import io.yardmaster.dispatcher.history.Flow;
import io.yardmaster.dispatcher.overview.Notice.Severity;
import io.yardmaster.nodes.NodeView;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.ratelimit.BreakerState;
import io.yardmaster.ratelimit.Breakers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What needs an operator's attention, in plain words. Pure.
///
/// One replica alone is no reason: many run one and are right to. The most urgent come first, and
/// at most [#MOST] are told, so that a bad day stays readable.
public final class Attention {
    public static final int MOST = 50;
    private static final long SLOW_MS = Duration.ofMinutes(1).toMillis();
    private static final long STUCK_MS = Duration.ofHours(1).toMillis();

    /// More of its priority's timeouts than this is a long wait.
    private static final int TIMEOUTS = 10;

    private static final double NEARLY = 0.8;

    private final Situation now;
    private final List<Notice> notices = new ArrayList<>();

    private Attention(Situation now) {
        this.now = now;
    }

    public static List<Notice> of(Situation situation) {
        Attention attention = new Attention(situation);
        attention.redis();
        attention.services();
        situation.depths().forEach(attention::queue);
        situation.nodes().forEach(attention::node);
        situation.tripped().forEach(attention::breaker);
        attention.leftovers();
        return attention.notices.stream()
                .sorted(Comparator.comparing(Notice::severity))
                .limit(MOST)
                .toList();
    }

    private void redis() {
        Situation.Slow slow = now.slow();
        if (!slow.refusal().isEmpty()) {
            tell(
                    Severity.CRITICAL,
                    "redis",
                    "New requests are refused: " + slow.refusal() + ".",
                    "#/settings");
        }
        slow.persistence()
                .forEach(trouble -> tell(Severity.CRITICAL, "redis", trouble, "#/settings"));
        if (slow.durability() == Durability.RELAXED) {
            tell(
                    Severity.WARNING,
                    "redis",
                    "Redis does not write every request to disk before it is accepted: a crash may"
                            + " lose the last ones.",
                    "#/settings");
        }
    }

    /// Work that nobody can do, told once a service and not once a queue.
    private void services() {
        Map<String, Long> waiting = new TreeMap<>();
        for (QueueDepth depth : now.depths()) {
            if (depth.depth() > 0) {
                waiting.merge(depth.queue().service(), depth.depth(), Long::sum);
            }
        }
        waiting.forEach((service, count) -> {
            if (!now.served().contains(service)) {
                notices.add(
                        new Notice(
                                Severity.CRITICAL,
                                "service " + service,
                                Words.count(count, "request waits", "requests wait")
                                        + " for "
                                        + service
                                        + ", and no node can serve it.",
                                Optional.of(service),
                                Optional.of("#/services/" + service)));
            }
        });
    }

    private void queue(QueueDepth depth) {
        paused(depth);
        late(depth);
        full(depth);
        dead(depth);
    }

    private void paused(QueueDepth depth) {
        if (!depth.paused()) {
            return;
        }
        Long since = now.slow().pausedMs().get(depth.queue());
        tell(
                depth,
                Severity.WARNING,
                "is paused"
                        + (since == null ? "" : " for " + Words.time(since))
                        + (depth.depth() == 0
                                ? "."
                                : ", and "
                                        + Words.count(
                                                depth.depth(), "request waits", "requests wait")
                                        + "."));
    }

    private void late(QueueDepth depth) {
        if (depth.paused() || depth.depth() == 0) {
            return;
        }
        long usual =
                Math.max(
                        SLOW_MS, TIMEOUTS * now.bounds().timeout().apply(depth.queue()).toMillis());
        long limit = Math.min(usual, STUCK_MS);
        if (depth.oldestMs() > limit) {
            tell(
                    depth,
                    depth.oldestMs() > STUCK_MS ? Severity.CRITICAL : Severity.WARNING,
                    "has a request that waits for "
                            + Words.time(depth.oldestMs())
                            + " (more than "
                            + Words.time(limit)
                            + " is long).");
        }
    }

    private void full(QueueDepth depth) {
        long held = depth.depth() + depth.scheduled();
        long most = now.bounds().maxSize();
        if (held >= most) {
            tell(
                    depth,
                    Severity.CRITICAL,
                    "is full: it holds "
                            + Words.count(held, "request", "requests")
                            + ", and new ones are refused.");
        } else if (held > most * NEARLY) {
            tell(
                    depth,
                    Severity.WARNING,
                    "is nearly full: it holds "
                            + Words.number(held)
                            + " of "
                            + Words.count(most, "request", "requests")
                            + ".");
        }
    }

    private void dead(QueueDepth depth) {
        long died = Math.round(now.flows().getOrDefault(depth.queue(), Flow.NONE).failed());
        if (depth.dead() >= now.bounds().maxDead()) {
            tell(
                    depth,
                    Severity.CRITICAL,
                    "keeps no more than "
                            + Words.count(depth.dead(), "dead request", "dead requests")
                            + ", so the oldest are dropped.",
                    "#/dead");
        } else if (died > 0) {
            tell(
                    depth,
                    Severity.WARNING,
                    "lost "
                            + Words.count(died, "request", "requests")
                            + " as dead in the last minute; "
                            + Words.count(depth.dead(), "is", "are")
                            + " kept.",
                    "#/dead");
        }
    }

    private void node(NodeView view) {
        String id = view.node().id();
        if (view.state() == NodeView.State.UNHEALTHY) {
            tell(
                    Severity.CRITICAL,
                    "node " + id,
                    "Node " + id + " fails its health checks and gets no requests.",
                    "#/nodes/" + id);
            return;
        }
        Duration age = view.reportAge();
        if (age != null && age.compareTo(now.bounds().reportExpiry()) > 0) {
            tell(
                    Severity.WARNING,
                    "node " + id,
                    "Node "
                            + id
                            + " has not reported for "
                            + Words.time(age.toMillis())
                            + ": what it said of its load no longer counts.",
                    "#/nodes/" + id);
        }
    }

    private void breaker(Breakers.Entry entry) {
        boolean open = entry.state() instanceof BreakerState.Open;
        notices.add(
                new Notice(
                        Severity.WARNING,
                        "node " + entry.node(),
                        open
                                ? "Node "
                                        + entry.node()
                                        + " failed too often for "
                                        + entry.service()
                                        + ": its breaker is open."
                                : "Node "
                                        + entry.node()
                                        + " is tried again for "
                                        + entry.service()
                                        + ": its breaker is half open.",
                        Optional.of(entry.service()),
                        Optional.of("#/nodes/" + entry.node())));
    }

    private void leftovers() {
        long quarantined = now.slow().quarantined();
        if (quarantined > 0) {
            tell(
                    Severity.WARNING,
                    "quarantine",
                    Words.count(quarantined, "item was", "items were")
                            + " pushed into Redis and could not be read as requests.",
                    null);
        }
        now.slow()
                .repaired()
                .forEach((kind, count) ->
                        tell(
                                Severity.WARNING,
                                "audit",
                                "The audit found and mended damage in Redis: "
                                        + kind
                                        + ", "
                                        + count
                                        + " times.",
                                null));
    }

    private void tell(QueueDepth depth, Severity severity, String what) {
        QueueName queue = depth.queue();
        tell(depth, severity, what, "#/queues/" + queue.service() + "/" + queue.priority().text());
    }

    private void tell(QueueDepth depth, Severity severity, String what, String href) {
        String name = depth.queue().service() + "/" + depth.queue().priority().text();
        notices.add(
                new Notice(
                        severity,
                        "queue " + name,
                        "Queue " + name + " " + what,
                        Optional.of(depth.queue().service()),
                        Optional.of(href)));
    }

    private void tell(Severity severity, String subject, String text, @Nullable String href) {
        notices.add(
                new Notice(severity, subject, text, Optional.empty(), Optional.ofNullable(href)));
    }
}
