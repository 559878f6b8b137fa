package io.yardmaster.dispatcher.operate;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Copies Yardmaster's keys from one Redis to another.
final class Transfer {
    private static final String PATTERN = "{yard*";
    private static final int PAGE = 500;
    private static final int MOST_SHARDS = 256;
    private static final long LIVE_MS = 5_000;

    /// A living replica moves the clock every 50 ms.
    private static final Duration LOOK = Duration.ofMillis(200);

    private Transfer() {}

    /// Waits, at most until the logical clocks have stood still for 5 s: a clock that was moved
    /// lately may be a living replica's, or came here with data that was restored a moment ago.
    ///
    /// @throws Says.Stop when a replica moves the logical clock
    static void refuseLiveReplicas(RespLink redis) throws IOException {
        for (int shard = 0; shard < MOST_SHARDS; shard++) {
            String clock = clock(redis, shard);
            while (movedLately(redis, clock)) {
                LockSupport.parkNanos(LOOK.toNanos());
                if (!clock(redis, shard).equals(clock)) {
                    throw new Says.Stop(
                            Says.FAILED,
                            "a replica works on " + redis.host(),
                            "stop all replicas first");
                }
            }
        }
    }

    private static String clock(RespLink redis, int shard) throws IOException {
        Object clock = redis.call("GET", "{yard:" + shard + "}:clock");
        return clock == null ? "" : RespLink.text(clock);
    }

    /// @param clock the logical and the wall time when it was moved, in ms
    private static boolean movedLately(RespLink redis, String clock) throws IOException {
        String[] words = clock.split(" ", -1);
        if (words.length != 2 || !words[1].matches("\\d{1,15}")) {
            return false;
        }
        List<?> time = RespLink.items(redis.call("TIME"));
        long now = Long.parseLong(RespLink.text(time.getFirst())) * 1000;
        return Math.abs(now - Long.parseLong(words[1])) < LIVE_MS;
    }

    /// How many there are; stops at the first unless they are to be deleted.
    static long keysOfOurs(RespLink redis, boolean delete) throws IOException {
        long found = 0;
        String cursor = "0";
        do {
            List<?> page =
                    RespLink.items(redis.call("SCAN", cursor, "MATCH", PATTERN, "COUNT", PAGE));
            cursor = RespLink.text(page.get(0));
            List<?> keys = RespLink.items(page.get(1));
            found += keys.size();
            if (found > 0 && !delete) {
                return found;
            }
            for (Object key : keys) {
                redis.send("UNLINK", asSent(key));
            }
            redis.flush();
            for (int i = 0; i < keys.size(); i++) {
                redis.read();
            }
        } while (!cursor.equals("0"));
        return found;
    }

    private static Object asSent(@Nullable Object key) {
        return key == null ? new byte[0] : key;
    }

    /// Brings every key of ours, with its expiry.
    ///
    /// @return how many
    static long copy(RespLink from, RespLink to) throws IOException {
        long copied = 0;
        String cursor = "0";
        do {
            List<?> page =
                    RespLink.items(from.call("SCAN", cursor, "MATCH", PATTERN, "COUNT", PAGE));
            cursor = RespLink.text(page.get(0));
            copied += copy(from, to, RespLink.items(page.get(1)));
        } while (!cursor.equals("0"));
        return copied;
    }

    private static int copy(RespLink from, RespLink to, List<?> keys) throws IOException {
        for (Object key : keys) {
            from.send("DUMP", asSent(key));
            from.send("PEXPIRETIME", asSent(key));
        }
        from.flush();
        int sent = 0;
        List<Object> unread = new ArrayList<>();
        for (Object key : keys) {
            Object dump = from.read();
            long expiry = RespLink.number(from.read());
            if (dump instanceof byte[] bytes) { // it may have expired meanwhile
                to.send("RESTORE", asSent(key), Math.max(0, expiry), bytes, "REPLACE", "ABSTTL");
                unread.add(asSent(key));
                sent++;
            }
        }
        to.flush();
        for (Object key : unread) {
            try {
                to.read();
            } catch (RespLink.Refused e) {
                throw new Says.Stop(
                        Says.FAILED,
                        RespLink.text(key)
                                + " was refused, the restore is not whole: "
                                + e.getMessage(),
                        "mend that (memory, version, rights) and repeat it with --force");
            }
        }
        return sent;
    }
}
