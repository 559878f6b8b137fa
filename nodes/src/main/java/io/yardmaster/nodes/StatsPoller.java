package io.yardmaster.nodes;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches the figures of nodes that are registered with [Stats], each at its own interval, as
/// [Rounds] does, and reports them for the node, so that all replicas see them.
///
/// One reading serves all: while the registry shows a report that is younger than 0.7 intervals,
/// this replica has nothing to do. So N replicas fetch about as often as one, and when one dies
/// another takes over by itself. CPU and disks are counters, so a first page alone tells nothing
/// and a second one is fetched soon.
public final class StatsPoller implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(StatsPoller.class);
    private static final Duration SECOND_PAGE_AFTER = Duration.ofSeconds(1);
    private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(5);
    private static final double YOUNG = 0.7;

    /// A mean over longer than so many intervals is no news.
    private static final int OLDEST_PAGE = 3;

    private final Nodes nodes;
    private final Pages pages;
    private final Sink sink;
    private final Duration interval;
    private final LongSupplier nanos;
    private final Rounds rounds;
    private final Map<String, Seen> seen = new ConcurrentHashMap<>();
    private final Set<String> failing = ConcurrentHashMap.newKeySet();
    private final LongAdder failures = new LongAdder();

    /// Fetches a page.
    public interface Pages {
        sealed interface Page {
            @SuppressWarnings("ArrayRecordComponent") // only handed on, never compared
            record Fetched(byte[] body) implements Page {}

            record Failed(String why) implements Page {}
        }

        /// Fetches the page of a node that has [Stats]; may block no longer than `timeout`.
        Page fetch(Node node, Stats stats, Duration timeout);
    }

    /// Takes a node's report; false when the node is gone. May throw when it cannot.
    @FunctionalInterface
    public interface Sink {
        boolean report(String node, Report report);
    }

    private record Seen(Stats stats, ExporterPage page, long at) {}

    /// `interval` is for nodes that name none.
    public StatsPoller(
            Nodes nodes,
            Pages pages,
            Sink sink,
            Duration interval,
            LongSupplier nanos,
            RandomGenerator random) {
        this.nodes = nodes;
        this.pages = pages;
        this.sink = sink;
        this.interval = interval;
        this.nanos = nanos;
        this.rounds = new Rounds("node-stats", nodes::registered, new Readings(), nanos, random);
    }

    /// Begins, on a thread of its own.
    public void start() {
        rounds.start();
    }

    /// Stops; pages under way end by their timeouts.
    @Override
    public void close() {
        rounds.close();
    }

    /// How many pages could not be had or read.
    public long failures() {
        return failures.sum();
    }

    private final class Readings implements Rounds.Plan {
        @Override
        public @Nullable Object target(Node node) {
            return node.stats();
        }

        @Override
        public Duration interval(Node node) {
            Stats stats = node.stats();
            return stats == null || stats.interval() == null ? interval : stats.interval();
        }

        @Override
        public void visit(Node node) {
            Stats stats = node.stats();
            if (stats != null && !reportedLately(node.id(), interval(node))) {
                read(node, stats, interval(node));
            }
        }
    }

    private boolean reportedLately(String id, Duration every) {
        Duration age = nodes.ownReportAge(id);
        return age != null && age.toNanos() < YOUNG * every.toNanos();
    }

    private void read(Node node, Stats stats, Duration every) {
        forgetOthers();
        Duration half = every.dividedBy(2);
        Duration timeout = half.compareTo(LONGEST_TIMEOUT) < 0 ? half : LONGEST_TIMEOUT;
        switch (pages.fetch(node, stats, timeout)) {
            case Pages.Page.Failed(String why) -> failed(node, stats, why);
            case Pages.Page.Fetched(byte[] body) -> {
                ExporterPage page = ExporterPage.parse(body);
                if (page.countsCpu()) {
                    take(node, stats, page, every);
                } else {
                    failed(node, stats, "no node_cpu_seconds_total in " + body.length + " bytes");
                }
            }
        }
    }

    private void take(Node node, Stats stats, ExporterPage page, Duration every) {
        long now = nanos.getAsLong();
        Seen before = seen.put(node.id(), new Seen(stats, page, now));
        if (before == null
                || !before.stats().equals(stats)
                || now - before.at() > OLDEST_PAGE * every.toNanos()) {
            rounds.hurry(node.id(), SECOND_PAGE_AFTER);
            return;
        }
        Report report = page.since(before.page(), Math.max(1, now - before.at()) / 1e9);
        if (report == null || rounds.closed()) {
            return;
        }
        try {
            sink.report(node.id(), report);
        } catch (RuntimeException e) {
            failed(node, stats, "reporting: " + e);
            return;
        }
        if (failing.remove(node.id())) {
            log.info("node {}: its figures are at {} again", node.id(), stats.url());
        }
    }

    private void failed(Node node, Stats stats, String why) {
        failures.increment();
        if (failing.add(node.id())) {
            log.warn("node {}: no figures from {}: {}", node.id(), stats.url(), why);
        }
    }

    private void forgetOthers() {
        Set<String> ids =
                nodes.registered().stream()
                        .filter(node -> node.stats() != null)
                        .map(Node::id)
                        .collect(Collectors.toSet());
        seen.keySet().retainAll(ids);
        failing.retainAll(ids);
    }

    /// Nodes whose page is due; they count as being read until [#read(Node)] has ended.
    List<Node> takeDue(int most) {
        return rounds.takeDue(most);
    }

    void read(Node node) {
        rounds.visit(node);
    }
}
