package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.search.BulkOrders;
import io.yardmaster.dispatcher.search.Entry;
import io.yardmaster.dispatcher.search.IdLookup;
import io.yardmaster.dispatcher.search.Walk;
import io.yardmaster.queue.Listed;
import io.yardmaster.queue.RequestIds;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.RedisFailure;
import jakarta.annotation.PreDestroy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Orders for all requests that a filter means, a bounded part of them in each call: the client
/// repeats it with the cursor of the answer until that is null. A call whose answer was lost may be
/// repeated as it was.
@Controller("/v1/requests/bulk")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class BulkController {
    private static final Logger log = LoggerFactory.getLogger(BulkController.class);
    private static final Walk.Bounds BOUNDS = new Walk.Bounds(20_000, Duration.ofMillis(500));

    private final Walk walk;
    private final IdLookup lookup;
    private final BulkOrders orders;
    private final Why why;
    private final InstantSource clock;
    private final ServerLimits limits;

    BulkController(
            Shards queue, RequestIds ids, Why why, InstantSource clock, ServerLimits limits) {
        this.walk = new Walk(queue, System::nanoTime);
        this.lookup = new IdLookup(queue);
        this.orders = new BulkOrders(queue, ids);
        this.why = why;
        this.clock = clock;
        this.limits = limits;
    }

    @PreDestroy
    void close() {
        orders.close();
    }

    @Post
    @Consumes(MediaType.ALL)
    @Allow(Access.OPERATE)
    HttpResponse<?> order(HttpRequest<byte[]> request) {
        byte[] json = Content.json(request, request.getBody(), limits.most(Allow.Size.SMALL));
        BulkJson.Order order = BulkJson.read(json);
        Caller caller = Caller.of(request);
        Part part = new Part(order, caller);
        Walk.Stop stop =
                order.filter().ids().isEmpty()
                        ? walk.run(order.filter(), order.from(), BOUNDS, part)
                        : part.named(order.filter().ids());
        RedisFailure failure = part.failure;
        if (failure != null && part.done + part.failed == 0) {
            throw failure;
        }
        if (!order.dryRun()) {
            log.info(
                    "bulk {} by {}: {} done, {} failed",
                    order.action().text(),
                    caller.key().orElse("anybody"),
                    part.done,
                    part.failed);
        }
        return part.answer(stop);
    }

    /// What one call does.
    private final class Part implements Walk.Reader {
        private final BulkJson.Order order;
        private final Caller caller;
        private final long now = clock.millis();
        private final Set<String> seen = new HashSet<>();
        private long matching;
        private int done;
        private int failed;
        private @org.jspecify.annotations.Nullable RedisFailure failure;

        Part(BulkJson.Order order, Caller caller) {
            this.order = order;
            this.caller = caller;
        }

        @Override
        public int read(WorkQueue shard, List<Listed.Row> rows) {
            List<String> requests = new ArrayList<>();
            int read = 0;
            while (read < rows.size() && matching + requests.size() < order.limit()) {
                Listed request = rows.get(read++).request();
                if (means(request)) {
                    requests.add(request.id());
                }
            }
            return give(shard, requests) ? read : 0;
        }

        /// @return false when Redis did not answer for some: they are to be read again
        private boolean give(WorkQueue shard, List<String> requests) {
            if (order.dryRun() || requests.isEmpty()) {
                matching += requests.size();
                return true;
            }
            BulkOrders.Result result = orders.give(order.action(), shard, requests);
            matching += result.done() + result.failed();
            done += result.done();
            failed += result.failed();
            failure = result.failure();
            return failure == null;
        }

        @Override
        public boolean enough() {
            return failure != null || matching >= order.limit();
        }

        private boolean means(Listed request) {
            Entry entry = Entry.of(request, (id, n) -> why.flight(id, n).map(Why.Flight::node));
            return order.filter().test(entry, now)
                    && caller.mayUse(entry.service())
                    && seen.add(entry.id());
        }

        /// Named ones are few enough for one call.
        Walk.Stop named(List<String> ids) {
            Map<WorkQueue, List<String>> byShard = new LinkedHashMap<>();
            int room = order.limit();
            for (IdLookup.Hit hit : lookup.find(ids)) {
                if (room > 0 && means(hit.request())) {
                    byShard.computeIfAbsent(hit.shard(), _ -> new ArrayList<>())
                            .add(hit.request().id());
                    room--;
                }
            }
            boolean whole = room > 0 || order.limit() == ids.size();
            for (Map.Entry<WorkQueue, List<String>> each : byShard.entrySet()) {
                whole &= give(each.getKey(), each.getValue());
            }
            return new Walk.Stop(Optional.empty(), ids.size(), whole);
        }

        HttpResponse<?> answer(Walk.Stop stop) {
            return Answers.ok(
                    Answers.object()
                            .put("action", order.action().text())
                            .put("dryRun", order.dryRun())
                            .put("matching", matching)
                            .put("done", done)
                            .put("failed", failed)
                            .put("searched", stop.searched())
                            .put("complete", stop.whole() && stop.next().isEmpty())
                            .put("cursor", stop.next().map(Walk.Place::text).orElse(null)));
        }
    }
}
