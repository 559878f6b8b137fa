package io.yardmaster.queue.model;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/// A shard as plain maps and lists: where everything is. The moves are in [Entrance], [Way] and
/// [Office].
///
/// What can be counted is counted from the requests' states and not kept, so that the counters in
/// Redis are compared with something that cannot drift.
final class Shard {
    static final String NO_NONCE = "........";
    static final int DEAD_MAX = 3;
    static final int PRODUCER_BURST = 60;
    static final int QUARANTINE_MOST = 10;
    static final int LOST_LEASES_LIMIT = 3;
    static final String[] PRIORITIES = {"critical", "high", "normal", "low"};

    /// Attempts of requests that name no retries: told to the functions, by priority or by queue.
    static final Map<String, Integer> ATTEMPTS =
            Map.of("critical", 4, "high", 3, "normal", 3, "low", 1, "b:low", 2);

    enum State {
        QUEUED,
        SCHEDULED,
        LEASED,
        DEAD
    }

    /// Mutable on purpose: one accepted request and where it is.
    static final class Request {
        final String id;
        final String queue;
        final int retries;
        final String content;
        State state = State.QUEUED;
        boolean notify;
        boolean sent;
        int lost;
        int attempts;
        int forgiven;
        long expires;
        String nonce = NO_NONCE;
        final List<String> history = new ArrayList<>();

        Request(String id, String queue, int retries, String content) {
            this.id = id;
            this.queue = queue;
            this.retries = retries;
            this.content = content;
        }

        String ticket() {
            return id + "." + attempts;
        }

        String member() {
            return ticket() + "|" + nonce;
        }

        /// With its first, the redrives' gifts included.
        int attemptsAllowed() {
            String priority = queue.substring(queue.indexOf(':') + 1);
            int own =
                    retries != 255
                            ? retries + 1
                            : ATTEMPTS.getOrDefault(queue, ATTEMPTS.getOrDefault(priority, 0));
            return own + forgiven;
        }

        @Override
        public String toString() {
            return Stored.text(
                    state.name().charAt(0),
                    notify,
                    sent,
                    lost,
                    attempts,
                    forgiven,
                    expires,
                    nonce,
                    content,
                    history);
        }
    }

    /// @param end `S`ucceeded, `D`ead, `C`ancelled or e`X`pired
    record Outcome(String fingerprint, String nonce, char end, String json) {
        @Override
        public String toString() {
            return fingerprint + nonce + end + json;
        }
    }

    record Take(String nonce, List<String> members) {}

    /// The logical time of the call that is being modelled, as Redis saw it.
    long now;

    final Map<String, Request> requests = new TreeMap<>();
    final Map<String, Outcome> outcomes = new TreeMap<>();
    final Map<String, List<String>> lists = new TreeMap<>();
    final Map<String, Long> leases = new HashMap<>();
    final Map<String, Long> later = new HashMap<>();
    final Map<String, Map<String, Long>> dead = new TreeMap<>();
    final Map<String, Map<String, Long>> counters = new TreeMap<>();
    final TreeSet<String> paused = new TreeSet<>();
    final TreeSet<String> queues = new TreeSet<>();
    final Map<String, Take> takes = new TreeMap<>();
    final Map<String, Long> replicas = new TreeMap<>();
    final Map<String, Integer> tokensSpent = new TreeMap<>();
    final List<String> in = new ArrayList<>();
    final List<String> quarantine = new ArrayList<>();
    long ingressSeq;
    long ingressQuarantined;
    long generatedIds;

    /// Whether accidents lay tickets into lists: nobody can tell how many of a list wait then, so
    /// that no depth is compared, and no queue is ever full.
    final boolean damaged;

    Shard(boolean damaged) {
        this.damaged = damaged;
    }

    int maxSize() {
        return damaged ? 1_000_000 : 7;
    }

    List<String> list(String queue) {
        return lists.computeIfAbsent(queue, _ -> new ArrayList<>());
    }

    Map<String, Long> deadOf(String queue) {
        return dead.computeIfAbsent(queue, _ -> new TreeMap<>());
    }

    void count(String queue, String counter, long by) {
        counters.computeIfAbsent(queue, _ -> new TreeMap<>()).merge(counter, by, Long::sum);
    }

    long counter(String queue, String counter) {
        return counters.getOrDefault(queue, Map.of()).getOrDefault(counter, 0L);
    }

    long number(String queue, State state) {
        return requests.values().stream()
                .filter(r -> r.state == state && r.queue.equals(queue))
                .count();
    }

    /// The request that a ticket stands for, in the state in which such a ticket is worth
    /// something.
    java.util.Optional<Request> behind(String ticket, State state) {
        int dot = ticket.lastIndexOf('.');
        Request r = requests.get(ticket.substring(0, dot));
        return r != null && r.state == state && r.ticket().equals(ticket)
                ? java.util.Optional.of(r)
                : java.util.Optional.empty();
    }

    /// Entries whose time has come, in the order of Redis: by time, then by name.
    List<String> due(Map<String, Long> index, int most) {
        return index.entrySet().stream()
                .filter(entry -> entry.getValue() <= now)
                .sorted(
                        Map.Entry.<String, Long>comparingByValue()
                                .thenComparing(Map.Entry.comparingByKey()))
                .limit(most)
                .map(Map.Entry::getKey)
                .toList();
    }

    /// Spends tokens of a bucket that, at a token in eleven days, never refills; how many.
    int spend(String bucket, int burst, int want) {
        int granted = Math.min(want, burst - tokensSpent.getOrDefault(bucket, 0));
        tokensSpent.merge(bucket, granted, Integer::sum);
        return granted;
    }

    /// Ends a request without keeping it.
    void end(Request r, Outcome outcome) {
        requests.remove(r.id);
        outcomes.put(r.id, outcome);
    }

    void bury(Request r, Outcome outcome) {
        r.state = State.DEAD;
        outcomes.put(r.id, outcome);
        deadOf(r.queue).put(r.id, Long.MAX_VALUE);
        count(r.queue, "failed", 1);
    }

    void forget(String queue, String id) {
        deadOf(queue).remove(id);
        requests.remove(id);
        outcomes.remove(id);
    }

    /// The outcome that the functions themselves write.
    Outcome ownOutcome(Request r, char end, String reason, String message) {
        int colon = r.queue.indexOf(':');
        return new Outcome(
                fingerprint(r.content),
                NO_NONCE,
                end,
                "{\"service\":\"%s\",\"priority\":\"%s\",\"attempts\":%d,\"enqueuedAt\":T,\"settledAt\":T,\"error\":{\"reason\":\"%s\",\"message\":\"%s\"},\"history\":[%s]}"
                        .formatted(
                                r.queue.substring(0, colon),
                                r.queue.substring(colon + 1),
                                r.attempts,
                                reason,
                                message,
                                String.join(",", r.history)));
    }

    /// Dead requests of a queue in the order in which they go, given the times at which they died.
    List<String> oldestDead(String queue) {
        return deadOf(queue).entrySet().stream()
                .sorted(
                        Map.Entry.<String, Long>comparingByValue()
                                .thenComparing(Map.Entry.comparingByKey(Comparator.naturalOrder())))
                .map(Map.Entry::getKey)
                .toList();
    }

    static String fingerprint(String content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1").digest(content.getBytes(ISO_8859_1));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }

    /// What must hold whatever happened; a sentence for the first law that is broken, else empty.
    String brokenLaw() {
        for (Request r : requests.values()) {
            boolean home =
                    switch (r.state) {
                        case QUEUED -> list(r.queue).contains(r.ticket());
                        case SCHEDULED -> later.containsKey(r.ticket());
                        case LEASED -> leases.containsKey(r.member());
                        case DEAD -> deadOf(r.queue).containsKey(r.id);
                    };
            if (!home) {
                return r.id + ": " + r + " (expected: in the place of its state)";
            }
            if (outcomes.containsKey(r.id) != (r.state == State.DEAD)) {
                return r.id + ": " + r + " (expected: an outcome exactly when it is dead)";
            }
            int spare = r.state == State.QUEUED || r.state == State.SCHEDULED ? 1 : 0;
            if (r.attempts + spare > r.attemptsAllowed()) {
                return r.id + ": " + r + " (expected: at most " + r.attemptsAllowed() + ")";
            }
        }
        for (String queue : queues) {
            long placed =
                    number(queue, State.QUEUED)
                            + number(queue, State.SCHEDULED)
                            + number(queue, State.LEASED);
            long ended =
                    counter(queue, "succeeded")
                            + counter(queue, "failed")
                            + counter(queue, "cancelled")
                            + counter(queue, "expired");
            if (counter(queue, "enqueued") != placed + ended) {
                return queue + ": " + placed + " placed, " + ended + " ended (expected: accepted)";
            }
        }
        return "";
    }
}
