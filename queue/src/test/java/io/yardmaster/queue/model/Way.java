package io.yardmaster.queue.model;

import io.yardmaster.queue.model.Shard.Outcome;
import io.yardmaster.queue.model.Shard.Request;
import io.yardmaster.queue.model.Shard.State;
import io.yardmaster.queue.model.Shard.Take;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A dispatched request's way: what take, renew, settle, promote, reclaim and tend mean.
final class Way {
    private static final int TICKETS_LOOKED_AT_IN_VAIN = 100;

    private final Shard shard;

    Way(Shard shard) {
        this.shard = shard;
    }

    /// @param burst the service's tokens; 0: it has no rate limit
    record Want(String queue, int most, int burst) {
        String bucket() {
            return "service:" + queue.substring(0, queue.indexOf(':'));
        }
    }

    /// Items (place, id, request) and, for each queue, what is left and what holds it.
    List<Object> take(String replica, String nonce, long lease, List<Want> wants) {
        List<Object> items = new ArrayList<>();
        List<Object> states = new ArrayList<>();
        List<String> members = new ArrayList<>();
        Take last = shard.takes.getOrDefault(replica, new Take("", List.of()));
        boolean replay = last.nonce().equals(nonce);
        if (replay) {
            last.members().forEach(member -> stillLeased(member, wants, items));
        }
        for (int i = 0; i < wants.size(); i++) {
            Want want = wants.get(i);
            List<String> list = shard.list(want.queue());
            long hold = shard.paused.contains(want.queue()) ? -1 : 0;
            int allowed = hold < 0 || replay ? 0 : Math.min(want.most(), list.size());
            if (allowed > 0 && want.burst() > 0) {
                allowed = shard.spend(want.bucket(), want.burst(), allowed);
                hold = allowed == 0 ? 1 : 0;
            }
            int got = 0;
            for (int looked = 0;
                    got < allowed
                            && !list.isEmpty()
                            && looked < allowed + TICKETS_LOOKED_AT_IN_VAIN;
                    looked++) {
                Optional<Request> next = next(want.queue());
                if (next.isPresent()) {
                    got++;
                    lease(next.get(), nonce, shard.now + lease);
                    members.add(next.get().member());
                    items.add((long) i + 1);
                    items.add(next.get().id);
                    items.add(next.get().toString());
                }
            }
            if (want.burst() > 0 && allowed > got) {
                // Tokens are for requests that are sent.
                shard.spend(want.bucket(), want.burst(), got - allowed);
            }
            states.add((long) list.size());
            states.add(hold);
        }
        if (!members.isEmpty()) {
            shard.takes.put(replica, new Take(nonce, members));
        }
        return List.of(items, states);
    }

    private void stillLeased(String member, List<Want> wants, List<Object> items) {
        leased(member)
                .ifPresent(r -> {
                    long place = wants.stream().map(Want::queue).toList().indexOf(r.queue) + 1L;
                    items.add(place);
                    items.add(r.id);
                    items.add(r.toString());
                });
    }

    private Optional<Request> leased(String member) {
        return current(member).filter(_ -> shard.leases.containsKey(member));
    }

    /// The request whose header says that this is its lease, whatever the index says.
    private Optional<Request> current(String member) {
        Optional<Request> r = shard.behind(member.substring(0, member.indexOf('|')), State.LEASED);
        return r.filter(found -> found.member().equals(member));
    }

    /// Pops one ticket; the request behind it, unless there is none any more or it has expired.
    private Optional<Request> next(String queue) {
        String ticket = shard.list(queue).removeFirst();
        Optional<Request> found =
                shard.behind(ticket, State.QUEUED).filter(r -> r.queue.equals(queue));
        if (found.isPresent() && found.get().expires != 0 && shard.now >= found.get().expires) {
            Request r = found.get();
            shard.end(
                    r,
                    shard.ownOutcome(
                            r, 'X', "expired", "its time to live ended before a node was free"));
            shard.count(queue, "expired", 1);
            return Optional.empty();
        }
        return found;
    }

    private void lease(Request r, String nonce, long end) {
        r.state = State.LEASED;
        r.attempts++;
        r.nonce = nonce;
        r.sent = false;
        shard.leases.put(r.member(), end);
    }

    List<Object> renew(long lease, List<String> members) {
        List<Object> answers = new ArrayList<>();
        for (String member : members) {
            boolean held =
                    shard.leases.computeIfPresent(
                                    member, (_, end) -> Math.max(end, shard.now + lease))
                            != null;
            answers.add(held ? 1L : 0L);
        }
        return answers;
    }

    List<Object> sent(long lease, List<String> members) {
        members.forEach(member -> leased(member).ifPresent(r -> r.sent = true));
        return renew(lease, members);
    }

    /// How an attempt ends.
    ///
    /// @param kind `succeeded`, `dead`, `retry`, `defer` or `release`
    /// @param detail outcome, or delay in ms
    /// @param extra fingerprint, or history line
    record Ending(String id, int attempt, String nonce, String kind, String detail, String extra) {
        List<Object> arguments() {
            return List.of(id, attempt, nonce, kind, detail, extra);
        }

        /// The lease and one word.
        List<Object> packed() {
            String word =
                    switch (kind) {
                        case "succeeded" -> extra + nonce + "S" + detail;
                        case "dead" -> extra + nonce + "D" + detail;
                        case "retry" -> "%-48sR%s".formatted(detail, extra);
                        case "defer" -> "%-48sF%s".formatted(detail, extra);
                        default -> "%-48sL".formatted(detail);
                    };
            return List.of(id + "." + attempt + "|" + nonce, word);
        }
    }

    /// From the last to the first, so that those that go back to the head of their queue stand
    /// there in order.
    List<Object> settle(List<Ending> endings) {
        List<Object> answers = new ArrayList<>();
        for (Ending ending : endings.reversed()) {
            String member = ending.id() + "." + ending.attempt() + "|" + ending.nonce();
            Optional<Request> r = current(member);
            shard.leases.remove(member);
            r.ifPresent(held -> settle(held, ending));
            answers.add(r.isPresent() ? "ok" : settledBefore(ending));
        }
        return answers.reversed();
    }

    /// `ok` for a repetition of what has been carried out, as long as nothing came after it.
    private String settledBefore(Ending ending) {
        Request r = shard.requests.get(ending.id());
        if (r != null) {
            boolean last = r.state != State.LEASED && r.nonce.equals(ending.nonce());
            return last ? "ok" : "fenced";
        }
        Outcome outcome = shard.outcomes.get(ending.id());
        if (outcome == null) {
            return "fenced";
        }
        boolean own = outcome.nonce().equals(ending.nonce());
        return own ? "ok" : outcome.end() == 'C' ? "gone" : "fenced";
    }

    private void settle(Request r, Ending ending) {
        switch (ending.kind()) {
            case "succeeded" -> {
                shard.end(r, new Outcome(ending.extra(), ending.nonce(), 'S', ending.detail()));
                shard.count(r.queue, "succeeded", 1);
            }
            case "dead" ->
                    shard.bury(
                            r, new Outcome(ending.extra(), ending.nonce(), 'D', ending.detail()));
            case "retry", "defer" -> {
                r.forgiven += ending.kind().equals("defer") ? 1 : 0;
                r.history.add(ending.extra());
                shard.count(r.queue, "retried", 1);
                waitAgain(r, Long.parseLong(ending.detail()));
            }
            default -> {
                r.attempts--;
                waitAgain(r, Long.parseLong(ending.detail()));
            }
        }
    }

    private void waitAgain(Request r, long delay) {
        if (delay > 0) {
            r.state = State.SCHEDULED;
            shard.later.put(r.ticket(), shard.now + delay);
        } else {
            r.state = State.QUEUED;
            shard.list(r.queue).addFirst(r.ticket());
        }
    }

    long promote(int most) {
        List<String> due = shard.due(shard.later, most);
        for (String ticket : due) {
            shard.later.remove(ticket);
            shard.behind(ticket, State.SCHEDULED)
                    .ifPresent(r -> {
                        r.state = State.QUEUED;
                        shard.list(r.queue).addLast(ticket);
                    });
        }
        return due.size();
    }

    long reclaim(int most) {
        long lost = 0;
        for (String member : shard.due(shard.leases, most).reversed()) {
            Optional<Request> r = leased(member);
            shard.leases.remove(member);
            if (r.isPresent()) {
                lost++;
                loseLease(r.get());
            }
        }
        return lost;
    }

    private void loseLease(Request r) {
        r.lost += r.sent ? 1 : 0;
        r.nonce = Shard.NO_NONCE;
        r.history.add("{\"attempt\":" + r.attempts + ",\"at\":T,\"cause\":\"lease-lost\"}");
        if (r.lost >= Shard.LOST_LEASES_LIMIT) {
            String message =
                    "its lease was lost "
                            + r.lost
                            + " times after it was sent: it may bring its dispatcher down";
            shard.bury(r, shard.ownOutcome(r, 'D', "poison", message));
        } else if (r.attempts >= r.attemptsAllowed()) {
            String message =
                    "its dispatcher was lost after it may have been sent, and no attempt is left";
            shard.bury(r, shard.ownOutcome(r, 'D', "lease-lost", message));
        } else {
            r.state = State.QUEUED;
            shard.list(r.queue).addFirst(r.ticket());
        }
    }

    List<Object> tend(String replica, int most) {
        Long last = shard.replicas.get(replica);
        if (last == null || shard.now - last >= 1000) {
            shard.replicas.put(replica, shard.now);
            shard.replicas.values().removeIf(seen -> seen <= shard.now - 60_000);
        }
        long promoted = promote(most);
        long lost = reclaim(most);
        long alive =
                shard.replicas.values().stream().filter(seen -> seen >= shard.now - 5000).count();
        return List.of(promoted, lost, (long) shard.in.size(), alive, 0L);
    }
}
