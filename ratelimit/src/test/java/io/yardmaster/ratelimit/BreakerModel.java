package io.yardmaster.ratelimit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;

/// The breaker's rules once more, as plainly as they can be written: one thread, mutable fields,
/// every outcome kept.
final class BreakerModel {

    private record Counted(long step, boolean failed) {}

    /// What a request was admitted as.
    record Ticket(int era, boolean trial, int number) {}

    private final BreakerConfig config;
    private final RandomGenerator random;
    private final long step;
    private String mode = "closed";
    private int era;
    private List<Counted> counted = new ArrayList<>();
    private int inARow;
    private int openings;
    private long until;
    private long gatheringEnds;
    private int good;
    private int trialsBegun;
    private Map<Integer, Long> silentUntil = new HashMap<>();

    BreakerModel(BreakerConfig config, RandomGenerator random) {
        this.config = config;
        this.random = random;
        this.step = config.window().toNanos() / 10;
    }

    String mode(long now) {
        if (mode.equals("half-open")) {
            long firstSilent =
                    silentUntil.values().stream().mapToLong(Long::longValue).min().orElse(now + 1);
            if (firstSilent <= now) {
                open(openings + 1, firstSilent);
            } else if (silentUntil.isEmpty() && gatheringEnds <= now) {
                if (good == 0) {
                    open(openings, gatheringEnds);
                } else {
                    close();
                }
            }
        }
        return mode;
    }

    boolean wouldAdmit(long now) {
        String current = mode(now);
        return current.equals("closed")
                || (current.equals("open") && until <= now)
                || (current.equals("half-open")
                        && now < gatheringEnds
                        && good + silentUntil.size() < config.halfOpenRequests());
    }

    /// Only when [#wouldAdmit].
    Ticket acquire(long now, Duration limit) {
        if (mode(now).equals("closed")) {
            return new Ticket(era, false, 0);
        }
        if (mode.equals("open")) {
            mode = "half-open";
            era++;
            good = 0;
            silentUntil = new HashMap<>();
            gatheringEnds = now + config.resetTimeout().toNanos();
        }
        trialsBegun++;
        silentUntil.put(trialsBegun, now + limit.toNanos());
        return new Ticket(era, true, trialsBegun);
    }

    void end(Ticket ticket, Permit.Outcome outcome, long now) {
        mode(now);
        if (ticket.era != era) {
            return;
        }
        if (!ticket.trial) {
            count(outcome, now);
            return;
        }
        Objects.requireNonNull(silentUntil.remove(ticket.number));
        if (outcome == Permit.Outcome.FAILED) {
            open(openings + 1, now);
        } else if (outcome == Permit.Outcome.SUCCEEDED) {
            good++;
            if (good == config.halfOpenRequests()) {
                close();
            }
        }
    }

    private void count(Permit.Outcome outcome, long now) {
        if (outcome == Permit.Outcome.IGNORED) {
            return;
        }
        boolean failed = outcome == Permit.Outcome.FAILED;
        long current = Math.floorDiv(now, step);
        counted.add(new Counted(current, failed));
        inARow = failed ? inARow + 1 : 0;
        long total = counted.stream().filter(c -> c.step > current - 10).count();
        long bad = counted.stream().filter(c -> c.step > current - 10 && c.failed).count();
        boolean tooMany = total >= config.minRequests() && bad >= total * config.errorThreshold();
        boolean run = config.consecutiveFailures() > 0 && inARow >= config.consecutiveFailures();
        if (tooMany || run) {
            open(1, now);
        }
    }

    private void open(int times, long since) {
        mode = "open";
        era++;
        openings = times;
        double growth = Math.min(10, Math.pow(2, times - 1));
        until =
                since
                        + (long)
                                (config.resetTimeout().toNanos()
                                        * growth
                                        * (0.5 + random.nextDouble()));
    }

    private void close() {
        mode = "closed";
        era++;
        counted = new ArrayList<>();
        inARow = 0;
    }
}
