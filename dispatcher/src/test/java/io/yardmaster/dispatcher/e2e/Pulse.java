package io.yardmaster.dispatcher.e2e;

import java.util.concurrent.ConcurrentLinkedQueue;

/// Asks for something trivial again and again, and notes how long it takes: how busy this computer
/// is with everything together.
final class Pulse implements AutoCloseable {
    private static final long PAUSE_MS = 50;

    private final ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
    private final Thread asker;

    Pulse(String url) {
        asker = Thread.ofPlatform().daemon().name("pulse").start(() -> ask(url));
    }

    private void ask(String url) {
        try {
            while (true) {
                long began = System.nanoTime();
                Thread.sleep(PAUSE_MS);
                Replica.fetch(url);
                nanos.add(System.nanoTime() - began - PAUSE_MS * 1_000_000);
            }
        } catch (InterruptedException | AssertionError e) {
            Thread.currentThread().interrupt();
        }
    }

    /// How late a sleeper woke and how long the answer took, together.
    double p99Millis() {
        long[] sorted = nanos.stream().mapToLong(Long::longValue).sorted().toArray();
        return sorted.length == 0 ? 0 : sorted[sorted.length * 99 / 100] / 1e6;
    }

    @Override
    public void close() {
        asker.interrupt();
    }
}
