package io.yardmaster.ratelimit;

import io.yardmaster.ratelimit.Admission.Admitted;
import io.yardmaster.ratelimit.Admission.Refused;
import io.yardmaster.ratelimit.BreakerState.Closed;
import io.yardmaster.ratelimit.BreakerState.HalfOpen;
import io.yardmaster.ratelimit.BreakerState.Open;
import io.yardmaster.ratelimit.BreakerState.Trial;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps requests away from a node that fails them.
///
/// - Closed: opens when the share of failures in the sliding window reaches the threshold, with the
///   minimum of outcomes seen, or on a run of failures if that rule is on.
/// - Open: for the reset timeout, doubled with each re-opening up to tenfold, times a random 0.5 to
///   1.5 so that replicas do not return all at once.
/// - Half-open: begins with the first request after the open period. A few trials: the first that
///   fails, or keeps silent beyond its time limit, re-opens it; when all have succeeded it closes,
///   and the growth is forgotten. Trials begin for one reset timeout; after it, with none running,
///   at least one success closes it too (little traffic is no fault), and no success re-opens it
///   without growth (nothing was learnt). So it never stays half-open longer than the reset timeout
///   and one time limit.
///
/// One reference holds the whole state; whoever swaps it tells the listener, nobody else.
/// Thread-safe and without locks. Time only moves it when somebody looks.
final class CircuitBreaker {

    private static final Logger LOG = LoggerFactory.getLogger(CircuitBreaker.class);
    private static final int MOST_GROWTH = 10;
    private static final long LONGEST_HALF_OPEN_PAUSE = Duration.ofSeconds(1).toNanos();

    private final String service;
    private final String node;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final BreakerListener listener;
    private final AtomicReference<BreakerState> state;
    private volatile BreakerConfig config;

    /// What every breaker of a registry shares.
    ///
    /// @param nanos monotonic time in nanoseconds
    /// @param random thread-safe, for the jitter
    record Surroundings(LongSupplier nanos, RandomGenerator random, BreakerListener listener) {}

    CircuitBreaker(String service, String node, BreakerConfig config, Surroundings around) {
        this.service = service;
        this.node = node;
        this.config = config;
        this.nanos = around.nanos;
        this.random = around.random;
        this.listener = around.listener;
        long now = nanos.getAsLong();
        this.state = new AtomicReference<>(closed(0, now));
    }

    /// @param trialLimit how long a trial may keep silent: the request's own timeout
    Admission acquire(Duration trialLimit) {
        while (true) {
            long now = nanos.getAsLong();
            switch (current(now)) {
                case Closed closed -> {
                    return new Admitted(plain(closed.epoch()));
                }
                case Open open -> {
                    if (now < open.until()) {
                        return new Refused(Duration.ofNanos(open.until() - now));
                    }
                    HalfOpen begun = halfOpen(open, now, trialLimit);
                    if (swap(open, begun)) {
                        return new Admitted(trial(begun.epoch(), 0));
                    }
                }
                case HalfOpen trying -> {
                    if (!hasRoom(trying, now)) {
                        return new Refused(Duration.ofNanos(pause(trying, now)));
                    }
                    if (swap(trying, withTrial(trying, now, trialLimit))) {
                        return new Admitted(trial(trying.epoch(), trying.nextTrial()));
                    }
                }
            }
        }
    }

    /// Whether [#acquire] would admit a request now. Takes no trial.
    boolean wouldAdmit() {
        long now = nanos.getAsLong();
        return switch (current(now)) {
            case Closed _ -> true;
            case Open open -> now >= open.until();
            case HalfOpen trying -> hasRoom(trying, now);
        };
    }

    BreakerState state() {
        return current(nanos.getAsLong());
    }

    /// How long until a request may be admitted: open, until the first trial; half-open with all
    /// trials under way, until one of them must have ended at the latest. 0 when one would be now.
    Duration untilTrial() {
        long now = nanos.getAsLong();
        return switch (current(now)) {
            case Closed _ -> Duration.ZERO;
            case Open open -> Duration.ofNanos(Math.max(0, open.until() - now));
            case HalfOpen trying ->
                    hasRoom(trying, now)
                            ? Duration.ZERO
                            : Duration.ofNanos(Math.max(0, firstExpiry(trying) - now));
        };
    }

    /// Another replica's breaker opened for so long. Until then this one, if closed, opens on its
    /// own evidence without the minimum of requests: a hint alone never opens it, or one replica's
    /// broken network would take the node from all.
    void hint(Duration openFor) {
        while (true) {
            long now = nanos.getAsLong();
            if (!(current(now) instanceof Closed closed)) {
                return;
            }
            long until = Math.max(closed.alertUntil(), now + openFor.toNanos());
            FailureWindow window = closed.window().at(now);
            Closed alert = new Closed(closed.epoch(), window, closed.inARow(), until);
            if (swap(closed, judged(alert, now))) {
                return;
            }
        }
    }

    /// From now on by these rules. Outcomes so far are forgotten if the window's length changed,
    /// and an open period ends no later than one that begins now could.
    void configure(BreakerConfig changed) {
        BreakerConfig old = config;
        config = changed;
        while (true) {
            long now = nanos.getAsLong();
            BreakerState before = current(now);
            BreakerState after =
                    switch (before) {
                        case Closed c when !old.window().equals(changed.window()) ->
                                new Closed(
                                        c.epoch(),
                                        FailureWindow.empty(changed.window(), now),
                                        0,
                                        c.alertUntil());
                        case Open o ->
                                new Open(
                                        o.epoch(),
                                        Math.min(
                                                o.until(),
                                                now + (long) (1.5 * period(o.timesOpened()))),
                                        o.timesOpened());
                        case Closed c -> c;
                        case HalfOpen h -> h;
                    };
            if (swap(before, after)) {
                return;
            }
        }
    }

    private Permit plain(long epoch) {
        return new Permit(false, outcome -> count(epoch, outcome));
    }

    private Permit trial(long epoch, long number) {
        return new Permit(true, outcome -> conclude(epoch, number, outcome));
    }

    private void count(long epoch, Permit.Outcome outcome) {
        if (outcome == Permit.Outcome.IGNORED) {
            return;
        }
        boolean failed = outcome == Permit.Outcome.FAILED;
        while (true) {
            long now = nanos.getAsLong();
            if (!(current(now) instanceof Closed closed) || closed.epoch() != epoch) {
                return;
            }
            Closed counted =
                    new Closed(
                            epoch,
                            closed.window().plus(failed, now),
                            failed ? closed.inARow() + 1 : 0,
                            closed.alertUntil());
            if (swap(closed, judged(counted, now))) {
                return;
            }
        }
    }

    private void conclude(long epoch, long number, Permit.Outcome outcome) {
        while (true) {
            long now = nanos.getAsLong();
            if (!(current(now) instanceof HalfOpen trying) || trying.epoch() != epoch) {
                return;
            }
            BreakerState next =
                    switch (outcome) {
                        case SUCCEEDED ->
                                trying.succeeded() + 1 >= config.halfOpenRequests()
                                        ? closed(epoch + 1, now)
                                        : without(trying, number, trying.succeeded() + 1);
                        case FAILED -> open(epoch + 1, trying.timesOpened() + 1, now);
                        case IGNORED -> without(trying, number, trying.succeeded());
                    };
            if (swap(trying, next)) {
                return;
            }
        }
    }

    /// The state, after what time alone has done to it.
    private BreakerState current(long now) {
        while (true) {
            BreakerState seen = state.get();
            if (!(seen instanceof HalfOpen trying)) {
                return seen;
            }
            BreakerState due = afterTime(trying, now);
            if (due.epoch() == trying.epoch() || swap(trying, due)) {
                return due;
            }
        }
    }

    private BreakerState afterTime(HalfOpen trying, long now) {
        long silentSince = firstExpiry(trying);
        if (silentSince <= now) {
            return open(trying.epoch() + 1, trying.timesOpened() + 1, silentSince);
        }
        if (!trying.running().isEmpty() || now < trying.endsAt()) {
            return trying;
        }
        return trying.succeeded() > 0
                ? closed(trying.epoch() + 1, now)
                : open(trying.epoch() + 1, trying.timesOpened(), trying.endsAt());
    }

    private BreakerState judged(Closed closed, long now) {
        BreakerConfig rules = config;
        int total = closed.window().total();
        int failures = closed.window().failures();
        int enough = now < closed.alertUntil() ? 1 : rules.minRequests();
        boolean tooMany = total >= enough && failures >= rules.errorThreshold() * total;
        boolean inARow =
                rules.consecutiveFailures() > 0 && closed.inARow() >= rules.consecutiveFailures();
        return tooMany || inARow ? open(closed.epoch() + 1, 1, now) : closed;
    }

    private Closed closed(long epoch, long now) {
        return new Closed(epoch, FailureWindow.empty(config.window(), now), 0, now);
    }

    private Open open(long epoch, int timesOpened, long since) {
        long jittered = (long) (period(timesOpened) * (0.5 + random.nextDouble()));
        return new Open(epoch, since + jittered, timesOpened);
    }

    private long period(int timesOpened) {
        // Beyond four doublings the cap decides anyway.
        int growth = Math.min(MOST_GROWTH, 1 << Math.min(4, timesOpened - 1));
        return config.resetTimeout().toNanos() * growth;
    }

    private HalfOpen halfOpen(Open open, long now, Duration trialLimit) {
        return new HalfOpen(
                open.epoch() + 1,
                now + config.resetTimeout().toNanos(),
                open.timesOpened(),
                List.of(new Trial(0, now + trialLimit.toNanos())),
                0,
                1);
    }

    private HalfOpen withTrial(HalfOpen trying, long now, Duration trialLimit) {
        List<Trial> running = new ArrayList<>(trying.running());
        running.add(new Trial(trying.nextTrial(), now + trialLimit.toNanos()));
        return new HalfOpen(
                trying.epoch(),
                trying.endsAt(),
                trying.timesOpened(),
                running,
                trying.succeeded(),
                trying.nextTrial() + 1);
    }

    private static HalfOpen without(HalfOpen trying, long number, int succeeded) {
        return new HalfOpen(
                trying.epoch(),
                trying.endsAt(),
                trying.timesOpened(),
                trying.running().stream().filter(trial -> trial.number() != number).toList(),
                succeeded,
                trying.nextTrial());
    }

    private boolean hasRoom(HalfOpen trying, long now) {
        return now < trying.endsAt()
                && trying.running().size() + trying.succeeded() < config.halfOpenRequests();
    }

    /// Trials mostly end long before their limit, so the pause is a second at most.
    private static long pause(HalfOpen trying, long now) {
        long known = trying.running().isEmpty() ? trying.endsAt() : firstExpiry(trying);
        return Math.clamp(known - now, 1, LONGEST_HALF_OPEN_PAUSE);
    }

    private static long firstExpiry(HalfOpen trying) {
        return trying.running().stream().mapToLong(Trial::expiresAt).min().orElse(Long.MAX_VALUE);
    }

    private boolean swap(BreakerState from, BreakerState to) {
        if (!state.compareAndSet(from, to)) {
            return false;
        }
        if (from.epoch() != to.epoch()) {
            try {
                listener.changed(node, service, from, to);
            } catch (RuntimeException e) {
                LOG.warn(
                        "breaker of {} for {}: listener failed on {} to {}",
                        node,
                        service,
                        from.name(),
                        to.name(),
                        e);
            }
        }
        return true;
    }
}
