package io.yardmaster.dispatcher.events;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.nodes.Health;
import io.yardmaster.nodes.Node;
import io.yardmaster.queue.QueueName;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/// Something that happened, before it is in the log. `type` and the fields of `data` are what
/// outsiders read: they may be added to, never renamed.
public sealed interface Event {
    String type();

    ObjectNode data();

    /// When it is news.
    default Once once() {
        return Once.ALWAYS;
    }

    /// Whether an event is news when other replicas may tell the same; `yardmaster/events.lua` has
    /// the rules.
    ///
    /// @param subject what it is about; at most 20,000 are remembered
    /// @param state of the subject from now on; empty is how all begin
    record Once(String mode, String subject, String state) {
        static final Once ALWAYS = new Once("always", "", "");

        /// News when another state was told last.
        static Once changed(String subject, String state) {
            return new Once("changed", subject, state);
        }

        /// As [#changed], for what each replica finds out by itself.
        static Once noticed(String subject, String state) {
            return new Once("noticed", subject, state);
        }

        /// News always, and the subject is gone.
        static Once forget(String subject) {
            return new Once("forget", subject, "");
        }

        /// News once in each such period.
        static Once every(String subject, Duration period) {
            return new Once("every", subject, Long.toString(period.toMillis()));
        }
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static ObjectNode of(QueueName queue) {
        return object().put("service", queue.service()).put("priority", queue.priority().text());
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /// @param replaced whether it was registered before, in another way
    record NodeRegistered(Node node, boolean replaced) implements Event {
        @Override
        public String type() {
            return "node_registered";
        }

        @Override
        public ObjectNode data() {
            ObjectNode data = object().put("node", node.id()).put("url", node.url().toString());
            node.services().stream().sorted().forEach(data.putArray("services")::add);
            return data.put("replaced", replaced);
        }
    }

    record NodeRemoved(String node) implements Event {
        @Override
        public String type() {
            return "node_removed";
        }

        @Override
        public ObjectNode data() {
            return object().put("node", node);
        }

        @Override
        public Once once() {
            return Once.forget("health " + node);
        }
    }

    record NodeHealthChanged(String node, Health from, Health to) implements Event {
        @Override
        public String type() {
            return "node_health_changed";
        }

        @Override
        public ObjectNode data() {
            return object().put("node", node).put("from", lower(from)).put("to", lower(to));
        }

        @Override
        public Once once() {
            return Once.noticed("health " + node, lower(to));
        }
    }

    record NodeDrained(String node) implements Event {
        @Override
        public String type() {
            return "node_drained";
        }

        @Override
        public ObjectNode data() {
            return object().put("node", node);
        }
    }

    record NodeResumed(String node) implements Event {
        @Override
        public String type() {
            return "node_resumed";
        }

        @Override
        public ObjectNode data() {
            return object().put("node", node);
        }
    }

    /// Every replica has breakers of its own, so each tells of its own: the source says whose.
    ///
    /// @param state `open`, `half-open` or `closed`
    /// @param openFor until its first trial, of one that opened
    record BreakerChanged(
            String node, String service, String from, String state, Optional<Duration> openFor)
            implements Event {
        static final String OPEN_FOR_MS = "openForMs";

        @Override
        public String type() {
            return switch (state) {
                case "open" -> "breaker_opened";
                case "half-open" -> "breaker_half_opened";
                default -> "breaker_closed";
            };
        }

        @Override
        public ObjectNode data() {
            ObjectNode data =
                    object().put("node", node)
                            .put("service", service)
                            .put("from", from)
                            .put("to", state);
            openFor.ifPresent(length -> data.put(OPEN_FOR_MS, length.toMillis()));
            return data;
        }
    }

    /// @param from empty: the strategy of all services
    record StrategyChanged(String service, Optional<String> from, Optional<String> to)
            implements Event {
        @Override
        public String type() {
            return "strategy_changed";
        }

        @Override
        public ObjectNode data() {
            return object().put("service", service)
                    .put("from", from.orElse(null))
                    .put("to", to.orElse(null));
        }
    }

    /// @param removed whether it has no settings of its own any more
    record ServiceChanged(String service, boolean removed) implements Event {
        @Override
        public String type() {
            return "service_changed";
        }

        @Override
        public ObjectNode data() {
            return object().put("service", service).put("removed", removed);
        }
    }

    /// @param reason the word on record, such as `status` or `timeout`; empty when there is none
    record RequestDead(String id, QueueName queue, int attempts, String node, String reason)
            implements Event {
        @Override
        public String type() {
            return "request_dead";
        }

        @Override
        public ObjectNode data() {
            return of(queue)
                    .put("id", id)
                    .put("attempts", attempts)
                    .put("node", node.isEmpty() ? null : node)
                    .put("reason", reason.isEmpty() ? null : reason)
                    .put("count", 1);
        }
    }

    /// Those that were too many to be told one by one.
    record MoreDead(long count) implements Event {
        @Override
        public String type() {
            return "request_dead";
        }

        @Override
        public ObjectNode data() {
            return object().put("count", count);
        }
    }

    record QueuePaused(QueueName queue) implements Event {
        @Override
        public String type() {
            return "queue_paused";
        }

        @Override
        public ObjectNode data() {
            return of(queue);
        }

        @Override
        public Once once() {
            return Once.changed("paused " + queue, "paused");
        }
    }

    record QueueResumed(QueueName queue) implements Event {
        @Override
        public String type() {
            return "queue_resumed";
        }

        @Override
        public ObjectNode data() {
            return of(queue);
        }

        @Override
        public Once once() {
            return Once.changed("paused " + queue, "");
        }
    }

    record QueueFull(QueueName queue, long most) implements Event {
        @Override
        public String type() {
            return "queue_full";
        }

        @Override
        public ObjectNode data() {
            return of(queue).put("maxSize", most);
        }

        @Override
        public Once once() {
            return Once.every("full " + queue, Duration.ofMinutes(1));
        }
    }

    record QueuePurged(QueueName queue, long purged) implements Event {
        @Override
        public String type() {
            return "queue_purged";
        }

        @Override
        public ObjectNode data() {
            return of(queue).put("purged", purged);
        }
    }

    record ReplicaStarted(String replica, String version) implements Event {
        @Override
        public String type() {
            return "replica_started";
        }

        @Override
        public ObjectNode data() {
            return object().put("replica", replica).put("version", version);
        }
    }

    /// @param orderly false when it fell silent
    record ReplicaEnded(String replica, boolean orderly) implements Event {
        @Override
        public String type() {
            return "replica_ended";
        }

        @Override
        public ObjectNode data() {
            return object().put("replica", replica).put("orderly", orderly);
        }
    }

    /// The yard in numbers, once a minute.
    record Figures(ObjectNode data) implements Event {
        static final Duration PERIOD = Duration.ofMinutes(1);

        @Override
        public String type() {
            return "figures";
        }

        @Override
        public Once once() {
            return Once.every("figures", PERIOD);
        }
    }
}
