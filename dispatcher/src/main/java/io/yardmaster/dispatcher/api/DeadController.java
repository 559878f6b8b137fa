package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
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
import io.yardmaster.queue.Found;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.RequestIds;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The requests that were given up: page by page, and back into their queues.
@Controller("/v1/dead")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class DeadController {
    private static final int MOST = 1000;
    private static final int USUAL = 100;

    private final Shards queue;
    private final RequestIds ids;

    DeadController(Shards queue, RequestIds ids) {
        this.queue = queue;
        this.ids = ids;
    }

    /// Where a page begins.
    ///
    /// @param after [WorkQueue.Dead#cursor] of the last one seen in this queue; empty: none yet
    private record Place(QueueName queue, String after) {
        String text() {
            String plain = queue.service() + "\n" + queue.priority().text() + "\n" + after;
            return Base64.getUrlEncoder().withoutPadding().encodeToString(plain.getBytes(UTF_8));
        }

        static Place of(String text) {
            try {
                String[] parts =
                        new String(Base64.getUrlDecoder().decode(text), UTF_8).split("\n", -1);
                if (parts.length == 3 && parts[2].matches("(\\d{1,16}:[A-Za-z0-9._:-]{1,128})?")) {
                    return new Place(QueuesController.name(parts[0], parts[1]), parts[2]);
                }
            } catch (IllegalArgumentException | Problem.Refused e) {
                throw wrong(text);
            }
            throw wrong(text);
        }

        private static Problem.Refused wrong(String text) {
            return Problem.invalid("cursor", text, "the cursor of an earlier page").refused();
        }
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> list(HttpRequest<?> request) {
        Queries.only(request, List.of("service", "priority", "limit", "cursor"));
        int limit = limit(request.getParameters().get("limit"));
        String cursor = request.getParameters().get("cursor");
        @Nullable Place from = cursor == null ? null : Place.of(cursor);
        ObjectNode json = Answers.object();
        ArrayNode dead = json.putArray("dead");
        @Nullable String next = null;
        for (QueueName name : queues(request)) {
            if (from != null && name.compareTo(from.queue()) < 0) {
                continue;
            }
            if (dead.size() == limit) {
                next = new Place(name, "").text();
                break;
            }
            Optional<String> after =
                    from == null || !from.queue().equals(name) || from.after().isEmpty()
                            ? Optional.empty()
                            : Optional.of(from.after());
            int room = limit - dead.size();
            List<WorkQueue.Dead> page = queue.dead(name, room + 1, after);
            page.stream().limit(room).forEach(one -> dead.add(row(name, one)));
            if (page.size() > room) {
                next = new Place(name, page.get(room - 1).cursor()).text();
                break;
            }
        }
        json.put("cursor", next);
        return Answers.ok(json);
    }

    private static int limit(@Nullable String text) {
        if (text == null) {
            return USUAL;
        }
        if (!text.matches("\\d{1,4}")
                || Integer.parseInt(text) < 1
                || Integer.parseInt(text) > MOST) {
            throw Problem.invalid("limit", text, "1 to " + MOST).refused();
        }
        return Integer.parseInt(text);
    }

    private List<QueueName> queues(HttpRequest<?> request) {
        return queues(queue, request);
    }

    /// The queues that the parameters `service` and `priority` mean and that have dead requests.
    static List<QueueName> queues(Shards queue, HttpRequest<?> request) {
        String service = request.getParameters().get("service");
        String priority = request.getParameters().get("priority");
        // both are checked here; a parameter that is missing stands for all
        var _ =
                QueuesController.name(
                        service == null ? "default" : service,
                        priority == null ? "normal" : priority);
        Caller caller = Caller.of(request);
        return queue.depth().stream()
                .filter(depth -> depth.dead() > 0)
                .map(QueueDepth::queue)
                .filter(name -> service == null || name.service().equals(service))
                .filter(name -> priority == null || name.priority().text().equals(priority))
                .filter(name -> caller.mayUse(name.service()))
                .toList();
    }

    private static ObjectNode row(QueueName name, WorkQueue.Dead dead) {
        ObjectNode outcome = Answers.read(dead.outcomeJson());
        ObjectNode row =
                Answers.object()
                        .put("id", dead.id())
                        .put("service", name.service())
                        .put("priority", name.priority().text())
                        .put("diedAt", RequestView.time(dead.diedAtMs()))
                        .put("attempts", outcome.path("attempts").asInt());
        JsonNode error = outcome.path("error");
        row.put("reason", error.path("reason").textValue());
        row.put("error", error.path("message").textValue());
        row.put("node", outcome.path("node").textValue());
        return row;
    }

    @Post("/{id}/retry")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> retry(HttpRequest<?> request, String id) {
        known(request, id);
        return switch (queue.redrive(id, ids.nonce())) {
            case DONE -> Answers.ok(Answers.object().put("id", id).put("state", "queued"));
            case SETTLED -> Problem.conflict("request " + id + " is not dead").response();
            case UNKNOWN -> Problem.unknownRequest(id).response();
        };
    }

    /// Sends as many on their way as there are at this moment; what dies again meanwhile stays.
    @Post("/retry")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> retryAll(HttpRequest<?> request) {
        Queries.only(request, List.of("service", "priority"));
        long retried = 0;
        for (QueueName name : queues(request)) {
            retried += retryAll(name);
        }
        return Answers.ok(Answers.object().put("retried", retried));
    }

    private long retryAll(QueueName name) {
        long retried = 0;
        Optional<String> cursor = Optional.empty();
        while (true) {
            List<WorkQueue.Dead> page = queue.dead(name, MOST, cursor);
            for (WorkQueue.Dead dead : page) {
                if (queue.redrive(dead.id(), ids.nonce()) == WorkQueue.Order.DONE) {
                    retried++;
                }
            }
            if (page.size() < MOST) {
                return retried;
            }
            cursor = Optional.of(page.getLast().cursor());
        }
    }

    @Delete("/{id}")
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> drop(HttpRequest<?> request, String id) {
        known(request, id);
        return switch (queue.drop(id)) {
            case DONE -> Answers.noContent();
            case SETTLED -> Problem.conflict("request " + id + " is not dead").response();
            case UNKNOWN -> Problem.unknownRequest(id).response();
        };
    }

    private void known(HttpRequest<?> request, String id) {
        if (RequestsController.find(queue, request, id) instanceof Found.Unknown) {
            throw Problem.unknownRequest(id).refused();
        }
    }
}
