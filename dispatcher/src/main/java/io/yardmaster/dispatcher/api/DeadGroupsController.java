package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.search.Cause;
import io.yardmaster.dispatcher.search.DeadGroups;
import io.yardmaster.dispatcher.search.Walk;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Shards;
import java.time.Duration;
import java.util.List;

/// The dead requests by what they died of. The latest of each queue are looked at, 10,000 in all;
/// `complete` says whether that were all there are.
@Controller("/v1/dead/groups")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class DeadGroupsController {
    private static final Walk.Bounds BOUNDS = new Walk.Bounds(10_000, Duration.ofMillis(500));

    private final Shards queue;
    private final DeadGroups groups;

    DeadGroupsController(Shards queue) {
        this.queue = queue;
        this.groups = new DeadGroups(queue, System::nanoTime);
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> list(HttpRequest<?> request) {
        List<QueueName> queues = DeadController.queues(queue, request);
        DeadGroups.Found found = groups.find(queues, BOUNDS);
        ObjectNode json = Answers.object();
        ArrayNode rows = json.putArray("groups");
        found.groups().forEach(group -> rows.add(row(group)));
        json.put("searched", found.searched());
        json.put("complete", found.complete());
        return Answers.ok(json);
    }

    /// A group without a cause has those that are in none of the 200 others.
    private static ObjectNode row(DeadGroups.Group group) {
        ObjectNode row =
                Answers.object()
                        .put("cause", group.cause().map(Cause::key).orElse(null))
                        .put("service", group.cause().map(Cause::service).orElse(null))
                        .put("priority", group.cause().map(Cause::priority).orElse(null))
                        .put("reason", group.cause().map(Cause::reason).orElse(null));
        group.cause()
                .map(Cause::status)
                .filter(status -> status > 0)
                .ifPresentOrElse(status -> row.put("status", status), () -> row.putNull("status"));
        row.put("message", group.cause().map(Cause::message).orElse("other causes"))
                .put("count", group.count())
                .put("firstMs", group.firstMs())
                .put("lastMs", group.lastMs())
                .put("sample", group.sample());
        ArrayNode nodes = row.putArray("nodes");
        group.nodes().forEach(nodes::add);
        return row;
    }
}
