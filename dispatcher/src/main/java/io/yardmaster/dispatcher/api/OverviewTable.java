package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.dispatcher.history.Flow;
import io.yardmaster.dispatcher.history.WaitTimes;
import io.yardmaster.dispatcher.overview.Lookout;
import io.yardmaster.dispatcher.overview.Notice;
import io.yardmaster.dispatcher.overview.Overview;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.queue.QueueDepth;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Locale;
import java.util.function.ToLongFunction;

/// The overview as `GET /v1/overview` and the stream show it. Thread-safe.
@Singleton
final class OverviewTable {
    private final Lookout lookout;
    private final QueueTable queues;
    private final About about;
    private final String replica;

    OverviewTable(Lookout lookout, QueueTable queues, About about, Settings settings) {
        this.lookout = lookout;
        this.queues = queues;
        this.about = about;
        this.replica = settings.server().replicaId();
    }

    /// What this caller may see of it; the totals are of these queues.
    ObjectNode json(Caller caller) {
        Overview overview = lookout.look();
        List<Overview.Queue> own =
                overview.queues().stream()
                        .filter(queue -> caller.mayUse(queue.depth().queue().service()))
                        .toList();
        ObjectNode json =
                Answers.object()
                        .put("atMs", overview.atMs())
                        .put("replica", replica)
                        .put("version", about.version())
                        .put("durability", overview.durability())
                        .put("uptimeMs", overview.uptimeMs());
        totals(json.putObject("totals"), own);
        overview.waits().ifPresentOrElse(wait -> waits(json, wait), () -> json.putNull("wait"));
        json.putObject("slots")
                .put("busy", overview.slots().used())
                .put("total", overview.slots().all());
        json.putObject("nodes")
                .put("up", overview.nodes().used())
                .put("total", overview.nodes().all());
        json.putObject("replicas").put("alive", overview.replicas());
        ArrayNode rows = json.putArray("queues");
        own.forEach(queue -> rows.add(row(queue)));
        ArrayNode attention = json.putArray("attention");
        overview.attention().stream()
                .filter(notice -> notice.service().map(caller::mayUse).orElse(true))
                .forEach(notice -> attention.add(row(notice)));
        return json;
    }

    private static void waits(ObjectNode json, WaitTimes wait) {
        json.putObject("wait")
                .put("p50Ms", wait.p50())
                .put("p95Ms", wait.p95())
                .put("p99Ms", wait.p99());
    }

    private static void totals(ObjectNode json, List<Overview.Queue> queues) {
        json.put("waiting", sum(queues, QueueDepth::depth))
                .put("inFlight", sum(queues, QueueDepth::inFlight))
                .put("scheduled", sum(queues, QueueDepth::scheduled))
                .put("dead", sum(queues, QueueDepth::dead))
                .put(
                        "oldestMs",
                        queues.stream().mapToLong(each -> each.depth().oldestMs()).max().orElse(0));
        Flow flow = queues.stream().map(Overview.Queue::flow).reduce(Flow.NONE, Flow::plus);
        rates(json, flow);
        json.put("retriedPerMinute", Math.round(flow.retried()));
    }

    private static long sum(List<Overview.Queue> queues, ToLongFunction<QueueDepth> figure) {
        return queues.stream().mapToLong(each -> figure.applyAsLong(each.depth())).sum();
    }

    private static void rates(ObjectNode json, Flow flow) {
        json.put("enqueuedPerMinute", Math.round(flow.enqueued()))
                .put("succeededPerMinute", Math.round(flow.succeeded()))
                .put("failedPerMinute", Math.round(flow.failed()));
    }

    private ObjectNode row(Overview.Queue queue) {
        ObjectNode row = queues.row(queue.depth());
        rates(row, queue.flow());
        queue.emptyInMs()
                .ifPresentOrElse(ms -> row.put("emptyInMs", ms), () -> row.putNull("emptyInMs"));
        ArrayNode spark = row.putArray("spark");
        queue.spark().forEach(spark::add);
        return row;
    }

    private static ObjectNode row(Notice notice) {
        ObjectNode row =
                Answers.object()
                        .put("severity", notice.severity().name().toLowerCase(Locale.ROOT))
                        .put("subject", notice.subject())
                        .put("text", notice.text());
        notice.href().ifPresentOrElse(href -> row.put("href", href), () -> row.putNull("href"));
        return row;
    }
}
