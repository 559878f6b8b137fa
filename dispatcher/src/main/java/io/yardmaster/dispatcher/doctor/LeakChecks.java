package io.yardmaster.dispatcher.doctor;

import io.lettuce.core.KeyScanCursor;
import io.lettuce.core.ScanArgs;
import io.lettuce.core.ScanCursor;
import io.lettuce.core.ScoredValue;
import io.yardmaster.redis.Redis;
import java.util.ArrayList;
import java.util.List;

/// Whether something grows that should not. Looks at no more than some thousand keys, those that a
/// scan happens to begin with; a leak that grows is found by and by.
final class LeakChecks {
    private static final long LATE_MS = 2_000;
    private static final long NEVER_MS = 30_000;
    private static final int PAGES = 3;
    private static final int PAGE = 1_000;
    private static final int MOST_LOOKS = 300;
    private static final double TIGHT = 0.8;

    private final Installation at;
    private final RedisView redis;

    LeakChecks(Installation at, RedisView redis) {
        this.at = at;
        this.redis = redis;
    }

    List<Check> list() {
        return List.of(
                Check.ofRedis(
                        "leases",
                        "what a dead replica held must come back within the lease",
                        this::leases),
                Check.ofRedis(
                        "leftovers",
                        "keys that nobody removes fill Redis one day",
                        this::leftovers),
                Check.ofRedis(
                        "connections",
                        "at maxclients Redis refuses replicas and producers",
                        this::connections));
    }

    private Verdict leases() {
        long held = 0;
        long late = Long.MIN_VALUE;
        for (String base : at.bases()) {
            byte[] key = Redis.bytes(base + ":leases");
            held += at.redis().run(c -> c.zcard(key));
            List<ScoredValue<byte[]>> first = at.redis().run(c -> c.zrangeWithScores(key, 0, 0));
            if (!first.isEmpty()) {
                long end = (long) first.getFirst().getScore();
                late = Math.max(late, ClockChecks.logical(at.redis(), base).logical() - end);
            }
        }
        if (late > LATE_MS) {
            String found =
                    held
                            + " held, the oldest ended "
                            + Texts.time(late)
                            + " ago and was not taken back";
            String fix =
                    "no replica takes leases back: look at the replicas' logs for corrupt keys";
            return late > NEVER_MS ? new Verdict.Fail(found, fix) : new Verdict.Warn(found, fix);
        }
        return new Verdict.Ok(held + " held, none overdue");
    }

    private Verdict leftovers() {
        int outcomes = 0;
        int others = 0;
        int looked = 0;
        String example = "";
        for (String base : at.bases()) {
            for (byte[] key : some(base)) {
                String name = Redis.text(key).substring(base.length());
                boolean outcome = name.startsWith(":o:");
                boolean other = name.startsWith(":take:") || name.startsWith(":tb:");
                if ((!outcome && !other) || looked++ > MOST_LOOKS) {
                    continue;
                }
                if (at.redis().run(c -> c.ttl(key)) != -1) {
                    continue;
                }
                if (other) {
                    others++;
                    example = base + name;
                } else if (!kept(base, name.substring(3))) {
                    outcomes++;
                    example = base + name;
                }
            }
        }
        long words = at.redis().run(c -> c.hlen(Redis.bytes("{yard}:in-flight")));
        long roster = at.redis().run(c -> c.hlen(Redis.bytes("{yard}:roster")));
        if (outcomes + others > 0) {
            return new Verdict.Warn(
                    (outcomes + others)
                            + " of "
                            + looked
                            + " keys that were looked at have no expiry and no use: "
                            + example,
                    "somebody restored or persisted them: redis-cli EXPIRE '" + example + "' 3600");
        }
        long most = Math.max(20, 4 * roster);
        return words > most
                ? new Verdict.Warn(
                        words + " replicas in {yard}:in-flight, " + roster + " told their version",
                        "redis-cli DEL {yard}:in-flight; it is written anew")
                : new Verdict.Ok("none among " + looked + " keys looked at");
    }

    /// The outcome of a dead request is kept for as long as it is dead.
    private boolean kept(String base, String id) {
        return at.redis().run(c -> c.exists(Redis.bytes(base + ":r:" + id))) == 1;
    }

    private List<byte[]> some(String base) {
        List<byte[]> keys = new ArrayList<>();
        ScanCursor cursor = ScanCursor.INITIAL;
        ScanArgs pattern = ScanArgs.Builder.matches(base + ":*").limit(PAGE);
        for (int page = 0; page < PAGES && !cursor.isFinished(); page++) {
            ScanCursor from = cursor;
            KeyScanCursor<byte[]> found = at.redis().run(c -> c.scan(from, pattern));
            keys.addAll(found.getKeys());
            cursor = found;
        }
        return keys;
    }

    private Verdict connections() {
        long clients = redis.number("connected_clients");
        long most = redis.number("maxclients");
        long refused = redis.number("rejected_connections");
        String found = clients + " of " + most + " connections";
        String fix =
                "redis-cli CLIENT LIST shows whose they are; redis-cli CONFIG SET maxclients "
                        + Math.max(10_000, 2 * most)
                        + " (and LimitNOFILE of its service)";
        if (most > 0 && clients > most * TIGHT) {
            return new Verdict.Fail(found, fix);
        }
        return refused > 0
                ? new Verdict.Warn(
                        found + ", " + refused + " were refused since Redis started", fix)
                : new Verdict.Ok(found);
    }
}
