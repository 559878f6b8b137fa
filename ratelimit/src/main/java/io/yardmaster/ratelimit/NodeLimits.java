package io.yardmaster.ratelimit;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The rate limit of each node, kept by all replicas together. A replica leases tokens in lots of
/// `L = clamp(R / (20 N), 1, B / 4)` and spends them locally, so that about one admission in L
/// costs a Redis call, and in any window `w` all `N` replicas together admit at most `R w + B + N
/// L`. A refusal is remembered until a token is due.
///
/// While the shared buckets are out of reach each replica keeps to `R / N`, starting with nothing
/// saved up; they are tried again once a second, by one caller. An outage may add one burst `B` to
/// the bound of a window that spans its end, because the shared bucket filled up meanwhile.
///
/// Thread-safe. At most 10,000 nodes are remembered; one that is forgotten loses at most its lot.
public final class NodeLimits {

    static final int MAX_NODES = 10_000;
    static final Duration RETRY = Duration.ofSeconds(1);

    /// Where tokens come one by one, a refusal is the answer for most of the time between them.
    private static final Duration TOLD_FOR = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(NodeLimits.class);

    private final SharedTokens shared;
    private final LongSupplier nanos;
    private final Recent<String, Lot> lots = new Recent<>(MAX_NODES);
    private final AtomicReference<Settings> settings;
    private final AtomicReference<@Nullable Outage> outage = new AtomicReference<>();

    private final AtomicLong outages = new AtomicLong();

    private record Settings(Limit limit, int replicas) {

        Settings {
            if (replicas < 1) {
                throw new IllegalArgumentException(
                        "live replicas: " + replicas + " (expected: at least 1)");
            }
        }

        long lotSize() {
            double share = limit.perSecond() / (20.0 * replicas);
            return (long) Math.max(1, Math.min(share, limit.burst() / 4));
        }

        TokenBucket ownShare() {
            return new TokenBucket(
                    limit.perSecond() / replicas, Math.max(1, limit.burst() / replicas));
        }
    }

    private record Outage(long number, long sinceMillis, AtomicLong retryAt) {}

    /// @param limit for each node
    /// @param liveReplicas how many replicas share it, at least 1
    /// @param nanos monotonic time in nanoseconds
    public NodeLimits(Limit limit, int liveReplicas, SharedTokens shared, LongSupplier nanos) {
        this.settings = new AtomicReference<>(new Settings(limit, liveReplicas));
        this.shared = shared;
        this.nanos = nanos;
    }

    /// Whether the node may be sent one more request now. Takes nothing, and is local except for
    /// the one call in L that leases the next lot.
    public boolean admits(String node) {
        Settings now = settings.get();
        return now.limit.isOff() || lot(node).fill(now);
    }

    /// Spends one token, just before a request is sent.
    ///
    /// @return false when another thread took the last token since [#admits] said yes: nothing was
    ///   spent, choose again
    public boolean spend(String node) {
        Settings now = settings.get();
        return now.limit.isOff() || lot(node).spend(now);
    }

    /// When to ask again for a node that is not admitted now; empty when nothing is known to hold
    /// it back. Never calls Redis.
    public Optional<Duration> retryAfter(String node) {
        Settings now = settings.get();
        return now.limit.isOff() ? Optional.empty() : lot(node).retryAfter(now);
    }

    /// How long the node's limit still holds requests back, 0 when the next one may go at this
    /// moment; empty when the last request got a token, or was refused one more than a second ago.
    /// Never calls Redis.
    public Optional<Duration> holds(String node) {
        Settings now = settings.get();
        return now.limit.isOff() ? Optional.empty() : lot(node).holds(now);
    }

    /// The limit of each node.
    public Limit limit() {
        return settings.get().limit;
    }

    /// Replaces the limit. Tokens that were leased under the old one are dropped.
    public void setLimit(Limit limit) {
        settings.updateAndGet(old -> new Settings(limit, old.replicas));
    }

    /// Replaces the number of replicas: lots and the share in an outage follow it.
    ///
    /// @param replicas how many share the limits, this one included; at least 1
    public void setLiveReplicas(int replicas) {
        settings.updateAndGet(old -> new Settings(old.limit, replicas));
    }

    private Lot lot(String node) {
        return lots.get(node, Lot::new);
    }

    private static long millis(long now) {
        return Math.floorDiv(now, 1_000_000L);
    }

    /// The shared buckets' answer, or null while they are out of reach.
    private @Nullable Verdict draw(String node, Settings current, long now) {
        Outage before = outage.get();
        if (before != null) {
            long due = before.retryAt.get();
            // One caller a second pays for the attempt; the others go on with their own share.
            if (now < due || !before.retryAt.compareAndSet(due, now + RETRY.toNanos())) {
                return null;
            }
        }
        try {
            Verdict verdict =
                    shared.draw(SharedTokens.Scope.NODE, node, current.limit, current.lotSize());
            if (before != null && outage.compareAndSet(before, null)) {
                LOG.info("node limits are shared with the other replicas again");
            }
            return verdict;
        } catch (SharedTokens.Unavailable e) {
            // From the end of the call: one that timed out took as long as the pause itself.
            AtomicLong retryAt = new AtomicLong(nanos.getAsLong() + RETRY.toNanos());
            if (before != null) {
                before.retryAt.set(retryAt.get());
            } else if (outage.compareAndSet(
                    null, new Outage(outages.incrementAndGet(), millis(now), retryAt))) {
                LOG.warn(
                        "node limits: each of {} replicas keeps to its share", current.replicas, e);
            }
            return null;
        }
    }

    /// One node's tokens in this replica. The lock is held while a lot is leased, so that one
    /// thread asks and the others find its answer.
    private final class Lot {

        private final String node;
        private @Nullable Limit leasedUnder;
        private long tokens;
        private boolean denied;
        private long deniedUntil;
        private long ownShareIn;
        private TokenBucket.State ownShare = new TokenBucket.State(0, 0);

        Lot(String node) {
            this.node = node;
        }

        synchronized boolean spend(Settings current) {
            if (!fill(current)) {
                return false;
            }
            tokens--;
            return true;
        }

        synchronized boolean fill(Settings current) {
            dropIfChanged(current);
            long now = nanos.getAsLong();
            if (tokens > 0) {
                return true;
            }
            if (denied && now < deniedUntil) {
                return false;
            }
            Verdict answer = draw(node, current, now);
            switch (answer == null ? drawOwnShare(current, now) : answer) {
                case Verdict.Granted(long granted) -> {
                    tokens = granted;
                    denied = false;
                }
                case Verdict.Wait(Duration retryAfter) -> {
                    denied = true;
                    deniedUntil = now + retryAfter.toNanos();
                }
            }
            return tokens > 0;
        }

        synchronized Optional<Duration> retryAfter(Settings current) {
            dropIfChanged(current);
            long left = deniedUntil - nanos.getAsLong();
            return denied && tokens == 0 && left > 0
                    ? Optional.of(Duration.ofNanos(left))
                    : Optional.empty();
        }

        synchronized Optional<Duration> holds(Settings current) {
            dropIfChanged(current);
            long left = deniedUntil - nanos.getAsLong();
            return denied && tokens == 0 && left > -TOLD_FOR.toNanos()
                    ? Optional.of(Duration.ofNanos(Math.max(0, left)))
                    : Optional.empty();
        }

        private Verdict drawOwnShare(Settings current, long now) {
            Outage during = outage.get();
            if (during == null) {
                return new Verdict.Wait(Duration.ofMillis(1)); // just over: ask the shared bucket
            }
            TokenBucket bucket = current.ownShare();
            if (during.number != ownShareIn) {
                ownShareIn = during.number;
                // Nothing saved up: the shared bucket may just have been emptied by all replicas.
                ownShare = bucket.empty(during.sinceMillis);
            }
            TokenBucket.Decision decision = bucket.take(ownShare, millis(now), 1);
            ownShare = decision.next();
            return decision.verdict();
        }

        private void dropIfChanged(Settings current) {
            if (!current.limit.equals(leasedUnder)) {
                leasedUnder = current.limit;
                tokens = 0;
                denied = false;
            }
        }
    }
}
