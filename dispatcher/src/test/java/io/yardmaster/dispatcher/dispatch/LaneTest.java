package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.nodes.NodeSource.Entries;
import io.yardmaster.nodes.NodeSource.Snapshot;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.NodesConfig;
import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.RequestIds;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.Taken;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.ratelimit.Limit;
import io.yardmaster.ratelimit.NodeLimits;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisConfig;
import io.yardmaster.redis.RedisFailure;
import io.yardmaster.redis.RedisFixture;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What goes wrong with a take that goes along with offers: nothing of it may be sent twice, and
/// the next one goes all the same.
class LaneTest {
    private static final QueueName NORMAL = new QueueName("default", Priority.NORMAL);
    private static final QueueName LOW = new QueueName("default", Priority.LOW);
    private static final Duration PATIENT = Duration.ofMillis(300);
    private static RedisFixture fixture;
    private static Redis redis;

    private final RequestIds ids = new RequestIds(InstantSource.system(), new SecureRandom());
    private final Backlog backlog = new Backlog(1, System::nanoTime);
    private final TakePlanner planner = planner();

    /// Whose leases were handed on.
    private final List<String> handedOn = new CopyOnWriteArrayList<>();

    @BeforeAll
    static void start() {
        fixture = RedisFixture.start();
        redis = fixture.redis(Replica.library());
    }

    @AfterAll
    static void stop() {
        fixture.close();
    }

    @BeforeEach
    void knowEmptyQueues() {
        fixture.flush();
        Taken.Left nothing = new Taken.Left(0, new Taken.Hold.None());
        backlog.taken(0, Map.of(NORMAL, nothing, LOW, nothing), System.nanoTime());
    }

    private TakePlanner planner() {
        Settings settings = settings();
        Node node = Node.at("nuc", URI.create("http://127.0.0.1:1"));
        Nodes nodes =
                new Nodes(
                        _ -> new Snapshot(1, new Entries(Map.of("nuc", node), Map.of()), Map.of()),
                        NodesConfig.defaults(),
                        System::nanoTime,
                        new Random(1),
                        NodeListener.NONE);
        nodes.refresh();
        Gate gate =
                new Gate(
                        nodes,
                        new Breakers(
                                new Policies(settings).breaker("default"),
                                System::nanoTime,
                                new Random(1),
                                (_, _, _, _) -> {}),
                        new NodeLimits(
                                Limit.OFF,
                                1,
                                (_, _, _, _) -> {
                                    throw new IllegalStateException("no limits are set");
                                },
                                System::nanoTime),
                        Whereabouts.NOWHERE,
                        System::nanoTime);
        return new TakePlanner(
                new Policies(settings),
                backlog,
                new HeldLeases(Duration.ofSeconds(5), InstantSource.system(), System::nanoTime),
                gate,
                new TakePlanner.Bounds(1000, 100, 1, () -> 1),
                System::nanoTime);
    }

    private static Settings settings() {
        Map<String, String> flags = Map.of("yardmaster.replica-id", "test");
        return switch (Settings.load(flags, Map.of(), Optional.empty())) {
            case Settings.Loaded.Ok(Settings ok) -> ok;
            case Settings.Loaded.Refused(List<String> lines) ->
                    throw new IllegalStateException(lines.toString());
        };
    }

    private static WorkQueue queue(Redis redis) {
        return new WorkQueue(redis, 0, "test", Duration.ofSeconds(5), System::nanoTime);
    }

    private Lane lane(WorkQueue queue, BiConsumer<Lane.Ask, Taken> receiver) {
        return new Lane(queue, true, planner, () -> {}, receiver, RedisFixture.LOOPS.threads());
    }

    private void handOn(Taken taken) {
        taken.leases().forEach(lease -> handedOn.add(lease.id() + "." + lease.attempt()));
    }

    private Intake intake(WorkQueue queue, Lane lane, ThreadFactory threads) {
        Intake intake = new Intake(Shards.of(queue), System::nanoTime);
        intake.takeAlong(List.of(lane), ids::nonce, threads);
        return intake;
    }

    private static Offer offer(String id) {
        return Offer.of(Request.of(id, NORMAL, "/work", new byte[] {1}));
    }

    private static Offer delayed(String id) {
        return new Offer(offer(id).request(), Duration.ofMinutes(5), Duration.ZERO, "", false);
    }

    private void assertGoesOn(Lane lane) {
        Optional<Lane.Ask> next = lane.along(List.of(offer("next")), ids::nonce);
        assertTrue(next.isPresent(), "the next take may go along");
        lane.letGo(next.get(), false);
    }

    @Test
    void failure_while_leases_are_handed_on_hands_none_on_twice() throws Exception {
        WorkQueue queue = queue(redis);
        AtomicBoolean fails = new AtomicBoolean(true);
        Lane lane =
                lane(
                        queue,
                        (_, taken) -> {
                            for (Lease lease : taken.leases()) {
                                if (lease.id().equals("b") && fails.getAndSet(false)) {
                                    throw new IllegalStateException("no thread for the second");
                                }
                                handedOn.add(lease.id());
                            }
                        });
        try (Intake intake = intake(queue, lane, RedisFixture.LOOPS.threads())) {
            List<Offer> both = List.of(offer("a"), offer("b"));
            assertThrows(IllegalStateException.class, () -> intake.offerAll(both));
            assertFalse(lane.repeats(), "it is asked for again");
            assertEquals(List.of("a"), handedOn);
            assertGoesOn(lane);
        }
    }

    @Test
    void thread_that_cannot_be_started_leaves_the_shard_open() throws Exception {
        WorkQueue queue = queue(redis);
        AtomicBoolean fails = new AtomicBoolean(true);
        Lane lane = lane(queue, (_, taken) -> handOn(taken));
        ThreadFactory threads =
                task -> {
                    if (fails.getAndSet(false)) {
                        throw new OutOfMemoryError("a thread");
                    }
                    return RedisFixture.LOOPS.threads().newThread(task);
                };
        try (Intake intake = intake(queue, lane, threads)) {
            assertThrows(IllegalStateException.class, () -> intake.offer(offer("a")));
            assertEquals(new Admission.Queued("b"), intake.offer(offer("b")));
            assertEquals(List.of("b.1"), handedOn);
        }
    }

    @Test
    void error_while_leases_are_handed_on_leaves_the_shard_open() {
        AtomicBoolean fails = new AtomicBoolean(true);
        Lane lane =
                lane(
                        queue(redis),
                        (_, _) -> {
                            if (fails.getAndSet(false)) {
                                throw new OutOfMemoryError("a thread");
                            }
                        });
        backlog.woke(0, LOW);
        Lane.Ask first = planner.ask(ids::nonce).getFirst();
        assertThrows(OutOfMemoryError.class, () -> lane.ask(first));
        backlog.woke(0, LOW);
        assertEquals(1, planner.ask(ids::nonce).size());
    }

    @Test
    void plan_that_fails_leaves_the_shard_open() {
        Lane lane = lane(queue(redis), (_, _) -> {});
        assertThrows(
                IllegalStateException.class,
                () ->
                        lane.along(
                                List.of(offer("a")),
                                () -> {
                                    throw new IllegalStateException("no entropy");
                                }));
        assertGoesOn(lane);
    }

    @Test
    void mapping_to_more_shards_than_are_served_leaves_the_shard_open() throws Exception {
        byte[] config = Redis.bytes("{yard:0}:config");
        redis.run(c ->
                c.hset(
                        config,
                        Map.of(
                                Redis.bytes("mapping"), Redis.bytes("2"),
                                Redis.bytes("shards"), Redis.bytes("1,2"))));
        WorkQueue queue = queue(redis);
        Lane lane = lane(queue, (_, taken) -> handOn(taken));
        try (Intake intake = intake(queue, lane, RedisFixture.LOOPS.threads())) {
            assertThrows(RedisFailure.class, () -> intake.offer(offer("a")));
            assertThrows(RedisFailure.class, () -> intake.offer(offer("b")));
            assertEquals(List.of(), handedOn);
            Lane.Ask first = lane.along(List.of(offer("a")), ids::nonce).orElseThrow();
            assertTrue(lane.along(List.of(offer("b")), ids::nonce).isEmpty(), "two at once");
            lane.letGo(first, false);
        }
    }

    @Test
    void what_is_refused_is_not_believed_to_wait() throws Exception {
        redis.run(c ->
                c.hset(Redis.bytes("{yard:0}:config"), Redis.bytes("max-size"), Redis.bytes("0")));
        WorkQueue queue = queue(redis);
        Lane lane = lane(queue, (_, taken) -> handOn(taken));
        try (Intake intake = intake(queue, lane, RedisFixture.LOOPS.threads())) {
            assertEquals(new Admission.Full(), intake.offer(offer("a")));
            assertEquals(List.of(), List.copyOf(backlog.services()));
        }
    }

    @Test
    void what_is_to_wait_takes_nothing_along() {
        Lane lane = lane(queue(redis), (_, _) -> {});
        assertTrue(lane.along(List.of(offer("a"), delayed("b")), ids::nonce).isEmpty());
        backlog.woke(0, NORMAL);
        assertTrue(lane.along(List.of(offer("a")), ids::nonce).isEmpty(), "others wait");
        Offer urgent =
                Offer.of(
                        Request.of(
                                "c",
                                new QueueName("default", Priority.CRITICAL),
                                "/",
                                new byte[0]));
        assertTrue(lane.along(List.of(urgent), ids::nonce).isEmpty(), "an unknown queue");
    }

    @Test
    void end_of_a_repeated_take_does_not_end_the_one_that_goes_along() throws Exception {
        List<Lane.Ask> second = new ArrayList<>();
        try (Redis impatient =
                Redis.connect(
                        new RedisConfig(fixture.uri(), PATIENT),
                        Replica.library(),
                        RedisFixture.LOOPS)) {
            WorkQueue queue = queue(impatient);
            Lane[] self = new Lane[1];
            self[0] =
                    lane(
                            queue,
                            (_, _) ->
                                    self[0].along(List.of(offer("z")), ids::nonce)
                                            .ifPresent(second::add));
            backlog.woke(0, LOW);
            Lane.Ask first = planner.ask(ids::nonce).getFirst();
            redis.run(c -> c.clientPause(PATIENT.toMillis() * 3 / 2));
            assertThrows(RedisFailure.class, () -> self[0].ask(first));
            Yard.await("Redis answers the repetition", () -> repeats(self[0]));
            assertEquals(1, second.size(), "it went along while the repetition ended");
            backlog.woke(0, LOW);
            assertEquals(List.of(), planner.ask(ids::nonce), "takes beside it");
            self[0].letGo(second.getFirst(), false);
            backlog.woke(0, LOW);
            assertEquals(1, planner.ask(ids::nonce).size());
        }
    }

    private static boolean repeats(Lane lane) {
        try {
            return lane.repeats();
        } catch (RedisFailure e) {
            return false; // still away
        }
    }

    @Test
    void lane_that_ends_takes_nothing_along_and_forgets_what_had_no_answer() {
        Lane lane = lane(queue(redis), (_, _) -> {});
        Lane.Ask ask = lane.along(List.of(offer("a")), ids::nonce).orElseThrow();
        lane.stop();
        lane.letGo(ask, true);
        lane.close();
        lane.close();
        assertTrue(lane.along(List.of(offer("b")), ids::nonce).isEmpty());
    }
}
