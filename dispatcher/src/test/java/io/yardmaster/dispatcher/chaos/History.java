package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import io.yardmaster.dispatcher.chaos.Evidence.Event;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import io.yardmaster.dispatcher.chaos.Evidence.Send;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/// What producers did and heard, and the nodes' ledger: in memory for the checkers, and as JSON
/// lines in `history.jsonl` and `ledger.jsonl` for people. Thread-safe.
final class History implements AutoCloseable {
    private final Map<String, Asked> asked = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<Event> events = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Send> sends = new ConcurrentLinkedQueue<>();
    private final Map<Kind, AtomicLong> counts = new ConcurrentHashMap<>();
    private final AtomicLong sent = new AtomicLong();
    private final Path directory;
    private final BufferedWriter eventLines;
    private final BufferedWriter sendLines;

    History(Path directory) {
        this.directory = directory;
        try {
            eventLines = Files.newBufferedWriter(directory.resolve("history.jsonl"));
            sendLines = Files.newBufferedWriter(directory.resolve("ledger.jsonl"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Path directory() {
        return directory;
    }

    void invoke(String client, Asked request) {
        asked.put(request.id(), request);
        add(client, Kind.INVOKE, request.id(), request.priority() + "/" + request.maxRetries());
    }

    void add(String client, Kind kind, String id, String detail) {
        Event event = new Event(System.nanoTime(), client, kind, id, detail);
        events.add(event);
        counts.computeIfAbsent(kind, _ -> new AtomicLong()).incrementAndGet();
        line(
                eventLines,
                "{\"ns\":%d,\"client\":\"%s\",\"type\":\"%s\",\"id\":\"%s\",\"detail\":\"%s\"}"
                        .formatted(
                                event.nanos(),
                                client,
                                kind.name().toLowerCase(Locale.ROOT),
                                id,
                                detail.replaceAll("[\\\\\"\\p{Cntrl}]", " ")));
    }

    void sent(Send send) {
        sends.add(send);
        sent.incrementAndGet();
        line(
                sendLines,
                "{\"ns\":%d,\"node\":\"%s\",\"id\":\"%s\",\"attempt\":%d,\"priority\":\"%s\",\"addressee\":\"%s\",\"intact\":%s}"
                        .formatted(
                                send.nanos(),
                                send.node(),
                                send.id(),
                                send.attempt(),
                                send.priority(),
                                send.addressee(),
                                send.intact()));
    }

    private static void line(BufferedWriter to, String line) {
        synchronized (to) {
            try {
                to.write(line);
                to.newLine();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    long count(Kind kind) {
        AtomicLong count = counts.get(kind);
        return count == null ? 0 : count.get();
    }

    long sent() {
        return sent.get();
    }

    boolean wasSent(String id) {
        return sends.stream().anyMatch(send -> send.id().equals(id));
    }

    Map<String, Asked> asked() {
        return Map.copyOf(asked);
    }

    List<Event> events() {
        return List.copyOf(events);
    }

    List<Send> sends() {
        return List.copyOf(sends);
    }

    @Override
    public void close() {
        try {
            eventLines.close();
            sendLines.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
