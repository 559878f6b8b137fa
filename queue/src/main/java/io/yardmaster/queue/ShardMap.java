package io.yardmaster.queue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// Which shard an id belongs to, and which ones it belonged to before there were as many.
///
/// The mapping moves little: of n shards that become m, the ids of n/m stay where they are, and the
/// others all go to the new shards (jump consistent hash; Lamping, Veach 2014). Immutable.
///
/// @param counts numbers of shards since the beginning, the one in use last; they grow
public record ShardMap(List<Integer> counts) {
    /// More would cost each replica more calls when idle than any Redis Cluster needs.
    public static final int MOST = 64;

    public ShardMap {
        counts = List.copyOf(counts);
        int before = 0;
        for (int count : counts) {
            if (count <= before || count > MOST) {
                throw new IllegalArgumentException(
                        "shards: "
                                + counts
                                + " (expected: growing numbers from 1 to "
                                + MOST
                                + ")");
            }
            before = count;
        }
        if (counts.isEmpty()) {
            throw new IllegalArgumentException("shards: none (expected: at least one number)");
        }
    }

    public static ShardMap of(int... counts) {
        return new ShardMap(Arrays.stream(counts).boxed().toList());
    }

    /// As Redis has it: `1,2,4`.
    static ShardMap parse(String text) {
        return new ShardMap(Arrays.stream(text.split(",", -1)).map(Integer::valueOf).toList());
    }

    @Override
    public String toString() {
        return counts.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /// How many mappings there have been: of two maps, the one with more is the newer.
    public int generation() {
        return counts.size();
    }

    /// How many shards new ids are spread over.
    public int shards() {
        return counts.getLast();
    }

    /// Where an id is put.
    public int home(String id) {
        return jump(id, shards());
    }

    /// Where an id may have been put before, latest first, without its home; mostly none.
    public List<Integer> earlierHomes(String id) {
        if (counts.size() == 1) {
            return List.of();
        }
        List<Integer> homes = new ArrayList<>();
        homes.add(home(id));
        for (int count : counts.reversed()) {
            int at = jump(id, count);
            if (!homes.contains(at)) {
                homes.add(at);
            }
        }
        return homes.subList(1, homes.size());
    }

    private static int jump(String id, int shards) {
        if (shards == 1) {
            return 0;
        }
        long key = hash(id);
        long shard = -1;
        long next = 0;
        while (next < shards) {
            shard = next;
            key = key * 2862933555777941757L + 1;
            next = (long) ((shard + 1) * (double) (1L << 31) / (double) ((key >>> 33) + 1));
        }
        return (int) shard;
    }

    /// FNV-1a, then the last step of MurmurHash3: ids that differ in one digit must not share the
    /// high bits.
    static long hash(String id) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < id.length(); i++) {
            hash = (hash ^ id.charAt(i)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
        return hash ^ (hash >>> 33);
    }
}
