package io.yardmaster.queue;

import static io.yardmaster.queue.Yard.LOW;
import static io.yardmaster.queue.Yard.NORMAL;
import static io.yardmaster.redis.Redis.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The functions that operators look through requests with. None of them may change a byte.
class ListTest {
    private static final Settlement SUCCEEDED = new Settlement.Succeeded("{\"node\":\"n\"}");
    private static final Settlement DEAD = new Settlement.Dead("{\"node\":\"d\"}");
    private static final ListIndex WAITING = new ListIndex.Waiting(NORMAL);
    private static Yard yard;
    private static ListCalls lists;
    private String before = "";

    @BeforeAll
    static void open() {
        yard = new Yard();
        lists = yard.queue.lists();
    }

    @AfterAll
    static void close() {
        yard.close();
    }

    @BeforeEach
    void clear() {
        yard.clear();
        before = "";
    }

    @AfterEach
    void nothing_was_changed() {
        if (!before.isEmpty()) {
            assertEquals(before, yard.fixture.content().toString());
        }
    }

    /// From here on a test only looks.
    private void arranged() {
        before = yard.fixture.content().toString();
    }

    private static List<Listed> walk(ListIndex index, int most) {
        List<Listed> found = new ArrayList<>();
        Optional<String> at = Optional.of("");
        while (at.isPresent()) {
            assertTrue(index.isPlace(at.get()), at.get());
            Listed.Page page = lists.page(index, at.get(), most);
            page.rows().forEach(row -> found.add(row.request()));
            at = page.next();
        }
        return found;
    }

    /// As [#walk], but each page goes on after the first row of the one before.
    private static List<String> oneByOne(ListIndex index) {
        List<String> found = new ArrayList<>();
        String at = "";
        while (true) {
            Listed.Page page = lists.page(index, at, 3);
            if (page.rows().isEmpty() && page.next().isEmpty()) {
                return found;
            }
            if (page.rows().isEmpty()) {
                at = page.next().orElseThrow();
            } else {
                found.add(page.rows().getFirst().request().id());
                at = page.rows().getFirst().after();
                assertTrue(index.isPlace(at), at);
            }
        }
    }

    private static List<String> ids(List<Listed> listed) {
        return listed.stream().map(Listed::id).toList();
    }

    private static String told(Listed listed) {
        return switch (listed) {
            case Listed.Live(RequestHead head, var waits, String line) ->
                    "%s %s %s attempts=%d%s%s%s"
                            .formatted(
                                    head.id(),
                                    head.queue(),
                                    head.state(),
                                    head.attempts(),
                                    head.expired() ? " expired" : "",
                                    waits.isPresent() ? " waits" : "",
                                    line.isEmpty() ? "" : " " + line);
            case Listed.Ended(
                            String id,
                            Found.End end,
                            String outcome,
                            Optional<RequestHead> head) ->
                    id + " " + end + " " + outcome + (head.isPresent() ? " kept" : "");
        };
    }

    @Test
    void waiting_requests_are_listed_latest_first_without_tickets_that_stand_for_nothing() {
        yard.offered("a", "b", "c", "d", "e");
        yard.queue.offer(List.of(Yard.offer("x", LOW)));
        yard.queue.cancel("c");
        arranged();
        assertEquals(List.of("e", "d", "b", "a"), ids(walk(WAITING, 2)));
        assertEquals(List.of("e", "d", "b", "a"), ids(walk(WAITING, 100)));
        assertEquals(List.of("e", "d", "b", "a"), oneByOne(WAITING));
        assertEquals(List.of("x"), ids(walk(new ListIndex.Waiting(LOW), 2)));
        assertEquals(5, lists.page(WAITING, "", 100).looked());
        Listed.Page past = lists.page(WAITING, "99", 10);
        assertEquals(0, past.rows().size());
        assertTrue(past.next().isEmpty());
    }

    @Test
    void an_id_that_came_back_elsewhere_is_not_listed_where_its_old_ticket_lies() {
        yard.offered("a");
        yard.queue.cancel("a");
        yard.redis.run(c -> c.del(Yard.key("o:a")));
        yard.queue.offer(List.of(Yard.offer("a", LOW)));
        arranged();
        assertEquals(List.of(), ids(walk(WAITING, 9)));
        assertEquals(List.of("a"), ids(walk(new ListIndex.Waiting(LOW), 9)));
    }

    @Test
    void what_is_taken_and_given_back_while_a_queue_is_walked_hides_nothing() {
        String[] ids = IntStream.range(0, 30).mapToObj(i -> "a" + i).toArray(String[]::new);
        yard.offered(ids);
        Listed.Page first = lists.page(WAITING, "", 10);
        List<Lease> taken = yard.take("nonce001", 5);
        yard.settle(taken.getFirst(), new Settlement.Release(Duration.ZERO));
        yard.offered("new1", "new2");
        Set<String> seen = new HashSet<>();
        Optional<String> at = first.next();
        first.rows().forEach(row -> seen.add(row.request().id()));
        while (at.isPresent()) {
            Listed.Page page = lists.page(WAITING, at.get(), 10);
            page.rows().forEach(row -> seen.add(row.request().id()));
            at = page.next();
        }
        Set<String> missed = new TreeSet<>(List.of(ids));
        missed.removeAll(seen);
        assertEquals(taken.stream().skip(1).map(Lease::id).collect(Collectors.toSet()), missed);
    }

    @Test
    void scheduled_requests_are_listed_by_their_due_time() {
        yard.queue.offer(
                List.of(
                        Yard.delayed("late", Duration.ofHours(2)),
                        Yard.delayed("soon", Duration.ofMinutes(1)),
                        Yard.delayed("a", Duration.ofHours(1)),
                        Yard.delayed("b", Duration.ofHours(1))));
        arranged();
        List<Listed> listed = walk(new ListIndex.Later(), 1);
        assertEquals(List.of("soon", "a", "b", "late"), ids(listed));
        assertEquals(List.of("soon", "a", "b", "late"), oneByOne(new ListIndex.Later()));
        assertEquals("soon default:normal SCHEDULED attempts=0 waits", told(listed.getFirst()));
        long waits = ((Listed.Live) listed.getFirst()).waitsMs().orElseThrow();
        assertTrue(waits > 0 && waits <= 60_000, waits + " ms");
    }

    @Test
    void due_times_that_are_equal_make_no_page_lose_one() {
        List<String> ids = IntStream.range(0, 40).mapToObj(i -> "s" + i).toList();
        yard.queue.offer(ids.stream().map(id -> Yard.delayed(id, Duration.ofHours(1))).toList());
        for (String id : ids) {
            yard.redis.run(c -> c.zadd(Yard.key("later"), 1.9e12, bytes(id + ".0")));
        }
        arranged();
        assertEquals(new TreeSet<>(ids), new TreeSet<>(ids(walk(new ListIndex.Later(), 7))));
        assertEquals(40, walk(new ListIndex.Later(), 7).size());
    }

    @Test
    void a_retried_request_shows_how_its_last_attempt_went() {
        yard.offered("a");
        yard.settle(yard.taken("nonce001"), new Settlement.Retry(Duration.ZERO, "{\"n\":1}"));
        String second = "{\"n\":2,\"x\":\"" + "y".repeat(700) + "\"}";
        yard.settle(yard.taken("nonce002"), new Settlement.Retry(Duration.ZERO, second));
        arranged();
        assertEquals(
                "a default:normal QUEUED attempts=2 " + second.substring(0, 400),
                told(walk(WAITING, 9).getFirst()));
    }

    @Test
    void a_body_that_looks_like_history_is_not_taken_for_it() {
        Request odd =
                new Request(
                        "a",
                        NORMAL,
                        "PUT",
                        "/p?q=1",
                        List.of(),
                        bytes("{\"cause\":\"lies\"}\n"),
                        Optional.empty(),
                        OptionalInt.empty(),
                        Request.Routing.NONE);
        yard.queue.offer(List.of(Offer.of(odd)));
        yard.take("nonce001", 1);
        arranged();
        Listed.Live live = (Listed.Live) walk(new ListIndex.Leases(), 9).getFirst();
        assertEquals("", live.lastLine());
        assertEquals("PUT /p?q=1", live.head().method() + " " + live.head().path());
    }

    @Test
    void a_path_too_long_for_a_row_is_cut() {
        String path = "/" + "p".repeat(5000);
        yard.queue.offer(List.of(Offer.of(Request.of("a", NORMAL, path, bytes("b")))));
        arranged();
        String shown = ((Listed.Live) walk(WAITING, 9).getFirst()).head().path();
        assertTrue(shown.endsWith("p…") && shown.length() > 300, shown);
        assertTrue(path.startsWith(shown.substring(0, shown.length() - 1)));
    }

    @Test
    void requests_in_flight_are_all_listed_whatever_is_renewed_meanwhile() {
        List<String> ids = IntStream.range(0, 700).mapToObj(i -> "f" + i).toList();
        yard.queue.offer(ids.stream().map(Yard::offer).toList());
        List<Lease> leases = yard.take("nonce001", 700);
        Set<String> seen = new HashSet<>();
        Optional<String> at = Optional.of("");
        int pages = 0;
        while (at.isPresent()) {
            Listed.Page page = lists.page(new ListIndex.Leases(), at.get(), 9);
            page.rows().forEach(row -> seen.add(row.request().id()));
            at = page.next();
            yard.queue.sent(leases.subList(0, 350));
            pages++;
        }
        assertEquals(new HashSet<>(ids), seen);
        assertTrue(pages > 3, pages + " pages");
        arranged();
        assertEquals(new TreeSet<>(ids), new TreeSet<>(oneByOne(new ListIndex.Leases())));
        assertEquals(700, oneByOne(new ListIndex.Leases()).size());
    }

    @Test
    void dead_requests_are_listed_latest_first_with_their_outcomes() {
        yard.offered("a", "b", "c", "d");
        yard.queue.settle(
                yard.take("nonce001", 4).stream()
                        .map(lease -> new WorkQueue.Ending(lease, DEAD))
                        .toList());
        for (String id : List.of("a", "b", "c", "d")) {
            yard.redis.run(c -> c.zadd(Yard.key("dead:default:normal"), 1000, bytes(id)));
        }
        yard.redis.run(c -> c.del(Yard.key("o:b")));
        yard.redis.run(c -> c.del(Yard.key("r:c")));
        arranged();
        ListIndex dead = new ListIndex.Dead(NORMAL);
        assertEquals(
                List.of(
                        "d DEAD {\"node\":\"d\"} kept",
                        "b DEAD  kept",
                        "a DEAD {\"node\":\"d\"} kept"),
                walk(dead, 2).stream().map(ListTest::told).toList());
        assertEquals(List.of("d", "b", "a"), oneByOne(dead));
        assertEquals(4, lists.page(dead, "", 9).looked());
    }

    @Test
    void outcomes_are_all_found_among_many_other_keys() {
        List<String> done = IntStream.range(0, 300).mapToObj(i -> "o" + i).toList();
        yard.queue.offer(done.stream().map(Yard::offer).toList());
        yard.queue.settle(
                yard.take("nonce001", 300).stream()
                        .map(lease -> new WorkQueue.Ending(lease, SUCCEEDED))
                        .toList());
        yard.queue.offer(IntStream.range(0, 500).mapToObj(i -> Yard.offer("w" + i)).toList());
        yard.queue.cancel("w1");
        yard.settle(yard.taken("nonce002"), DEAD);
        arranged();
        Set<String> found = new TreeSet<>();
        walk(new ListIndex.Outcomes(), 9)
                .forEach(each -> found.add(told(each).replaceAll(" \\{.*", "")));
        Set<String> expected = new TreeSet<>(Set.of("w1 CANCELLED"));
        done.forEach(id -> expected.add(id + " SUCCEEDED"));
        assertEquals(expected, found);
        assertEquals(301, new HashSet<>(oneByOne(new ListIndex.Outcomes())).size());
    }

    @Test
    void named_requests_are_found_wherever_they_are() {
        yard.offered("done", "dead", "flying", "gone", "waits");
        yard.queue.offer(List.of(Yard.delayed("later", Duration.ofHours(1))));
        Request brief = Yard.request("brief", NORMAL, -1);
        yard.queue.offer(
                List.of(new Offer(brief, Duration.ZERO, Duration.ofSeconds(1), "", false)));
        List<Lease> batch = yard.take("nonce001", 3);
        yard.settle(batch.get(0), SUCCEEDED);
        yard.settle(batch.get(1), DEAD);
        yard.queue.cancel("gone");
        yard.pass(Duration.ofSeconds(2));
        arranged();
        List<String> asked =
                List.of("waits", "nobody", "later", "flying", "done", "dead", "brief", "waits");
        assertEquals(
                """
                waits default:normal QUEUED attempts=0
                later default:normal SCHEDULED attempts=0 waits
                flying default:normal LEASED attempts=1
                done SUCCEEDED {"node":"n"}
                dead DEAD {"node":"d"} kept
                brief default:normal QUEUED attempts=0 expired\
                """,
                lists.byId(asked).stream().map(ListTest::told).collect(Collectors.joining("\n")));
        assertEquals(
                "gone CANCELLED", told(lists.byId(List.of("gone")).getFirst()).substring(0, 14));
    }

    @Test
    void keys_of_other_hands_are_named_or_passed_over() {
        yard.set("q:default:normal", "text");
        assertThrows(CorruptKeyException.class, () -> lists.page(WAITING, "", 9));
        yard.clear();
        yard.set("leases", "text");
        assertThrows(CorruptKeyException.class, () -> lists.page(new ListIndex.Leases(), "", 9));
        yard.clear();
        yard.set("later", "text");
        assertThrows(CorruptKeyException.class, () -> lists.page(new ListIndex.Later(), "", 9));
        yard.clear();
        yard.set("dead:default:normal", "text");
        ListIndex dead = new ListIndex.Dead(NORMAL);
        assertThrows(CorruptKeyException.class, () -> lists.page(dead, "", 9));
        yard.clear();
        yard.offered("a", "b", "c");
        yard.set("r:b", "short");
        yard.redis.run(c -> c.del(Yard.key("r:c")));
        yard.redis.run(c -> c.rpush(Yard.key("r:c"), bytes("x")));
        yard.set("o:x", "short");
        yard.redis.run(c -> c.rpush(Yard.key("o:y"), bytes("x")));
        arranged();
        assertEquals(List.of("a"), ids(walk(WAITING, 9)));
        assertEquals(List.of(), ids(walk(new ListIndex.Outcomes(), 9)));
        assertEquals(List.of("a"), ids(lists.byId(List.of("a", "b", "c", "x", "y"))));
    }

    @Test
    void an_index_is_known_by_its_name_and_tells_its_places() {
        List<ListIndex> all =
                List.of(
                        new ListIndex.Leases(),
                        WAITING,
                        new ListIndex.Later(),
                        new ListIndex.Dead(LOW),
                        new ListIndex.Outcomes());
        for (ListIndex index : all) {
            assertEquals(Optional.of(index), ListIndex.of(index.text()));
            assertTrue(index.isPlace(""));
            assertEquals(false, index.isPlace("-1"));
            assertEquals(false, index.isPlace("1:a b"));
        }
        for (String text : List.of("", "q:", "q:default", "q:a b:low", "dead:x:urgent", "r:a")) {
            assertEquals(Optional.empty(), ListIndex.of(text), text);
        }
    }
}
