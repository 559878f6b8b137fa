package io.yardmaster.dispatcher.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// The demo from the first process to the summary. Used once, by one thread.
final class Demo {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final double START_LIMIT_SECONDS = 60;

    /// How long accepted requests may stay unknown to an idle dispatcher before the demo calls them
    /// lost.
    private static final double LOST_AFTER_SECONDS = 5;

    private static final int LOOK_UPS_AT_ONCE = 16;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final House house;
    private final DispatcherApi api;
    private final int requests;
    private final PrintStream out;
    private final Progress progress;
    private final LongSupplier nanos = System::nanoTime;
    private final InstantSource clock = InstantSource.system();
    private final Map<String, String> states = new ConcurrentHashMap<>();
    private volatile long open;

    Demo(House house, DispatcherApi api, int requests, PrintStream out, boolean terminal) {
        this.house = house;
        this.api = api;
        this.requests = requests;
        this.out = out;
        this.progress = new Progress(out, terminal);
    }

    /// Runs the traffic until every accepted request is settled, or `limit` has passed.
    Summary run(Duration limit) throws InterruptedException {
        try {
            return runToTheEnd(limit);
        } catch (IOException e) {
            throw house.explain(e);
        }
    }

    private Summary runToTheEnd(Duration limit) throws IOException, InterruptedException {
        JsonNode health = awaitHouse();
        URI redis = redisOf(health);
        out.println(
                "  durability "
                        + health.path("durability").asText("unknown")
                        + ", dashboard "
                        + house.url()
                        + "/\n");
        progress.head();
        Traffic traffic = new Traffic(Parcel.Way.values().length, nanos, () -> open);
        String run = Long.toString(clock.millis(), 36);
        long start = nanos.getAsLong();
        try (RespConnection inspector = new RespConnection(redis)) {
            Map<Parcel.Way, List<Parcel>> plan = Parcel.plan(run, requests);
            for (Map.Entry<Parcel.Way, List<Parcel>> way : plan.entrySet()) {
                traffic.start(door(way.getKey(), redis), way.getValue());
            }
            double seconds = follow(traffic, inspector, start, limit);
            Map<String, Lane> lanes = new LinkedHashMap<>();
            traffic.accepted().forEach(parcel -> lanes.put(parcel.id(), parcel.lane()));
            return new Summary(Map.copyOf(states), lanes, served(), seconds);
        } finally {
            traffic.stop();
        }
    }

    private JsonNode awaitHouse() throws IOException, InterruptedException {
        long start = nanos.getAsLong();
        while (since(start) < START_LIMIT_SECONDS) {
            house.requireAlive();
            try {
                DispatcherApi.Answer health = api.get("/health");
                if (health.status() == 200
                        && house.nodeUrls().size() == Machine.HOUSE.size()
                        && allNodesKnown(api.get("/v1/nodes").json())) {
                    return health.json();
                }
            } catch (IOException _) {
                // still starting; a process that ended is noticed above
            }
            Thread.sleep(POLL);
        }
        throw new DemoFailure(
                "start: not ready (expected: within " + (int) START_LIMIT_SECONDS + " s)");
    }

    private static boolean allNodesKnown(JsonNode answer) {
        List<String> ids = answer.path("nodes").findValuesAsText("id");
        return Machine.HOUSE.stream().allMatch(machine -> ids.contains(machine.id()));
    }

    private static URI redisOf(JsonNode health) {
        String uri = health.path("redis").asText();
        if (!uri.startsWith("redis://")) {
            throw new DemoFailure(
                    "/health redis: '"
                            + uri
                            + "' (expected: the embedded Redis' redis:// address)");
        }
        return URI.create(uri);
    }

    private Door door(Parcel.Way way, URI redis) throws IOException {
        return switch (way) {
            case REST_SINGLE -> new RestDoor(api, false, clock);
            case REST_BATCH -> new RestDoor(api, true, clock);
            case FCALL -> new RedisDoor(redis, true, clock);
            case RPUSH -> new RedisDoor(redis, false, clock);
        };
    }

    /// Polls until all is settled.
    ///
    /// @return seconds until the last settlement
    private double follow(Traffic traffic, RespConnection inspector, long start, Duration limit)
            throws IOException, InterruptedException {
        boolean busy = false;
        double shown = -1;
        double idleSince = -1;
        while (true) {
            Thread.sleep(POLL);
            house.requireAlive();
            requireProducers(traffic);
            double now = since(start);
            Map<Lane, DispatcherApi.Queue> queues = api.queues();
            open = queues.values().stream().mapToLong(DispatcherApi.Queue::open).max().orElse(0);
            long settled =
                    queues.values().stream()
                            .mapToLong(queue -> queue.succeeded() + queue.dead())
                            .sum();
            boolean idle =
                    traffic.finished()
                            && open == 0
                            && inspector.call("LLEN", "{yard:0}:in") instanceof Long n
                            && n == 0;
            if (now - shown >= 1 || (idle && idleSince < 0)) {
                progress.show(state(now, queues), settled, requests);
                shown = now;
            }
            if (!busy && settled >= requests / 2) {
                busy = true;
                foreignLoad(now);
            }
            idleSince = !idle ? -1 : idleSince < 0 ? now : idleSince;
            if (idle && lookUp(traffic.accepted())) {
                progress.say("");
                return idleSince;
            }
            if (now > limit.toSeconds() || (idle && now - idleSince > LOST_AFTER_SECONDS)) {
                progress.say("");
                explainUnsettled(traffic, inspector);
                return now;
            }
        }
    }

    private static void requireProducers(Traffic traffic) throws IOException {
        Exception failure = traffic.failure();
        if (failure instanceof IOException broken) {
            throw broken; // perhaps the dispatcher ended: the caller looks
        }
        if (failure != null) {
            throw new DemoFailure("a producer gave up: " + failure.getMessage());
        }
    }

    private void foreignLoad(double now) throws IOException, InterruptedException {
        URI desktop = house.nodeUrls().get(Machine.HOUSE.size() - 1);
        api.post(
                desktop.resolve("/demo/foreign-load?cores=" + Machine.FOREIGN_LOAD).toString(),
                "text/plain",
                new byte[0]);
        progress.say(
                "%4.0f s  someone starts a game on the %s: its work now takes three times as long"
                        .formatted(now, Machine.SHARED));
    }

    private Progress.State state(double seconds, Map<Lane, DispatcherApi.Queue> queues)
            throws IOException, InterruptedException {
        Map<String, Long> nodes = new LinkedHashMap<>();
        Map<Lane, Long> lanes = new EnumMap<>(Lane.class);
        for (URI url : house.nodeUrls()) {
            JsonNode stats = api.get(url.resolve("/stats").toString()).json();
            nodes.put(stats.path("node").asText(), stats.path("served").asLong());
            for (Lane lane : Lane.values()) {
                lanes.merge(lane, stats.path("byPriority").path(lane.label()).asLong(), Long::sum);
            }
        }
        return new Progress.State(seconds, queues, nodes, lanes);
    }

    private Map<String, List<Served>> served() throws IOException, InterruptedException {
        Map<String, List<Served>> served = new LinkedHashMap<>();
        for (URI url : house.nodeUrls()) {
            JsonNode stats = api.get(url.resolve("/stats?records=true").toString()).json();
            List<Served> records = new ArrayList<>();
            for (JsonNode one : stats.path("records")) {
                records.add(JSON.treeToValue(one, Served.class));
            }
            served.put(stats.path("node").asText(), records);
        }
        return served;
    }

    /// Asks for the state of every accepted request that is not yet known to be settled.
    ///
    /// @return whether all are
    private boolean lookUp(List<Parcel> accepted) throws InterruptedException {
        List<Parcel> left =
                accepted.stream()
                        .filter(parcel ->
                                !Summary.SETTLED.contains(states.getOrDefault(parcel.id(), "")))
                        .toList();
        Semaphore slots = new Semaphore(LOOK_UPS_AT_ONCE);
        CountDownLatch done = new CountDownLatch(left.size());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Parcel parcel : left) {
                slots.acquire();
                threads.execute(() -> {
                    try {
                        states.put(parcel.id(), stateOf(parcel.id()));
                    } finally {
                        slots.release();
                        done.countDown();
                    }
                });
            }
            if (!done.await(60, TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        }
        return accepted.stream()
                .allMatch(parcel -> Summary.SETTLED.contains(states.getOrDefault(parcel.id(), "")));
    }

    private String stateOf(String id) {
        try {
            DispatcherApi.Answer answer = api.get("/v1/requests/" + id);
            return answer.status() == 200
                    ? answer.json().path("state").asText()
                    : "HTTP " + answer.status();
        } catch (IOException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    private void explainUnsettled(Traffic traffic, RespConnection inspector)
            throws IOException, InterruptedException {
        if (!lookUp(traffic.accepted())) {
            states.entrySet().stream()
                    .filter(state -> !Summary.SETTLED.contains(state.getValue()))
                    .limit(5)
                    .forEach(state ->
                            out.println(
                                    "  not settled: "
                                            + state.getKey()
                                            + " is "
                                            + state.getValue()));
        }
        Object quarantined = inspector.call("LRANGE", "{yard:0}:quarantine", "0", "2");
        if (quarantined instanceof List<?> reasons) {
            reasons.forEach(reason -> out.println("  in quarantine: " + reason));
        }
    }

    private double since(long start) {
        return (nanos.getAsLong() - start) / 1e9;
    }
}
