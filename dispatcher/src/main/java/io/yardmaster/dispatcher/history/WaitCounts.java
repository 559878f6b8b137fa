package io.yardmaster.dispatcher.history;

import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A histogram of waits in ms, sparse and immutable. Buckets grow with what they hold: a bucket is
/// at most 1/16 of its value wide, which is all that is lost.
///
/// @param counts by bucket, without empty ones
record WaitCounts(Map<Integer, Long> counts) {
    static final WaitCounts NONE = new WaitCounts(Map.of());

    private static final int SUB_BITS = 4;
    private static final int SUB = 1 << SUB_BITS;
    private static final int MOST_BITS = 32;

    /// Enough for 49 days; longer waits are in the last one.
    static final int BUCKETS = (MOST_BITS - SUB_BITS + 1) * SUB;

    private static final Pattern ENTRY = Pattern.compile("(\\d{1,3}):(\\d{1,12})");

    WaitCounts {
        counts = Map.copyOf(counts);
    }

    static WaitCounts of(int[] buckets) {
        Map<Integer, Long> counts = new TreeMap<>();
        for (int i = 0; i < buckets.length; i++) {
            if (buckets[i] != 0) {
                counts.put(i, (long) buckets[i]);
            }
        }
        return new WaitCounts(counts);
    }

    /// Values below 16 have a bucket each; above, each power of two has 16.
    static int bucket(long millis) {
        long value = Math.max(0, Math.min(millis, (1L << MOST_BITS) - 1));
        if (value < SUB) {
            return (int) value;
        }
        int exponent = 63 - Long.numberOfLeadingZeros(value);
        return (exponent - SUB_BITS + 1) * SUB + (int) (value >> (exponent - SUB_BITS)) - SUB;
    }

    /// The middle of a bucket.
    static long value(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        int shift = bucket / SUB - 1;
        long low = (long) (bucket % SUB + SUB) << shift;
        return low + (1L << shift) / 2;
    }

    WaitCounts plus(WaitCounts other) {
        Map<Integer, Long> sum = new TreeMap<>(counts);
        other.counts.forEach((bucket, count) -> sum.merge(bucket, count, Long::sum));
        return new WaitCounts(sum);
    }

    boolean empty() {
        return counts.isEmpty();
    }

    /// The wait that this share of requests did not exceed; empty when nothing was sent.
    ///
    /// @param share 0 to 1
    OptionalLong quantile(double share) {
        long all = counts.values().stream().mapToLong(Long::longValue).sum();
        long rank = Math.max(1, (long) Math.ceil(share * all));
        long passed = 0;
        for (Map.Entry<Integer, Long> entry : new TreeMap<>(counts).entrySet()) {
            passed += entry.getValue();
            if (passed >= rank) {
                return OptionalLong.of(value(entry.getKey()));
            }
        }
        return OptionalLong.empty();
    }

    /// As stored: `bucket:count` with blanks between.
    String text() {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(counts)
                .forEach((bucket, count) ->
                        text.append(text.isEmpty() ? "" : " ")
                                .append(bucket)
                                .append(':')
                                .append(count));
        return text.toString();
    }

    /// What somebody else damaged is passed over.
    static WaitCounts parse(String text) {
        Map<Integer, Long> counts = new TreeMap<>();
        Matcher matcher = ENTRY.matcher(text);
        while (matcher.find()) {
            int bucket = Integer.parseInt(matcher.group(1));
            if (bucket < BUCKETS) {
                counts.merge(bucket, Long.parseLong(matcher.group(2)), Long::sum);
            }
        }
        return new WaitCounts(counts);
    }
}
