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
import io.yardmaster.redis.RedisFailure;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One request's way, top to bottom: take, rate limit and breaker, choose, forward, settle.
///
/// Blocking code, a virtual thread for each request in flight. What is taken is sent at once: a
/// take asks for no more than nodes have free slots for.
public final class Dispatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Dispatch.class);
    private static final int SMALL_TAKE = 16;
    private static final Duration GATHER = Duration.ofNanos(300_000);
    private static final Duration IDLE_LOOK = Duration.ofSeconds(1);

    private final WorkQueue queue;
    private final Stations stations;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final RequestIds ids;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Loop loop = new Loop("dispatch", Duration.ZERO, this::round);
    private volatile boolean stopping;
    private @Nullable Ask unanswered;

    /// Asked before, with no answer that says what became of it.
    private @Nullable Ask tried;

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
            WorkQueue queue,
            Stations stations,
            InstantSource clock,
            LongSupplier nanos,
            RequestIds ids) {
        this.queue = queue;
        this.stations = stations;
        this.clock = clock;
        this.nanos = nanos;
        this.ids = ids;
    }

    public void start() {
        loop.start();
    }

    /// 1. Take what can go now; wait for a bell when nothing can.
    private void round() throws InterruptedException {
        Ask again = unanswered;
        if (again != null) {
            dispatch(again);
            return;
        }
        List<Taken.Want> wants = plan();
        if (isSmall(wants) && stations.held().size() >= SMALL_TAKE) {
            LockSupport.parkNanos(GATHER.toNanos());
            wants = plan();
        }
        if (wants.isEmpty()) {
            stations.backlog().await(IDLE_LOOK);
            return;
        }
        dispatch(new Ask(ids.nonce(), wants, nanos.getAsLong()));
    }

    /// A take, so that it can be asked again.
    private record Ask(String nonce, List<Taken.Want> wants, long askedAt) {}

    private void dispatch(Ask ask) {
        unanswered = ask;
        Taken taken = take(ask);
        unanswered = null;
        stations.backlog().taken(taken.left());
        for (Lease lease : taken.leases()) {
            Held held = stations.held().hold(lease, stations.planner().started(lease));
            threads.execute(() -> handle(held));
        }
    }

    private List<Taken.Want> plan() {
        return stopping ? List.of() : stations.planner().plan();
    }

    /// When much is in flight, slots get free one by one. Waiting a moment makes one take of many,
    /// which costs Redis and us a tenth; a quiet replica never waits.
    private static boolean isSmall(List<Taken.Want> wants) {
        return !wants.isEmpty() && wants.stream().mapToInt(Taken.Want::most).sum() < SMALL_TAKE;
    }

    /// What Redis did not do is planned anew. What it may have done is asked for again, until there
    /// is an answer: the same nonce gives the same batch, which nobody else would send.
    private Taken take(Ask ask) {
        try {
            return queue.take(ask.nonce(), ask.wants(), ask.askedAt());
        } catch (RedisFailure.NotExecuted e) {
            // Nor must it be forgotten when a try before this one may have been carried out.
            if (!ask.equals(tried)) {
                unanswered = null;
            }
            throw e;
        } finally {
            tried = unanswered;
        }
    }

    private void handle(Held held) {
        Lease lease = held.lease();
        held.runsOn(Thread.currentThread());
        try {
            settle(held, attemptInSlot(held));
        } catch (InterruptedException e) {
            log.debug("{} was called off", lease.id());
        } catch (RuntimeException e) {
            stations.listener().abandoned(lease, e);
            log.error(
                    "{}: attempt {} was abandoned and comes back when its lease ends",
                    lease.id(),
                    lease.attempt(),
                    e);
        } finally {
            stations.held().release(held);
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
            stations.backlog().ring();
        }
    }

    /// 2. Find a node that may serve it; one that cannot be reached costs no attempt, the next one
    ///    is asked at once.
    private Settlement attempt(Held held) throws InterruptedException {
        Request request = held.lease().request();
        Duration timeout =
                request.timeout().orElse(stations.policies().of(request.queue()).timeout());
        Set<String> unreachable = new HashSet<>();
        while (!stopping && stations.held().maySend(held)) {
            switch (stations.gate().enter(request, unreachable, timeout)) {
                case Gate.Entry.Closed(Duration retryAfter, String _) -> {
                    return new Settlement.Release(retryAfter);
                }
                case Gate.Entry.Open entry -> {
                    Sent sent = forward(held, entry, timeout);
                    if (!(sent.answer() instanceof Answer.Unreachable)) {
                        return settlement(held.lease(), sent);
                    }
                    tell(held.lease(), sent, "unreachable", "unreachable");
                    stations.held().unplaced(held);
                    unreachable.add(sent.node());
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
            Answer answer = send(entry.node(), outgoing, timeout);
            Duration took = Duration.ofNanos(nanos.getAsLong() - began);
            entry.heard(answer);
            switch (answer) {
                case Answer.Responded responded when responded.status() < 500 -> entry.served(took);
                case Answer.Unsendable _ -> entry.ignored();
                case Answer.Unreachable _ -> entry.unreachable(took);
                case Answer.Responded _, Answer.TimedOut _, Answer.Broken _ -> entry.failed(took);
            }
            return new Sent(node, at.toEpochMilli(), took, answer, entry.pass().decision());
        } catch (InterruptedException | RuntimeException e) {
            entry.ignored();
            throw e;
        }
    }

    private Answer send(Node node, Outgoing outgoing, Duration timeout)
            throws InterruptedException {
        try {
            return stations.forwarder().send(node, outgoing, timeout);
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
        int maxRetries =
                stored.request()
                        .maxRetries()
                        .orElse(stations.policies().of(stored.request().queue()).maxRetries());
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

    /// 5. Tell Redis. Only the current lease settles: a late word changes nothing there.
    private void settle(Held held, Settlement settlement) throws InterruptedException {
        if (held.calledOff()) {
            return;
        }
        Settlement.Answer answer = stations.settler().settle(held.lease(), settlement);
        stations.listener().settled(held.lease(), settlement, answer);
    }

    /// Takes nothing more, lets what is in flight end, and gives back what was not sent.
    ///
    /// @return whether all of it ended in time; what did not comes back when its lease ends
    public boolean drain(Duration longest) throws InterruptedException {
        stopping = true;
        stations.backlog().ring();
        loop.close();
        return stations.held().awaitNone(longest);
    }

    @Override
    public void close() {
        stopping = true;
        stations.backlog().ring();
        loop.close();
        threads.shutdownNow();
    }
}
