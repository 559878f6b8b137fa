package io.yardmaster.queue.model;

import io.yardmaster.queue.model.Shard.Outcome;
import io.yardmaster.queue.model.Shard.Request;
import io.yardmaster.queue.model.Shard.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What operators' orders mean, and what operators see.
final class Office {
    private final Shard shard;

    Office(Shard shard) {
        this.shard = shard;
    }

    List<Object> cancel(String id) {
        Request r = shard.requests.get(id);
        if (r == null) {
            Outcome outcome = shard.outcomes.get(id);
            return List.of(
                    outcome == null ? "unknown" : outcome.end() == 'C' ? "cancelled" : "settled");
        }
        switch (r.state) {
            case QUEUED -> {} // its ticket stays, worth nothing
            case SCHEDULED -> shard.later.remove(r.ticket());
            case LEASED -> shard.leases.remove(r.member());
            case DEAD -> {
                return List.of("settled");
            }
        }
        cancel(r, "cancelled", "cancelled by request");
        return List.of("cancelled");
    }

    private void cancel(Request r, String reason, String message) {
        shard.end(r, shard.ownOutcome(r, 'C', reason, message));
        shard.count(r.queue, "cancelled", 1);
    }

    List<Object> redrive(String id, String nonce) {
        Request r = shard.requests.get(id);
        if (r == null) {
            return List.of(shard.outcomes.containsKey(id) ? "settled" : "unknown");
        }
        if (r.state != State.DEAD) {
            return List.of(r.nonce.equals(nonce) ? "ok" : "settled");
        }
        shard.deadOf(r.queue).remove(id);
        shard.outcomes.remove(id);
        r.state = State.QUEUED;
        r.forgiven = r.attempts;
        r.lost = 0;
        r.expires = 0;
        r.nonce = nonce;
        r.history.add("{\"attempt\":" + r.attempts + ",\"at\":T,\"cause\":\"operator\"}");
        shard.list(r.queue).add(r.ticket());
        shard.count(r.queue, "failed", -1);
        return List.of("ok");
    }

    List<Object> drop(String id) {
        Request r = shard.requests.get(id);
        if (r == null) {
            Outcome outcome = shard.outcomes.get(id);
            return List.of(outcome == null ? "unknown" : outcome.end() == 'D' ? "ok" : "settled");
        }
        if (r.state != State.DEAD) {
            return List.of("settled");
        }
        shard.deadOf(r.queue).remove(id);
        shard.requests.remove(id);
        return List.of("ok");
    }

    /// @param all whether every death is long enough ago
    List<Object> trim(String queue, boolean all, int most) {
        List<String> old = all ? shard.oldestDead(queue).stream().limit(most).toList() : List.of();
        old.forEach(id -> shard.forget(queue, id));
        return List.of((long) old.size());
    }

    /// First the waiting, `most` tickets a call; then all that is scheduled at once.
    List<Object> purge(String queue, int most, String cursor) {
        List<Request> ended = new ArrayList<>();
        if (cursor.equals("list")) {
            List<String> list = shard.list(queue);
            for (int i = 0; i < most && !list.isEmpty(); i++) {
                Optional<Request> r =
                        shard.behind(list.removeFirst(), State.QUEUED)
                                .filter(found -> found.queue.equals(queue));
                r.ifPresent(found -> {
                    cancel(found, "purged", "its queue was purged");
                    ended.add(found);
                });
            }
            return List.of((long) ended.size(), list.isEmpty() ? "0" : "list");
        }
        shard.requests.values().stream()
                .filter(r -> r.state == State.SCHEDULED && r.queue.equals(queue))
                .forEach(ended::add);
        for (Request r : ended) {
            shard.later.remove(r.ticket());
            cancel(r, "purged", "its queue was purged");
        }
        return List.of((long) ended.size(), "");
    }

    List<Object> pause(String queue) {
        shard.queues.add(queue);
        shard.paused.add(queue);
        return List.of("ok");
    }

    List<Object> resume(String queue) {
        shard.paused.remove(queue);
        return List.of("ok");
    }

    List<Object> depth() {
        List<Object> rows = new ArrayList<>();
        for (String queue : shard.queues) {
            int colon = queue.indexOf(':');
            List<Object> row = new ArrayList<>();
            row.addAll(List.of("service", queue.substring(0, colon)));
            row.addAll(List.of("priority", queue.substring(colon + 1)));
            row.addAll(List.of("depth", shard.number(queue, State.QUEUED)));
            row.addAll(List.of("inFlight", shard.number(queue, State.LEASED)));
            row.addAll(List.of("scheduled", shard.number(queue, State.SCHEDULED)));
            row.addAll(List.of("dead", shard.number(queue, State.DEAD)));
            row.addAll(List.of("paused", shard.paused.contains(queue) ? 1L : 0L));
            for (String name :
                    List.of("enqueued", "succeeded", "failed", "cancelled", "expired", "retried")) {
                row.addAll(List.of(name, shard.counter(queue, name)));
            }
            rows.add(row);
        }
        return rows;
    }

    /// Where a request is: its record, how many are before it, whether its queue is paused.
    List<Object> find(String id) {
        Request r = shard.requests.get(id);
        if (r == null || r.state == State.DEAD) {
            Outcome outcome = shard.outcomes.get(id);
            return outcome == null ? List.of("unknown") : List.of("settled", outcome.toString());
        }
        long before = r.state == State.QUEUED ? shard.list(r.queue).indexOf(r.ticket()) : -1;
        long paused = shard.paused.contains(r.queue) ? 1 : 0;
        return List.of("live", r.toString(), before, paused);
    }

    /// Ids and outcomes of a queue's dead, latest first.
    List<Object> dead(String queue) {
        List<Object> answer = new ArrayList<>();
        for (String id : shard.oldestDead(queue).reversed()) {
            answer.add(id);
            answer.add(String.valueOf(shard.outcomes.get(id)));
        }
        return answer;
    }
}
