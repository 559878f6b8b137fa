package io.yardmaster.queue;

import static io.yardmaster.queue.WorkQueue.checked;
import static io.yardmaster.queue.WorkQueue.longs;
import static io.yardmaster.queue.WorkQueue.string;

import io.yardmaster.redis.Redis;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;

/// What operators look through in one shard: each method is one call of a function of `7-list.lua`,
/// and its answer as a value. Nothing is changed by it. Thread-safe.
public final class ListCalls {
    /// Most rows of one call: more would take Redis longer than 1 ms.
    public static final int MOST = 50;

    /// Keys that one of the SCANs in a call looks at.
    private static final int SCANNED = 100;

    private static final int FINGERPRINT_AND_NONCE = 48;

    private final Redis redis;
    private final String base;

    ListCalls(Redis redis, String base) {
        this.redis = redis;
        this.base = base;
    }

    /// One page of an index.
    ///
    /// @param place where it begins: [Listed.Page#next] or [Listed.Row#after] of an earlier page of
    ///   the same index; empty: at the beginning
    /// @param most rows, 1 to [#MOST]; where there is no order it may be some more
    public Listed.Page page(ListIndex index, String place, int most) {
        int rows = Math.clamp(most, 1, MOST);
        return switch (index) {
            case ListIndex.Leases() -> leases(place);
            case ListIndex.Waiting(QueueName queue) -> waiting(queue, place, rows);
            case ListIndex.Later() -> later(place, rows);
            case ListIndex.Dead(QueueName queue) -> dead(queue, place, rows);
            case ListIndex.Outcomes() -> outcomes(place);
        };
    }

    private Listed.Page waiting(QueueName queue, String place, int most) {
        long past = place.isEmpty() ? 0 : Long.parseLong(place);
        List<Object> reply =
                checked(redis.call("yard_list_waiting", base, queue.toString(), past, most));
        long now = longs(reply, 0);
        long length = longs(reply, 1);
        int looked = (reply.size() - 2) / 3;
        List<Listed.Row> rows = new ArrayList<>();
        for (int i = looked - 1; i >= 0; i--) {
            int at = 2 + 3 * i;
            String ticket = string(reply, at);
            String after = Long.toString(past + looked - i);
            live(idOf(ticket), reply, at + 1, now, OptionalLong.empty())
                    .filter(live -> live.head().state() == StoredRequest.State.QUEUED)
                    .filter(live -> live.head().queue().equals(queue))
                    .filter(live -> ticket.equals(live.id() + "." + live.head().attempts()))
                    .ifPresent(live -> rows.add(new Listed.Row(live, after)));
        }
        long next = past + looked;
        return new Listed.Page(
                rows,
                looked,
                looked == 0 || next >= length
                        ? Optional.empty()
                        : Optional.of(Long.toString(next)));
    }

    private Listed.Page later(String place, int most) {
        List<Object> reply = checked(redis.call("yard_list_later", base, most, place));
        long now = longs(reply, 0);
        int looked = (reply.size() - 1) / 4;
        List<Listed.Row> rows = new ArrayList<>();
        String after = place;
        for (int i = 0; i < looked; i++) {
            int at = 1 + 4 * i;
            String ticket = string(reply, at);
            String due = string(reply, at + 1);
            after = due + ":" + ticket;
            String here = after;
            live(idOf(ticket), reply, at + 2, now, waits(due, now))
                    .filter(live -> live.head().state() == StoredRequest.State.SCHEDULED)
                    .filter(live -> ticket.equals(live.id() + "." + live.head().attempts()))
                    .ifPresent(live -> rows.add(new Listed.Row(live, here)));
        }
        return new Listed.Page(rows, looked, looked < most ? Optional.empty() : Optional.of(after));
    }

    private static OptionalLong waits(String due, long now) {
        return due.matches("\\d{1,16}")
                ? OptionalLong.of(Math.max(0, Long.parseLong(due) - now))
                : OptionalLong.of(0);
    }

    private Listed.Page leases(String place) {
        ScanPlace from = ScanPlace.of(place);
        List<Object> reply = checked(redis.call("yard_list_leases", base, from.cursor(), MOST));
        long now = longs(reply, 1);
        int looked = (reply.size() - 2) / 3;
        Map<String, Listed> found = new TreeMap<>();
        for (int i = 0; i < looked; i++) {
            int at = 2 + 3 * i;
            String member = string(reply, at);
            String ticket = member.substring(0, Math.max(0, member.lastIndexOf('|')));
            live(idOf(ticket), reply, at + 1, now, OptionalLong.empty())
                    .filter(live -> live.head().state() == StoredRequest.State.LEASED)
                    .filter(live -> member.equals(lease(live.head())))
                    .ifPresent(live -> found.put(live.id(), live));
        }
        return from.page(found, looked, string(reply, 0));
    }

    private static String lease(RequestHead head) {
        return head.id() + "." + head.attempts() + "|" + head.nonce();
    }

    private Listed.Page dead(QueueName queue, String place, int most) {
        List<Object> reply =
                checked(redis.call("yard_list_dead", base, queue.toString(), most, place));
        long now = longs(reply, 0);
        int looked = (reply.size() - 1) / 4;
        List<Listed.Row> rows = new ArrayList<>();
        String after = place;
        for (int i = 0; i < looked; i++) {
            int at = 1 + 4 * i;
            String id = string(reply, at);
            after = string(reply, at + 1) + ":" + id;
            Optional<RequestHead> head = RequestCodec.head(id, (byte[]) reply.get(at + 2), now);
            if (head.isPresent() && head.get().state() == StoredRequest.State.DEAD) {
                String outcome = json((byte[]) reply.get(at + 3));
                rows.add(
                        new Listed.Row(new Listed.Ended(id, Found.End.DEAD, outcome, head), after));
            }
        }
        return new Listed.Page(rows, looked, looked < most ? Optional.empty() : Optional.of(after));
    }

    private Listed.Page outcomes(String place) {
        ScanPlace from = ScanPlace.of(place);
        List<Object> reply = redis.call("yard_list_outcomes", base, from.cursor(), SCANNED);
        int looked = (reply.size() - 1) / 2;
        Map<String, Listed> found = new TreeMap<>();
        for (int i = 0; i < looked; i++) {
            String id = string(reply, 1 + 2 * i);
            ended(id, (byte[]) reply.get(2 + 2 * i))
                    .filter(ended -> ended.end() != Found.End.DEAD)
                    .ifPresent(ended -> found.put(id, ended));
        }
        return from.page(found, looked, string(reply, 0));
    }

    /// These requests, wherever in this shard they are; those that it doesn't know are left out.
    ///
    /// @param ids at most [#MOST]
    public List<Listed> byId(List<String> ids) {
        if (ids.size() > MOST) {
            throw new IllegalArgumentException(
                    "ids: " + ids.size() + " (expected: at most " + MOST + ")");
        }
        List<Object> reply = checked(redis.call("yard_list_ids", base, ids.toArray()));
        long now = longs(reply, 0);
        List<Listed> found = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < ids.size(); i++) {
            String id = ids.get(i);
            int at = 1 + 4 * i;
            if (seen.add(id)) {
                one(id, reply, at, now).ifPresent(found::add);
            }
        }
        return found;
    }

    private static Optional<Listed> one(String id, List<Object> reply, int at, long now) {
        String due = string(reply, at);
        OptionalLong waits = due.isEmpty() ? OptionalLong.empty() : waits(due, now);
        Optional<Listed.Live> live = live(id, reply, at + 1, now, waits);
        byte[] outcome = (byte[]) reply.get(at + 3);
        if (live.isPresent() && live.get().head().state() != StoredRequest.State.DEAD) {
            return Optional.of(live.get());
        }
        return live.isPresent()
                ? Optional.of(
                        new Listed.Ended(
                                id, Found.End.DEAD, json(outcome), Optional.of(live.get().head())))
                : ended(id, outcome).map(ended -> ended);
    }

    private static Optional<Listed.Live> live(
            String id, List<Object> reply, int at, long now, OptionalLong waits) {
        return RequestCodec.head(id, (byte[]) reply.get(at), now)
                .map(head -> new Listed.Live(head, waits, string(reply, at + 1)));
    }

    private static Optional<Listed.Ended> ended(String id, byte[] outcome) {
        if (outcome.length <= FINGERPRINT_AND_NONCE) {
            return Optional.empty();
        }
        char code = (char) outcome[FINGERPRINT_AND_NONCE];
        return "SDCX".indexOf(code) < 0
                ? Optional.empty()
                : Optional.of(
                        new Listed.Ended(id, Found.End.of(code), json(outcome), Optional.empty()));
    }

    private static String json(byte[] outcome) {
        int from = FINGERPRINT_AND_NONCE + 1;
        return outcome.length <= from
                ? ""
                : new String(outcome, from, outcome.length - from, StandardCharsets.UTF_8);
    }

    private static String idOf(String ticket) {
        return ticket.substring(0, Math.max(0, ticket.lastIndexOf('.')));
    }

    /// A place among what Redis gives in portions: the portion, and an id in it. A portion is shown
    /// in the order of ids, so that a page may end within it.
    private record ScanPlace(String cursor, String afterId) {
        private static final Comparator<String> ORDER = Comparator.naturalOrder();

        static ScanPlace of(String place) {
            int mark = place.indexOf('>');
            if (place.isEmpty()) {
                return new ScanPlace("0", "");
            }
            return mark < 0
                    ? new ScanPlace(place, "")
                    : new ScanPlace(place.substring(0, mark), place.substring(mark + 1));
        }

        Listed.Page page(Map<String, Listed> found, int looked, String next) {
            List<Listed.Row> rows = new ArrayList<>();
            found.forEach((id, request) -> {
                if (ORDER.compare(id, afterId) > 0) {
                    rows.add(new Listed.Row(request, cursor + ">" + id));
                }
            });
            return new Listed.Page(
                    rows, looked, next.equals("0") ? Optional.empty() : Optional.of(next));
        }
    }
}
