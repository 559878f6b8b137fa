package io.yardmaster.queue.model;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.yardmaster.queue.model.Shard.Outcome;
import io.yardmaster.queue.model.Shard.Request;
import io.yardmaster.queue.model.Shard.State;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// How requests come in: what `yard_offer`, `yard_enqueue` and the ingress functions mean.
final class Entrance {
    private final Shard shard;

    Entrance(Shard shard) {
        this.shard = shard;
    }

    /// One request as a producer or replica offers it; times in ms.
    record Item(
            String id,
            String service,
            int priority,
            int retries,
            long delay,
            long ttl,
            boolean tell,
            String producer,
            String body) {
        String queue() {
            return service + ":" + Shard.PRIORITIES[priority];
        }

        Item withId(String other) {
            return new Item(other, service, priority, retries, delay, ttl, tell, producer, body);
        }

        /// Foreign producers are not told when their request has ended.
        Item unnoticed() {
            return new Item(id, service, priority, retries, delay, ttl, false, producer, body);
        }

        /// As stored: a prefix that the functions read, then the body and its length.
        String content() {
            String client =
                    producer.isEmpty() ? "" : "C" + '\0' + (char) producer.length() + producer;
            return String.valueOf((char) priority)
                    + (char) retries
                    + (char) service.length()
                    + service
                    + client
                    + "B\0\0\0"
                    + (char) body.length()
                    + body;
        }

        List<Object> arguments() {
            return List.of(
                    id,
                    service,
                    priority,
                    delay,
                    ttl,
                    tell ? 1 : 0,
                    producer,
                    content().getBytes(ISO_8859_1));
        }

        /// Id, terms and content.
        List<Object> packed() {
            boolean plain = delay == 0 && ttl == 0 && !tell && producer.isEmpty();
            byte[] terms =
                    ByteBuffer.allocate(15 + producer.length())
                            .putShort((short) (delay >>> 32))
                            .putInt((int) delay)
                            .putShort((short) (ttl >>> 32))
                            .putInt((int) ttl)
                            .put((byte) (tell ? 1 : 0))
                            .putShort((short) producer.length())
                            .put(producer.getBytes(ISO_8859_1))
                            .array();
            return List.of(id, plain ? "" : terms, content().getBytes(ISO_8859_1));
        }
    }

    /// Code and detail for each item.
    List<Object> offer(List<Item> items) {
        List<Object> answers = new ArrayList<>();
        for (Item item : items) {
            String code = admit(item);
            answers.add(code);
            answers.add(code.equals("full") ? "" : code.equals("limited") ? "wait" : item.id());
        }
        return answers;
    }

    private String admit(Item item) {
        Request same = shard.requests.get(item.id());
        if (same != null) {
            if (!same.content.equals(item.content())) {
                return "conflict";
            }
            same.notify |= item.tell();
            return "duplicate";
        }
        Outcome outcome = shard.outcomes.get(item.id());
        if (outcome != null) {
            boolean equal = outcome.fingerprint().equals(Shard.fingerprint(item.content()));
            return equal ? "duplicate" : "conflict";
        }
        long waiting =
                shard.number(item.queue(), State.QUEUED)
                        + shard.number(item.queue(), State.SCHEDULED);
        if (waiting >= shard.maxSize()) {
            return "full";
        }
        if (!item.producer().isEmpty()
                && shard.spend("producer:" + item.producer(), Shard.PRODUCER_BURST, 1) == 0) {
            return "limited";
        }
        accept(item);
        return "queued";
    }

    private void accept(Item item) {
        Request r = new Request(item.id(), item.queue(), item.retries(), item.content());
        r.notify = item.tell();
        r.expires = item.ttl() > 0 ? shard.now + item.ttl() : 0;
        shard.requests.put(r.id, r);
        shard.queues.add(r.queue);
        shard.count(r.queue, "enqueued", 1);
        if (item.delay() > 0) {
            r.state = State.SCHEDULED;
            shard.later.put(r.ticket(), shard.now + item.delay());
        } else {
            shard.list(r.queue).add(r.ticket());
        }
    }

    /// What becomes of a pushed item: admitted as `item`, or kept as bad.
    ///
    /// @param raw what the producer pushed
    record Sorted(String raw, java.util.Optional<Item> item) {
        String entry() {
            return "bad: " + raw;
        }
    }

    List<Object> peek(int most) {
        List<Object> answer = new ArrayList<>();
        answer.add(shard.ingressSeq);
        shard.in.stream().limit(most).forEach(answer::add);
        return answer;
    }

    List<Object> admitIngress(long seq, List<Sorted> sorted) {
        if (seq != shard.ingressSeq) {
            return List.of("moved");
        }
        shard.in.subList(0, sorted.size()).clear();
        shard.ingressSeq += sorted.size();
        long admitted = 0;
        long quarantined = 0;
        long deferred = 0;
        for (Sorted each : sorted) {
            if (each.item().isEmpty()) {
                shard.quarantine.add(each.entry());
                quarantined++;
            }
        }
        for (Sorted each : sorted) {
            if (each.item().isEmpty()) {
                continue;
            }
            Item item = each.item().get();
            switch (admit(item)) {
                case "full", "limited" -> {
                    shard.in.add(each.raw());
                    deferred++;
                }
                case "conflict" -> {
                    shard.quarantine.add(
                            "{\"reason\":\"conflict: id " + item.id() + "\"}\n" + each.raw());
                    quarantined++;
                }
                default -> admitted++;
            }
        }
        shard.ingressQuarantined += quarantined;
        while (shard.quarantine.size() > Shard.QUARANTINE_MOST) {
            shard.quarantine.removeFirst();
        }
        return List.of("done", admitted, quarantined, deferred);
    }
}
