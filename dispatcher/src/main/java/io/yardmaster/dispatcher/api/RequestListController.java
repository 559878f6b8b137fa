package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpParameters;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.search.Entry;
import io.yardmaster.dispatcher.search.IdLookup;
import io.yardmaster.dispatcher.search.RequestFilter;
import io.yardmaster.dispatcher.search.Walk;
import io.yardmaster.queue.Listed;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.WorkQueue;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Lists requests by what is known of them. A page looks at a bounded number of requests for a
/// bounded time, so it may hold fewer than asked for, or none, and still not be the last one:
/// `cursor` says.
@Controller("/v1/requests")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class RequestListController {
    private static final Walk.Bounds BOUNDS = new Walk.Bounds(10_000, Duration.ofMillis(300));
    private static final int MOST = 500;
    private static final int USUAL = 50;

    private final Walk walk;
    private final IdLookup lookup;
    private final Why why;
    private final InstantSource clock;

    RequestListController(Shards queue, Why why, InstantSource clock) {
        this.walk = new Walk(queue, System::nanoTime);
        this.lookup = new IdLookup(queue);
        this.why = why;
        this.clock = clock;
    }

    /// What was asked for.
    private record Question(RequestFilter filter, int limit, Optional<Walk.Place> from) {}

    @Get
    @Allow(Access.READ)
    HttpResponse<?> list(HttpRequest<?> request) {
        Question question = question(request.getParameters());
        Page page = new Page(question, Caller.of(request));
        if (!question.filter().ids().isEmpty()) {
            lookup.find(question.filter().ids()).forEach(hit -> page.add(hit.request()));
            return page.answer(
                    new Walk.Stop(Optional.empty(), question.filter().ids().size(), true));
        }
        if (question.from().isEmpty()) {
            // A whole id is found at once, however many requests stand before it.
            question.filter()
                    .idPrefix()
                    .filter(Request::isId)
                    .ifPresent(
                            id -> lookup.find(List.of(id)).forEach(hit -> page.add(hit.request())));
        }
        return page.answer(walk.run(question.filter(), question.from(), BOUNDS, page));
    }

    private static Question question(HttpParameters parameters) {
        Refusals refusals = new Refusals();
        FilterFields fields = new FilterFields("", refusals);
        int limit = USUAL;
        Optional<Walk.Place> from = Optional.empty();
        for (String name : parameters.names()) {
            String text = parameters.getAll(name).getFirst();
            if (FilterFields.NAMES.contains(name)) {
                fields.read(name, text);
            } else if (name.equals("limit")) {
                if (text.matches("\\d{1,4}") && in(Integer.parseInt(text))) {
                    limit = Integer.parseInt(text);
                } else {
                    refusals.add(name, text, "1 to " + MOST);
                }
            } else if (name.equals("cursor")) {
                from = Walk.Place.of(text);
                if (from.isEmpty()) {
                    refusals.add(name, text, "the cursor of an earlier page");
                }
            } else {
                refusals.add(
                        name,
                        text,
                        "one of " + String.join(", ", FilterFields.NAMES) + ", limit, cursor");
            }
            if (parameters.getAll(name).size() > 1) {
                refusals.add(name, parameters.getAll(name).size() + " values", "one");
            }
        }
        RequestFilter filter = fields.filter();
        if (!refusals.none()) {
            throw Problem.invalid(refusals.errors()).refused();
        }
        return new Question(filter, limit, from);
    }

    private static boolean in(int limit) {
        return limit >= 1 && limit <= MOST;
    }

    /// One page as it fills.
    private final class Page implements Walk.Reader {
        private final Question question;
        private final Caller caller;
        private final long now = clock.millis();
        private final Set<String> seen = new HashSet<>();
        private final ObjectNode json = Answers.object();
        private final ArrayNode rows = json.putArray("requests");

        Page(Question question, Caller caller) {
            this.question = question;
            this.caller = caller;
        }

        @Override
        public int read(WorkQueue shard, List<Listed.Row> page) {
            int read = 0;
            while (read < page.size() && !enough()) {
                Listed listed = page.get(read++).request();
                if (!question.filter().idPrefix().equals(Optional.of(listed.id()))) {
                    add(listed);
                }
            }
            return read;
        }

        @Override
        public boolean enough() {
            return rows.size() >= question.limit();
        }

        void add(Listed listed) {
            Entry entry = Entry.of(listed, RequestListController.this::node);
            if (question.filter().test(entry, now)
                    && caller.mayUse(entry.service())
                    && seen.add(entry.id())) {
                rows.add(row(entry, now));
            }
        }

        HttpResponse<?> answer(Walk.Stop stop) {
            json.put("cursor", stop.next().map(Walk.Place::text).orElse(null));
            json.put("searched", stop.searched());
            json.put("complete", stop.whole() && stop.next().isEmpty());
            return Answers.ok(json);
        }
    }

    /// Only the replica that sent it knows.
    private Optional<String> node(String id, int attempt) {
        return why.flight(id, attempt).map(Why.Flight::node);
    }

    private static ObjectNode row(Entry entry, long now) {
        ObjectNode row =
                Answers.object()
                        .put("id", entry.id())
                        .put("service", entry.service())
                        .put("priority", entry.priority())
                        .put("state", entry.state().text())
                        .put("attempts", entry.attempts())
                        .put("node", entry.node())
                        .put("enqueuedAt", RequestView.time(entry.enqueuedAtMs()))
                        .put(
                                "settledAt",
                                entry.settledAtMs() == 0
                                        ? null
                                        : RequestView.time(entry.settledAtMs()))
                        .put("ageMs", Math.max(0, now - entry.enqueuedAtMs()))
                        .put("method", entry.method())
                        .put("path", entry.path())
                        .put("reason", reason(entry));
        if (entry.waitsMs().isPresent()) {
            row.put("dueMs", now + entry.waitsMs().getAsLong());
        } else {
            row.putNull("dueMs");
        }
        return row;
    }

    private static @org.jspecify.annotations.Nullable String reason(Entry entry) {
        return "succeeded".equals(entry.reason()) ? null : entry.reason();
    }
}
