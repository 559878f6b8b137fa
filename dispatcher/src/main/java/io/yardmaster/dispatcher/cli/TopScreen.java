package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import io.yardmaster.dispatcher.cli.TopModel.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Draws `top`: pure, any size from 1×1 up. Line 1 says who answers, line 2 the pages, line 3 what
/// is wrong or filtered, the last what the keys do or asks.
final class TopScreen {
    private static final int FRAME = 4;
    private static final List<String> HELP =
            List.of(
                    "1-6, g o/q/r/d/n/e   go to a page          Tab h l   the page beside",
                    "j k, arrows, PgDn    move                  g g, G    first, last row",
                    "Enter                look closer           Esc       back, clear the filter",
                    "/                    filter the rows       x         mark a row",
                    "p                    hold the display      q         quit",
                    "",
                    "Capital letters change something, and ask first:",
                    "P  pause or resume a queue (Queues)      D  drain or resume a node (Nodes)",
                    "R  send a dead request again (Dead)      C  cancel a request (Requests)",
                    "",
                    "Any key closes this page.");

    private final TopModel model;
    private final int width;
    private final Ink ink;

    private TopScreen(TopModel model, int width, Ink ink) {
        this.model = model;
        this.width = width;
        this.ink = ink;
    }

    /// The lines of the screen, exactly `height` of them, none wider than `width`.
    ///
    /// @param nanos the stopwatch now, for the age of the figures
    /// @param ink whether to colour
    static List<String> draw(TopModel model, int width, int height, long nanos, Ink ink) {
        int columns = Math.max(1, width);
        int rows = Math.max(1, height);
        TopScreen screen = new TopScreen(model, columns, ink);
        List<String> lines = new ArrayList<>();
        if (rows >= FRAME) {
            lines.add(screen.title());
            lines.add(screen.tabs());
            lines.add(screen.banner(nanos));
        }
        List<String> body = screen.body(Math.max(0, rows - lines.size() - 1));
        lines.addAll(body.subList(0, Math.min(body.size(), rows - lines.size() - 1)));
        while (lines.size() < rows - 1) {
            lines.add("");
        }
        lines.add(screen.foot());
        return lines;
    }

    private Strip strip() {
        return new Strip(width, ink);
    }

    private String title() {
        Json overview = model.feed().overview();
        Strip line = strip().add("Yardmaster", Tone.BOLD);
        if (!overview.missing()) {
            line.add("  " + overview.at("replica").raw("-"));
            line.add("  " + overview.at("version").raw("-"), Tone.DIM);
            line.add("  " + overview.at("durability").raw("-"), Tone.DIM);
            Number up = overview.at("uptimeMs").number();
            line.add(up == null ? "" : "  up " + Durations.human(up.longValue()), Tone.DIM);
        }
        return line.add(model.frozen() ? "  HELD (p goes on)" : "", Tone.WARN).toString();
    }

    /// The current page is in brackets, so that it is seen without colour.
    private String tabs() {
        Strip line = strip();
        for (Tab tab : Tab.values()) {
            boolean here = tab == model.tab();
            String name =
                    tab.number() + " " + (width < 70 ? tab.title().substring(0, 2) : tab.title());
            line.add(here ? "[" + name + "]" : " " + name + " ", here ? Tone.BOLD : Tone.DIM);
        }
        return line.toString();
    }

    private String banner(long nanos) {
        Feed feed = model.feed();
        if (!feed.trouble().isEmpty()) {
            String age =
                    feed.atNanos() == 0
                            ? ""
                            : "; figures are "
                                    + Durations.human((nanos - feed.atNanos()) / 1_000_000)
                                    + " old, trying again";
            return strip().add("! " + feed.trouble() + age, Tone.BAD).toString();
        }
        if (model.mode() instanceof Mode.Typing || !model.filter().isEmpty()) {
            String cursor = model.mode() instanceof Mode.Typing ? "_" : "";
            return strip().add(
                            "/" + model.filter() + cursor + "  " + model.rows().size() + " match")
                    .toString();
        }
        return "";
    }

    private String foot() {
        return switch (model.mode()) {
            case Mode.Confirm confirm -> strip().add(confirm.question(), Tone.WARN).toString();
            case Mode.GoTo _ -> strip().add("go to: o q r d n e, g first row").toString();
            case Mode.Typing _ -> strip().add("Enter keeps the filter, Esc clears it").toString();
            case Mode.Detail _ -> strip().add("j k scroll, Esc back", Tone.DIM).toString();
            case Mode.Help _ -> "";
            case Mode.Browse _ -> {
                String marked =
                        model.selected().isEmpty() ? "" : model.selected().size() + " marked  ";
                String hint = keys();
                yield model.note().isEmpty()
                        ? strip().add(marked).add(hint, Tone.DIM).toString()
                        : strip().add(model.note()).toString();
            }
        };
    }

    private String keys() {
        String own =
                switch (model.tab()) {
                    case OVERVIEW, EVENTS -> "";
                    case QUEUES -> "  P pause/resume";
                    case REQUESTS -> "  C cancel";
                    case NODES -> "  D drain/resume";
                    case DEAD -> "  R retry";
                };
        return "? help  / filter  x mark  Enter open" + own + "  q quit";
    }

    private List<String> body(int room) {
        return switch (model.mode()) {
            case Mode.Help _ -> HELP.stream().map(line -> strip().add(line).toString()).toList();
            case Mode.Detail detail -> detail(detail, room);
            case Mode.Browse _, Mode.GoTo _, Mode.Typing _, Mode.Confirm _ ->
                    model.tab() == Tab.OVERVIEW ? overview(room) : page(room);
        };
    }

    private List<String> detail(Mode.Detail detail, int room) {
        List<String> lines = new ArrayList<>();
        lines.add(strip().add(detail.title(), Tone.BOLD).toString());
        for (int i = detail.from(); i < detail.lines().size() && lines.size() < room; i++) {
            String rest = Printable.line(detail.lines().get(i));
            do {
                String fits = Strip.start(rest, width);
                lines.add(strip().add(fits).toString());
                rest = rest.substring(fits.length());
            } while (!rest.isEmpty() && lines.size() < room);
        }
        return lines;
    }

    private List<String> page(int room) {
        TopGrid grid = new TopGrid(model.rows(), model.feed().queues());
        if (model.rows().isEmpty()) {
            return List.of(strip().add(nothing(), Tone.DIM).toString());
        }
        return grid.of(model.tab()).lines(width, room, model.row(), model.selected(), ink);
    }

    private String nothing() {
        return !model.filter().isEmpty()
                ? "Nothing matches the filter; Esc clears it."
                : switch (model.tab()) {
                    case OVERVIEW, QUEUES -> "No queues yet. Fill one: yardmaster enqueue 'hello'";
                    case REQUESTS -> "No requests.";
                    case NODES -> "No nodes yet. Add one: yardmaster nodes add ID http://host:port";
                    case DEAD -> "No dead requests.";
                    case EVENTS -> "No events.";
                };
    }

    private List<String> overview(int room) {
        List<String> lines = new ArrayList<>(figures());
        List<Json> attention = model.feed().overview().at("attention").items();
        int most = Math.max(1, room / 4);
        for (Json item : attention.subList(0, Math.min(most, attention.size()))) {
            boolean critical = item.at("severity").raw("").equals("critical");
            lines.add(
                    strip().add(critical ? "!! " : "!  ", critical ? Tone.BAD : Tone.WARN)
                            .add(item.at("subject").raw("-") + ": ", Tone.BOLD)
                            .add(item.at("text").raw("-"))
                            .toString());
        }
        if (attention.size() > most) {
            lines.add(strip().add("   … and " + (attention.size() - most) + " more").toString());
        }
        lines.add("");
        lines.addAll(page(Math.max(0, room - lines.size())));
        return lines;
    }

    private List<String> figures() {
        Totals totals = Totals.of(model.feed());
        Json overview = model.feed().overview();
        Strip first =
                strip().add("waiting ")
                        .add(count(totals.waiting()), Tone.BOLD)
                        .add("  in flight ")
                        .add(count(totals.inFlight()), Tone.BOLD)
                        .add("  scheduled ")
                        .add(count(totals.scheduled()), Tone.BOLD)
                        .add("  dead ")
                        .add(count(totals.dead()), totals.dead() > 0 ? Tone.BAD : Tone.BOLD)
                        .add("  oldest ")
                        .add(
                                totals.oldestMs() < 0 || totals.waiting() == 0
                                        ? "-"
                                        : Durations.human(totals.oldestMs()),
                                Tone.BOLD)
                        .add("  nodes ")
                        .add(totals.nodesUp() + "/" + totals.nodes(), Tone.BOLD);
        List<String> lines = new ArrayList<>(List.of(first.toString()));
        if (!overview.missing()) {
            Json t = overview.at("totals");
            Json wait = overview.at("wait");
            lines.add(
                    strip().add("a minute: in " + t.at("enqueuedPerMinute").raw("-"))
                            .add("  done " + t.at("succeededPerMinute").raw("-"))
                            .add("  failed " + t.at("failedPerMinute").raw("-"))
                            .add("  retried " + t.at("retriedPerMinute").raw("-"))
                            .add(
                                    "   slots "
                                            + overview.at("slots").at("busy").raw("-")
                                            + "/"
                                            + overview.at("slots").at("total").raw("-"))
                            .add("  replicas " + overview.at("replicas").at("alive").raw("-"))
                            .toString());
            lines.add(
                    strip().add("wait: p50 " + TopGrid.duration(wait.at("p50Ms")))
                            .add("  p95 " + TopGrid.duration(wait.at("p95Ms")))
                            .add("  p99 " + TopGrid.duration(wait.at("p99Ms")))
                            .toString());
        }
        return lines;
    }

    /// Such as `12,345`.
    private static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }
}
