package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.dispatch.RedisSafety;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.queue.Shards;
import java.util.List;

/// How this replica is, for whoever starts, stops and watches it.
@Controller
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class HealthController {
    private static final String SCRAPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Shards queue;
    private final About about;
    private final RedisSafety safety;
    private final Settings settings;
    private final PrometheusMeterRegistry metrics;

    HealthController(
            Shards queue,
            About about,
            RedisSafety safety,
            Settings settings,
            PrometheusMeterRegistry metrics) {
        this.queue = queue;
        this.about = about;
        this.safety = safety;
        this.settings = settings;
        this.metrics = metrics;
    }

    @Get("/health")
    @Allow(Access.OPEN)
    HttpResponse<?> health() {
        List<Integer> silent = queue.silent();
        boolean redis = silent.size() < queue.all().size();
        RedisSafety.Found found = safety.found();
        ObjectNode json =
                status(redis)
                        .put("durability", found.durability().text())
                        .put("redis", about.redis())
                        .put("redisStatus", redis ? "UP" : "DOWN")
                        .put("replica", settings.server().replicaId())
                        .put("version", about.version())
                        .put("serving", about.serving().getAsBoolean())
                        .put("shards", queue.all().size())
                        .put("shardsInUse", queue.agreed());
        silent.forEach(json.putArray("shardsAway")::add);
        ObjectNode settings = json.putObject("redisSettings");
        found.settings().forEach(settings::put);
        settings.put("waitReplicas", found.waitReplicas()).put("assumed", found.assumed());
        told(json, "enqueueRefused", found.refusal());
        if (!redis) {
            told(json, "redisTrouble", safety.trouble());
        }
        return answer(redis, json);
    }

    private static void told(ObjectNode json, String field, String text) {
        if (!text.isEmpty()) {
            json.put(field, text);
        }
    }

    /// The process runs. Redis being away is no reason to start it anew.
    @Get("/health/liveness")
    @Allow(Access.OPEN)
    HttpResponse<?> liveness() {
        return answer(true, status(true));
    }

    /// It can take requests: one shard at least answers, and it is neither starting nor draining.
    /// Taking a replica out because of a shard would take all out, as they share it.
    @Get("/health/readiness")
    @Allow(Access.OPEN)
    HttpResponse<?> readiness() {
        boolean ready =
                about.serving().getAsBoolean() && queue.silent().size() < queue.all().size();
        return answer(ready, status(ready));
    }

    @Get("/prometheus")
    @Allow(Access.READ)
    HttpResponse<?> prometheus() {
        return HttpResponse.ok(metrics.scrape(SCRAPE)).contentType(SCRAPE);
    }

    private static ObjectNode status(boolean up) {
        return Answers.object().put("status", up ? "UP" : "DOWN");
    }

    private static HttpResponse<?> answer(boolean up, ObjectNode json) {
        HttpStatus status = up ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE;
        return Answers.json(status, json);
    }
}
