package io.yardmaster.nodes;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Checks every node at its own interval, as [Rounds] does.
///
/// Traffic sees a dead node sooner than checks that are 30 s apart: a node that could not be
/// connected to several times in a row is checked at once, and then every second until the checks
/// have said of it what they think.
public final class HealthChecker implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HealthChecker.class);
    private static final Duration AGAIN = Duration.ofSeconds(1);

    private final Nodes nodes;
    private final HealthProbe probe;
    private final Duration interval;
    private final Rounds rounds;
    private final Set<String> suspected = ConcurrentHashMap.newKeySet();

    /// `interval` is for nodes that name none.
    public HealthChecker(
            Nodes nodes,
            HealthProbe probe,
            Duration interval,
            LongSupplier nanos,
            RandomGenerator random) {
        this.nodes = nodes;
        this.probe = probe;
        this.interval = interval;
        this.rounds = new Rounds("health-check", nodes::registered, new Checks(), nanos, random);
    }

    /// Begins to check, on a thread of its own.
    public void start() {
        rounds.start();
    }

    /// Stops; checks that still run end by their timeouts, and count for nothing.
    @Override
    public void close() {
        rounds.close();
    }

    private final class Checks implements Rounds.Plan {
        private record Target(java.net.URI url, HealthCheck check) {}

        @Override
        public @Nullable Object target(Node node) {
            return node.health().type() == HealthCheck.Type.MQTT
                    ? null
                    : new Target(node.url(), node.health());
        }

        @Override
        public Duration interval(Node node) {
            return node.health().intervalOr(interval);
        }

        @Override
        public Set<String> urgent() {
            Set<String> suspects = nodes.takeSuspects();
            suspected.addAll(suspects);
            return suspects;
        }

        @Override
        public void visit(Node node) {
            ask(node);
        }
    }

    private void ask(Node node) {
        boolean passed = false;
        try {
            passed = probe.healthy(node, node.health().timeoutAt(interval));
        } catch (RuntimeException e) {
            log.debug("health check of node {} failed", node.id(), e);
        }
        if (rounds.closed()) {
            return;
        }
        boolean decided = nodes.checked(node, passed);
        if (passed || decided) {
            suspected.remove(node.id());
        } else if (suspected.contains(node.id())) {
            rounds.hurry(node.id(), AGAIN);
        }
    }

    /// Nodes whose check is due; they count as under check until [#check] has ended.
    List<Node> takeDue(int most) {
        return rounds.takeDue(most);
    }

    void check(Node node) {
        rounds.visit(node);
    }
}
