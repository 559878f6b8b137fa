package io.yardmaster.queue;

/// Tickets as 64-bit hashes: a million of them in 16 MB. Two tickets with the same hash count as
/// one; the seed differs from pass to pass, so that they don't do so for ever. Not thread-safe.
final class TicketSet {
    private final long seed;
    private long[] slots = new long[1024];
    private int size;

    TicketSet(long seed) {
        this.seed = seed;
    }

    /// FNV-1a over queue and ticket, finished by a mixer so that every bit counts.
    static long hash(long seed, String queue, byte[] ticket) {
        long hash = 0xcbf29ce484222325L ^ seed;
        for (int i = 0; i < queue.length(); i++) {
            hash = (hash ^ queue.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ ' ') * 0x100000001b3L;
        for (byte b : ticket) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 32)) * 0xd6e8feb86659fd93L;
        hash = (hash ^ (hash >>> 32)) * 0xd6e8feb86659fd93L;
        return hash ^ (hash >>> 32);
    }

    /// True when it was not there before.
    boolean add(String queue, byte[] ticket) {
        if (2 * (size + 1) > slots.length) {
            grow();
        }
        return insert(slots, keyOf(queue, ticket));
    }

    boolean contains(String queue, byte[] ticket) {
        long key = keyOf(queue, ticket);
        int at = place(slots, key);
        while (slots[at] != 0) {
            if (slots[at] == key) {
                return true;
            }
            at = (at + 1) & (slots.length - 1);
        }
        return false;
    }

    int size() {
        return size;
    }

    private long keyOf(String queue, byte[] ticket) {
        long hash = hash(seed, queue, ticket);
        return hash == 0 ? 1 : hash;
    }

    private static int place(long[] slots, long key) {
        return (int) key & (slots.length - 1);
    }

    private boolean insert(long[] target, long key) {
        int at = place(target, key);
        while (target[at] != 0) {
            if (target[at] == key) {
                return false;
            }
            at = (at + 1) & (target.length - 1);
        }
        target[at] = key;
        size++;
        return true;
    }

    private void grow() {
        long[] larger = new long[slots.length * 2];
        size = 0;
        for (long key : slots) {
            if (key != 0) {
                boolean _ = insert(larger, key);
            }
        }
        slots = larger;
    }
}
