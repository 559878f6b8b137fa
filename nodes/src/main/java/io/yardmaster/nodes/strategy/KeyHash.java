package io.yardmaster.nodes.strategy;

/// The 64-bit hash behind every choice by key: the same on every replica, JVM and machine, whatever
/// the seed. FNV-1a over the UTF-16 code units, finished by the mixer of SplitMix64, whose output
/// bits each depend on every input bit. Not for secrets.
public final class KeyHash {
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private KeyHash() {}

    public static long of(String text) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            hash = (hash ^ (unit & 0xff)) * FNV_PRIME;
            hash = (hash ^ (unit >>> 8)) * FNV_PRIME;
        }
        return mix(hash);
    }

    /// One hash of two, in this order.
    static long of(long first, long second) {
        return mix(first * 0x9e3779b97f4a7c15L + second);
    }

    private static long mix(long z) {
        long mixed = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
