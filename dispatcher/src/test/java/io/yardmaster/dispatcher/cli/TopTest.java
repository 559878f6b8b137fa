package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.cli.TopKeys.Step;
import io.yardmaster.dispatcher.cli.TopModel.Deed;
import io.yardmaster.dispatcher.cli.TopModel.Mode;
import java.io.IOException;
import java.util.List;
import java.util.PrimitiveIterator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// `top` without a terminal: keys make models, models make lines.
final class TopTest {
    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

    private static Json json(String text) {
        try {
            return Json.parse(text);
        } catch (IOException e) {
            throw new AssertionError(text, e);
        }
    }

    private static Feed feed() {
        Json overview =
                json(
                        """
                        {"replica":"r1","version":"0.1.0","durability":"fsync","uptimeMs":61000,
                        "totals":{"waiting":12345,"inFlight":3,"scheduled":1,"dead":2,"oldestMs":4200,
                        "enqueuedPerMinute":60,"succeededPerMinute":50,"failedPerMinute":1,"retriedPerMinute":2},
                        "wait":{"p50Ms":2,"p95Ms":10,"p99Ms":40},"slots":{"busy":3,"total":40},
                        "nodes":{"up":2,"total":3},"replicas":{"alive":2},
                        "queues":[{"service":"thumbs","priority":"low","depth":7,"inFlight":1,"scheduled":0,"dead":2,
                        "oldestMs":61000,"paused":true,"enqueuedPerMinute":6,"succeededPerMinute":5,"emptyInMs":60000,
                        "spark":[0,1,2,4]},{"service":"a","priority":"high","depth":1,"paused":false}],
                        "attention":[{"severity":"critical","subject":"queue thumbs/low","text":"It is paused.","href":null}]}
                        """);
        Json nodes =
                json(
                        """
                        [{"id":"nuc","state":"healthy","url":"http://n:1","inFlight":2,"maxConnections":10},
                        {"id":"nas\u001b[2J","state":"draining"}]
                        """
                                .replace("\u001b", "\\u001b"));
        Json requests =
                json("[{\"id\":\"r1\",\"state\":\"queued\",\"service\":\"a\",\"ageMs\":5}]");
        Json dead = json("[{\"id\":\"d1\",\"service\":\"a\"},{\"id\":\"d2\",\"service\":\"a\"}]");
        return new Feed(
                overview,
                DepthTable.queues(overview),
                nodes.items(),
                requests.items(),
                dead.items(),
                List.of(),
                "",
                1);
    }

    private static TopModel press(TopModel model, String keys) {
        TopModel at = model;
        PrimitiveIterator.OfInt each = keys.chars().iterator();
        while (each.hasNext()) {
            at = TopKeys.press(at, String.valueOf((char) each.nextInt())).model();
        }
        return at;
    }

    private static TopModel model() {
        return TopModel.start().with(feed());
    }

    private static String screen(TopModel model, int width, int height) {
        return String.join("\n", TopScreen.draw(model, width, height, 1, new Ink(false)));
    }

    @Test
    void the_first_page_fits_80_by_24_and_says_what_needs_attention() {
        String screen = screen(model(), 80, 24);
        assertTrue(screen.startsWith("Yardmaster  r1  0.1.0  fsync  up 1m01s\n"), screen);
        assertTrue(screen.contains("[1 Overview] 2 Queues"), screen);
        assertTrue(screen.contains("waiting 12,345  in flight 3"), screen);
        assertTrue(screen.contains("wait: p50 2ms  p95 10ms  p99 40ms"), screen);
        assertTrue(screen.contains("!! queue thumbs/low: It is paused."), screen);
        assertTrue(screen.contains("thumbs   low"), screen);
    }

    @Test
    void every_page_fits_every_size() {
        for (Tab tab : Tab.values()) {
            for (String keys : List.of("", "?", "/x", "g", "P", "D")) {
                TopModel model = press(model().on(tab), keys);
                for (int width = 1; width <= 130; width += 3) {
                    for (int height = 1; height <= 40; height += 3) {
                        List<String> lines = TopScreen.draw(model, width, height, 1, new Ink(true));
                        assertEquals(height, lines.size());
                        for (String line : lines) {
                            String plain = COLOUR.matcher(line).replaceAll("");
                            assertTrue(Strip.columns(plain) <= width, width + ": " + plain);
                        }
                    }
                }
            }
        }
    }

    @Test
    void without_colour_nothing_is_lost() {
        TopModel model = press(model(), "4x");
        assertFalse(screen(model, 100, 24).contains("\u001b"));
        String coloured = String.join("\n", TopScreen.draw(model, 100, 24, 1, new Ink(true)));
        assertTrue(coloured.contains("\u001b["));
        assertEquals(screen(model, 100, 24), COLOUR.matcher(coloured).replaceAll(""));
        assertTrue(screen(model, 100, 24).contains(" *nuc"), screen(model, 100, 24));
    }

    @Test
    void a_nodes_name_cannot_drive_the_terminal() {
        assertTrue(screen(model().on(Tab.NODES), 100, 24).contains("nas\\u001b[2J"));
    }

    @Test
    void pages_are_reached_as_in_the_dashboard() {
        assertEquals(Tab.NODES, press(model(), "gn").tab());
        assertEquals(Tab.DEAD, press(model(), "5").tab());
        assertEquals(Tab.OVERVIEW, press(model(), "ge1").tab());
        assertEquals(Tab.EVENTS, TopKeys.press(model(), "backtab").model().tab());
        assertTrue(press(model(), "?").mode() instanceof Mode.Help);
        assertTrue(press(model(), "?j").mode() instanceof Mode.Browse);
        assertTrue(TopKeys.press(model(), "q").quit());
        assertTrue(TopKeys.press(press(model(), "/q"), "ctrl-c").quit());
        assertFalse(TopKeys.press(press(model(), "/"), "q").quit());
    }

    @Test
    void a_filter_narrows_the_rows_and_esc_clears_it() {
        TopModel filtered = press(model().on(Tab.QUEUES), "/THUMBS");
        assertEquals(1, filtered.rows().size());
        assertTrue(screen(filtered, 80, 24).contains("/THUMBS_  1 match"));
        TopModel kept = TopKeys.press(filtered, "enter").model();
        assertEquals(1, kept.rows().size());
        assertEquals(2, TopKeys.press(kept, "esc").model().rows().size());
        assertTrue(
                screen(press(model().on(Tab.QUEUES), "/none"), 80, 24).contains("Nothing matches"));
    }

    @Test
    void what_changes_something_asks_first() {
        TopModel asked = press(model().on(Tab.QUEUES), "jP");
        assertTrue(screen(asked, 80, 24).endsWith("Resume thumbs/low? y/N"), screen(asked, 80, 24));
        Step no = TopKeys.press(asked, "n");
        assertEquals(null, no.deed());
        assertEquals("not done", no.model().note());
        Step yes = TopKeys.press(asked, "y");
        assertEquals(
                new Deed.Change("resumed", List.of(Call.post("/v1/queues/thumbs/low/resume"))),
                yes.deed());
    }

    @Test
    void marked_rows_are_meant_together() {
        TopModel asked = press(model().on(Tab.DEAD), "xxR");
        assertTrue(screen(asked, 80, 24).endsWith("Retry 2 of them? y/N"));
        assertEquals(
                new Deed.Change(
                        "queued again",
                        List.of(Call.post("/v1/dead/d1/retry"), Call.post("/v1/dead/d2/retry"))),
                TopKeys.press(asked, "y").deed());
    }

    @Test
    void a_key_on_the_wrong_page_says_where_it_works() {
        assertEquals(
                "D drains or resumes a node: go to Nodes (g n)",
                press(model().on(Tab.DEAD), "D").note());
        assertEquals("nothing there", press(TopModel.start().on(Tab.NODES), "D").note());
    }

    @Test
    void a_dispatcher_that_is_away_is_said_and_the_figures_stay() {
        TopModel away = model().with(feed().failed("unreachable: nothing listens there"));
        String screen =
                String.join("\n", TopScreen.draw(away, 100, 24, 5_000_000_001L, new Ink(false)));
        assertTrue(
                screen.contains("! unreachable: nothing listens there; figures are 5.0s old"),
                screen);
        assertTrue(screen.contains("waiting 12,345"), screen);
    }

    @Test
    void the_sums_are_added_up_when_the_server_has_no_overview() {
        Feed old =
                new Feed(
                        Json.MISSING,
                        feed().queues(),
                        feed().nodes(),
                        List.of(),
                        List.of(),
                        List.of(),
                        "",
                        1);
        String screen = screen(TopModel.start().with(old), 80, 24);
        assertTrue(
                screen.contains("waiting 8  in flight 1  scheduled 0  dead 2  oldest 1m01s"),
                screen);
        assertTrue(screen.contains("nodes 1/2"), screen);
    }

    @Test
    void keys_arrive_as_bytes() throws IOException {
        int[] sent = {
            'j', 27, '[', 'A', 27, '/', 27, -2, 27, '[', '6', '~', 13, 127, 3, 9, 27, '[', 'Z', -2
        };
        var at = new java.util.concurrent.atomic.AtomicInteger();
        KeyDecoder keys = new KeyDecoder(_ -> sent[at.getAndIncrement()]);
        for (String key :
                List.of(
                        "j",
                        "up",
                        "esc",
                        "/",
                        "esc",
                        "pgdn",
                        "enter",
                        "backspace",
                        "ctrl-c",
                        "tab",
                        "backtab",
                        "")) {
            assertEquals(key, keys.next(10));
        }
    }

    @Test
    void a_long_line_of_a_detail_goes_on_below_and_columns_are_whole_or_away() {
        TopModel detail =
                model().in(
                                new Mode.Detail(
                                        "request r1", List.of("It waits. ".repeat(5), "end"), 0));
        assertEquals(
                "request r1\nIt waits. It waits. \nIt waits. It waits. \nIt waits. \nend",
                String.join("\n", screen(detail, 20, 12).lines().skip(3).limit(5).toList()));
        assertFalse(screen(model(), 70, 24).contains("EM\n"), screen(model(), 70, 24));
    }

    @Test
    void wide_and_long_text_is_cut_at_the_edge() {
        assertEquals("abc…", Strip.cut("abcdef", 4));
        assertEquals("漢…", Strip.cut("漢字漢字", 4));
        assertEquals("", Strip.cut("abc", 0));
        assertEquals("…", new Strip(1, new Ink(false)).add("abc").toString());
        assertEquals("▂▃█", TopGrid.spark(json("[1,2,7]").items()));
    }
}
