package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.nodes.Node;
import io.yardmaster.queue.Request;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/// Nodes that answer as the test says, and remember what they were sent.
final class ScriptedForwarder implements Forwarder {
    private final Map<String, Behaviour> behaviours = new ConcurrentHashMap<>();
    final List<Sent> sent = new CopyOnWriteArrayList<>();
    final AtomicInteger aborted = new AtomicInteger();

    /// One request that reached a node.
    record Sent(String node, String id, Outgoing outgoing) {
        String header(String name) {
            return outgoing.headers().stream()
                    .filter(header -> header.name().equals(name))
                    .map(Request.Header::value)
                    .findFirst()
                    .orElse("");
        }
    }

    /// What a node does with the n-th request (1, 2, ...) that it gets.
    interface Behaviour {
        Answer answer(int n) throws InterruptedException;
    }

    private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();

    void when(String node, Behaviour behaviour) {
        behaviours.put(node, behaviour);
    }

    static Answer status(int status, String... headers) {
        List<Request.Header> list = new java.util.ArrayList<>();
        for (int i = 0; i < headers.length; i += 2) {
            list.add(new Request.Header(headers[i], headers[i + 1]));
        }
        return new Answer.Responded(
                status, list, "done".getBytes(java.nio.charset.StandardCharsets.UTF_8), false);
    }

    /// A node that answers when the latch opens.
    static Behaviour after(CountDownLatch latch) {
        return n -> {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("the latch stayed shut");
            }
            return status(200);
        };
    }

    @Override
    public Answer send(Node node, Outgoing outgoing, Duration timeout, BooleanSupplier maySend)
            throws InterruptedException {
        if (!maySend.getAsBoolean()) {
            return new Answer.Withheld();
        }
        int n = counts.computeIfAbsent(node.id(), _ -> new AtomicInteger()).incrementAndGet();
        Sent one = new Sent(node.id(), "", outgoing);
        Answer answer;
        sent.add(new Sent(node.id(), one.header("X-Request-ID"), outgoing));
        try {
            answer = behaviours.getOrDefault(node.id(), _ -> status(200)).answer(n);
        } catch (InterruptedException e) {
            aborted.incrementAndGet();
            throw e;
        }
        return answer;
    }

    long sentTo(String id) {
        return sent.stream().filter(each -> each.id().equals(id)).count();
    }
}
