package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.dispatcher.dispatch.Policies;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import jakarta.inject.Singleton;

/// Queues as `GET /v1/queues` shows them: figures and rules. Thread-safe.
@Singleton
final class QueueTable {
    private final Nodes nodes;
    private final Settings settings;

    QueueTable(Nodes nodes, Settings settings) {
        this.nodes = nodes;
        this.settings = settings;
    }

    ObjectNode row(QueueDepth depth) {
        QueueName name = depth.queue();
        ServiceSettings service =
                nodes.services().getOrDefault(name.service(), ServiceSettings.NONE);
        Policies.QueuePolicy policy = Policies.of(settings, service, name.priority());
        return Answers.object()
                .put("service", name.service())
                .put("priority", name.priority().text())
                .put("depth", depth.depth())
                .put("inFlight", depth.inFlight())
                .put("scheduled", depth.scheduled())
                .put("dead", depth.dead())
                .put("oldestMs", depth.oldestMs())
                .put("paused", depth.paused())
                .put("weight", policy.weight())
                .put("timeoutMs", policy.timeout().toMillis())
                .put("maxRetries", policy.maxRetries())
                .put("enqueued", depth.enqueued())
                .put("succeeded", depth.succeeded())
                .put("failed", depth.failed())
                .put("cancelled", depth.cancelled())
                .put("expired", depth.expired())
                .put("retried", depth.retried());
    }
}
