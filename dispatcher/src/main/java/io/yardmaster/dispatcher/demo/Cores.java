package io.yardmaster.dispatcher.demo;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;

/// The processor of a demo node: a few cores, each slower than the real one by the machine's
/// slowness.
///
/// The work is real (SHA-256 over its own result), but most of a unit's time is slept, so that
/// three machines fit into one small computer and stay unequal there. Foreign load is shared
/// fairly, as an operating system does: with more runnable threads than cores everything takes
/// `threads / cores` times as long.
///
/// Thread-safe.
final class Cores {
    /// What one unit takes on an idle core of a machine of slowness 1.
    static final long UNIT_NANOS = 5_000_000;

    /// Hashes of one unit: about 0.3 ms of a current core.
    private static final int HASHES = 1_000;

    private static final int MAX_FOREIGN = 64;

    private final int cores;
    private final double slowness;
    private final LongSupplier nanos;
    private final Semaphore free;

    private int working;
    private int foreign;
    private long since;
    private long measuredFrom;
    private double busyNanos;

    Cores(Machine machine, LongSupplier nanos) {
        this.cores = machine.cores();
        this.slowness = machine.slowness();
        this.nanos = nanos;
        this.free = new Semaphore(cores, true);
        this.since = nanos.getAsLong();
        this.measuredFrom = since;
    }

    /// Does the work on the next free core, first come first served.
    ///
    /// @param started runs when a core begins
    /// @return the last hash in hex
    String work(int units, Runnable started) throws InterruptedException {
        free.acquire();
        shift(1, 0);
        try {
            started.run();
            return grind(units);
        } finally {
            shift(-1, 0);
            free.release();
        }
    }

    /// Sets how many threads of other programs compete for the cores, 0 to 64; they burn a little
    /// real CPU each.
    void foreignLoad(int threads) {
        if (threads < 0 || threads > MAX_FOREIGN) {
            throw new IllegalArgumentException(
                    "cores: " + threads + " (expected: 0 to " + MAX_FOREIGN + ")");
        }
        int before;
        synchronized (this) {
            before = foreign;
            shift(0, threads - before);
        }
        for (int i = before; i < threads; i++) {
            int number = i;
            Thread.ofVirtual().name("foreign-", number).start(() -> play(number));
        }
    }

    /// The share of the cores that was busy since the last call, with foreign load, 0 to 1.
    synchronized double busySinceLastCall() {
        shift(0, 0);
        long span = since - measuredFrom;
        double busy = span <= 0 ? 0 : Math.clamp(busyNanos / ((double) span * cores), 0.0, 1.0);
        measuredFrom = since;
        busyNanos = 0;
        return busy;
    }

    private String grind(int units) throws InterruptedException {
        MessageDigest sha = sha256();
        byte[] hash = new byte[32];
        long due = nanos.getAsLong();
        for (int unit = 0; unit < units; unit++) {
            hash = hash(sha, hash);
            due += (long) (UNIT_NANOS * slowness * crowding());
            sleepUntil(due);
        }
        return HexFormat.of().formatHex(hash);
    }

    private void play(int number) {
        MessageDigest sha = sha256();
        byte[] hash = new byte[32];
        try {
            while (number < foreignThreads()) {
                hash = hash(sha, hash);
                Thread.sleep(20);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void sleepUntil(long due) throws InterruptedException {
        long left = due - nanos.getAsLong();
        if (left > 0) {
            Thread.sleep(left / 1_000_000, (int) (left % 1_000_000));
        }
    }

    private synchronized double crowding() {
        return Math.max(1.0, (double) (working + foreign) / cores);
    }

    private synchronized int foreignThreads() {
        return foreign;
    }

    private synchronized void shift(int work, int load) {
        long now = nanos.getAsLong();
        busyNanos += (double) (now - since) * Math.min(cores, working + foreign);
        since = now;
        working += work;
        foreign += load;
    }

    private static byte[] hash(MessageDigest sha, byte[] seed) {
        byte[] hash = seed;
        for (int i = 0; i < HASHES; i++) {
            hash = sha.digest(hash);
        }
        return hash;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("SHA-256: missing (expected: in every Java)", e);
        }
    }
}
