package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.dispatcher.dispatch.HeldLeases.Held;
import io.yardmaster.dispatcher.dispatch.RetryPolicy.Decision;
import io.yardmaster.nodes.Node;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.RequestIds;
import io.yardmaster.queue.Settlement;
import io.yardmaster.queue.StoredRequest;
import io.yardmaster.queue.Taken;
import io.yardmaster.queue.WorkQueue;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request's way, top to bottom: take, rate limit and breaker, choose, forward, settle.
///
/// Blocking code, a virtual thread for each request in flight. What is taken is sent at once: a
/// take asks for no more than nodes have free slots for.
public final class Dispatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Dispatch.class);
    private static final Duration GATHER = Duration.ofNanos(700_000);

    private final List<Lane> lanes;
    private final Stations stations;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final RequestIds ids;
    private final ExecutorService threads;
    private final Loop loop;
    private volatile boolean stopping;

    /// What a request passes on its way.
    record Stations(
            Backlog backlog,
            TakePlanner planner,
            HeldLeases held,
            Gate gate,
            Forwarder forwarder,
            Outbound outbound,
            Policies policies,
            RetryPolicy retries,
            Settler settler,
            DispatchListener listener) {}

    Dispatch(
            List<WorkQueue> shards,
            Stations stations,
            Replica.Surroundings around,
            RequestIds ids) {
        this.threads = Executors.newThreadPerTaskExecutor(around.threads());
        this.loop = new Loop("dispatch", Duration.ZERO, this::round, around.threads());
        this.lanes =
                shards.stream()
                        .map(shard ->
                                new Lane(
                                        shard,
                                        shards.size() == 1,
                                        stations.planner(),
                                        stations.backlog()::ring,
                                        this::taken,
                                        around.threads()))
                        .toList();
        this.stations = stations;
        this.clock = around.clock();
        this.nanos = around.nanos();
        this.ids = ids;
    }

    public void start() {
        lanes.forEach(Lane::start);
        loop.start();
    }

    /// The takes from each shard. While it is quiet they go along with what comes by this replica's
    /// own door ([Intake#takeAlong]), and their way begins at [#taken].
    List<Lane> lanes() {
        return lanes;
    }

    /// 1. Take what can go now, from all shards; wait for a bell when nothing can.
    private void round() throws InterruptedException {
        if (lanes.getFirst().repeats()) {
            return;
        }
        List<Lane.Ask> asks = asks();
        if (isSmall(asks) && stations.held().size() >= TakePlanner.FEW) {
            asks.forEach(stations.planner()::free);
            LockSupport.parkNanos(GATHER.toNanos());
            asks = asks();
        }
        if (asks.isEmpty()) {
            stations.backlog().await(stations.planner().holds());
            return;
        }
        for (Lane.Ask ask : asks) {
            lanes.get(ask.shard()).ask(ask);
        }
    }

    private List<Lane.Ask> asks() {
        return stopping ? List.of() : stations.planner().ask(ids::nonce);
    }

    /// When much is in flight, slots get free one by one. Waiting a moment makes one take of many,
    /// which costs Redis and us a tenth; a quiet replica never waits.
    private static boolean isSmall(List<Lane.Ask> asks) {
        return !asks.isEmpty() && asks.stream().mapToInt(Lane.Ask::sum).sum() < TakePlanner.FEW;
    }

    /// What was taken is on its way at once, each on a thread of its own.
    private void taken(Lane.Ask ask, Taken taken) {
        stations.backlog().taken(ask.shard(), taken.left(), ask.askedAt());
        for (Lease lease : taken.leases()) {
            Held held = stations.held().hold(lease, stations.planner().started(lease));
            threads.execute(() -> handle(held));
        }
    }

    private void handle(Held held) {
        boolean settling = false;
        held.runsOn(Thread.currentThread());
        try {
            settling = settle(held, attemptInSlot(held));
        } catch (InterruptedException | RuntimeException e) {
            abandoned(held.lease(), e);
        } finally {
            if (!settling) {
                over(held);
            }
        }
    }

    /// The slot is free for the next request as soon as the answer is there; settling goes on
    /// beside it.
    private Settlement attemptInSlot(Held held) throws InterruptedException {
        try {
            return attempt(held);
        } finally {
            stations.held().attempted(held);
            stations.planner()
                    .finished(
                            held.lease(),
                            held.charged(),
                            Duration.ofNanos(nanos.getAsLong() - held.since()));
            stations.backlog().slotFreed();
        }
    }

    /// 2. Find a node that may serve it; one that cannot be reached costs no attempt, the next one
    ///    is asked at once.
    private Settlement attempt(Held held) throws InterruptedException {
        Request request = held.lease().request();
        Duration timeout = stations.policies().timeout(request);
        Set<String> unreachable = new HashSet<>();
        while (!stopping && stations.held().maySend(held)) {
            switch (stations.gate().enter(request, unreachable, timeout)) {
                case Gate.Entry.Closed(Duration retryAfter, String _) -> {
                    return new Settlement.Release(retryAfter);
                }
                case Gate.Entry.Open entry -> {
                    Sent sent = forward(held, entry, timeout);
                    switch (sent.answer()) {
                        case Answer.Unreachable _ -> {
                            tell(held.lease(), sent, "unreachable", "unreachable");
                            unreachable.add(sent.node());
                        }
                        case Answer.Withheld _ -> {}
                        case Answer.Responded _,
                                Answer.Unsendable _,
                                Answer.TimedOut _,
                                Answer.Broken _ -> {
                            return settlement(held.lease(), sent);
                        }
                    }
                }
            }
        }
        return new Settlement.Release(Duration.ZERO);
    }

    /// 3. Send it, and tell the node's breaker and figures how it went.
    private Sent forward(Held held, Gate.Entry.Open entry, Duration timeout)
            throws InterruptedException {
        String node = entry.node().id();
        Outgoing outgoing = stations.outbound().prepare(held.lease(), node, timeout);
        stations.held().placed(held, node, entry.pass().decision());
        long began = nanos.getAsLong();
        Instant at = clock.instant();
        try {
            stations.listener()
                    .sending(
                            held.lease(),
                            node,
                            Duration.between(held.lease().stored().enqueuedAt(), at));
            Answer answer = send(held, entry.node(), outgoing, timeout);
            Duration took = Duration.ofNanos(nanos.getAsLong() - began);
            leaveSlot(held, answer);
            entry.heard(answer);
            switch (answer) {
                case Answer.Responded responded when responded.status() < 500 -> entry.served(took);
                case Answer.Unsendable _, Answer.Withheld _ -> entry.ignored();
                case Answer.Unreachable _ -> entry.unreachable(took);
                case Answer.Responded _, Answer.TimedOut _, Answer.Broken _ -> entry.failed(took);
            }
            return new Sent(node, at.toEpochMilli(), took, answer, entry.pass().decision());
        } catch (InterruptedException | RuntimeException e) {
            stations.held().attempted(held);
            entry.ignored();
            throw e;
        }
    }

    /// Before the node's figures say that the slot is free: a slot that is counted as free and as
    /// in use at one moment would be one too many to share, and take from the urgent's reserve.
    private void leaveSlot(Held held, Answer answer) {
        switch (answer) {
            case Answer.Unreachable _, Answer.Withheld _ -> stations.held().unplaced(held);
            case Answer.Responded _, Answer.Unsendable _, Answer.TimedOut _, Answer.Broken _ ->
                    stations.held().attempted(held);
        }
    }

    private Answer send(Held held, Node node, Outgoing outgoing, Duration timeout)
            throws InterruptedException {
        try {
            return stations.forwarder()
                    .send(node, outgoing, timeout, () -> stations.held().maySend(held));
        } catch (IllegalArgumentException e) {
            return new Answer.Unsendable(String.valueOf(e.getMessage()));
        }
    }

    private void tell(Lease lease, Sent sent, String outcome, String cause) {
        stations.listener().attempted(lease, sent.node(), outcome, cause, sent.took());
    }

    /// `chosen`: why it went to that node, when that was sampled.
    private record Sent(
            String node,
            long atMs,
            Duration took,
            Answer answer,
            Optional<io.yardmaster.nodes.Decision> chosen) {}

    /// 4. What the answer means for the request.
    private Settlement settlement(Lease lease, Sent sent) {
        StoredRequest stored = lease.stored();
        int maxRetries = stations.policies().maxRetries(stored.request());
        Decision decision = stations.retries().decide(stored, maxRetries, sent.answer());
        String cause =
                switch (decision) {
                    case Decision.Succeed() -> "succeeded";
                    case Decision.Again(Duration _, String why, boolean _) -> why;
                    case Decision.GiveUp(String why) -> why;
                };
        OutcomeJson.Attempt attempt =
                new OutcomeJson.Attempt(
                        lease.attempt(),
                        sent.node(),
                        sent.atMs(),
                        sent.took().toMillis(),
                        sent.answer(),
                        cause,
                        sent.chosen());
        return switch (decision) {
            case Decision.Succeed() -> {
                tell(lease, sent, "succeeded", cause);
                yield new Settlement.Succeeded(
                        OutcomeJson.outcome(stored, attempt, null, clock.millis()));
            }
            case Decision.Again(Duration delay, String _, boolean counted) -> {
                tell(lease, sent, "retried", cause);
                String line = OutcomeJson.attempt(attempt);
                yield counted
                        ? new Settlement.Retry(delay, line)
                        : new Settlement.Defer(delay, line);
            }
            case Decision.GiveUp(String reason) -> {
                tell(lease, sent, "dead", cause);
                yield new Settlement.Dead(
                        OutcomeJson.outcome(stored, attempt, reason, clock.millis()));
            }
        };
    }

    /// 5. Tell Redis, whose answer nobody waits for. Only the current lease settles: a late word
    ///    changes nothing there.
    private boolean settle(Held held, Settlement settlement) {
        if (held.calledOff()) {
            return false;
        }
        var _ =
                stations.settler()
                        .settle(held.lease(), settlement)
                        .whenComplete((answer, failure) -> {
                            try {
                                if (answer == null) {
                                    abandoned(held.lease(), failure);
                                } else {
                                    stations.listener().settled(held.lease(), settlement, answer);
                                }
                            } finally {
                                over(held);
                            }
                        });
        return true;
    }

    private void abandoned(Lease lease, Throwable why) {
        if (why instanceof InterruptedException) {
            log.atDebug().addKeyValue("request", lease.id()).log("the attempt was called off");
            return;
        }
        stations.listener().abandoned(lease, why);
        log.atError()
                .addKeyValue("request", lease.id())
                .setCause(why)
                .log(
                        "attempt {} was abandoned and comes back when its lease ends",
                        lease.attempt());
    }

    private void over(Held held) {
        stations.listener().over(held.lease());
        stations.held().release(held);
    }

    /// Takes nothing more, lets what is in flight end, and gives back what was not sent.
    ///
    /// @return whether all of it ended in time; what did not comes back when its lease ends
    public boolean drain(Duration longest) throws InterruptedException {
        stopTaking();
        return stations.held().awaitNone(longest);
    }

    private void stopTaking() {
        stopping = true;
        loop.stop();
        stations.backlog().ring();
        loop.close();
        lanes.forEach(Lane::stop);
        lanes.forEach(Lane::close);
    }

    @Override
    public void close() {
        stopTaking();
        threads.shutdownNow();
    }
}
