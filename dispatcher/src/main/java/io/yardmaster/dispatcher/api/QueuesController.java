package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.events.Event;
import io.yardmaster.dispatcher.events.Herald;
import io.yardmaster.dispatcher.live.Live;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Shards;

/// The queues and their figures; pausing, resuming and emptying them.
@Controller("/v1/queues")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class QueuesController {
    private final Shards queue;
    private final QueueTable table;
    private final Herald herald;

    QueuesController(Shards queue, QueueTable table, Live live) {
        this.queue = queue;
        this.table = table;
        this.herald = live.herald();
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> list(HttpRequest<?> request) {
        Caller caller = Caller.of(request);
        ObjectNode json = Answers.object();
        ArrayNode queues = json.putArray("queues");
        for (QueueDepth depth : queue.depth()) {
            if (caller.mayUse(depth.queue().service())) {
                queues.add(table.row(depth));
            }
        }
        return Answers.ok(json);
    }

    @Post("/{service}/{priority}/pause")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> pause(String service, String priority) {
        QueueName name = name(service, priority);
        queue.pause(name);
        herald.tell(new Event.QueuePaused(name));
        return Answers.ok(named(name).put("paused", true));
    }

    @Post("/{service}/{priority}/resume")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> resume(String service, String priority) {
        QueueName name = name(service, priority);
        queue.resume(name);
        herald.tell(new Event.QueueResumed(name));
        return Answers.ok(named(name).put("paused", false));
    }

    @Delete("/{service}/{priority}")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> purge(String service, String priority) {
        QueueName name = name(service, priority);
        long purged = queue.purge(name);
        herald.tell(new Event.QueuePurged(name, purged));
        return Answers.ok(Answers.object().put("purged", purged));
    }

    private static ObjectNode named(QueueName name) {
        return Answers.object()
                .put("service", name.service())
                .put("priority", name.priority().text());
    }

    /// @throws Problem.Refused when there can be no such queue
    static QueueName name(String service, String priority) {
        Refusals refusals = new Refusals();
        if (!QueueName.isService(service)) {
            refusals.add("service", service, "[A-Za-z0-9._-]{1,64}");
        }
        var known = Priority.of(priority);
        if (known.isEmpty()) {
            refusals.add("priority", priority, "critical, high, normal or low");
        }
        if (!refusals.none()) {
            throw Problem.invalid(refusals.errors()).refused();
        }
        return new QueueName(service, known.orElseThrow());
    }
}
