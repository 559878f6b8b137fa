package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import io.yardmaster.dispatcher.cli.QueueRates.Rate;
import io.yardmaster.dispatcher.cli.Table.Cell;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Draws the answer of `GET /v1/queues`: a row a queue, by service and urgency, and the totals.
final class DepthTable {
    private static final Comparator<Json> ORDER =
            new Comparator<>() {
                @Override
                public int compare(Json a, Json b) {
                    int byService = a.at("service").raw("").compareTo(b.at("service").raw(""));
                    return byService != 0 ? byService : urgency(a) - urgency(b);
                }
            };

    private DepthTable() {}

    static List<Json> queues(Json answer) {
        List<Json> queues = answer.at("queues").items();
        queues.sort(ORDER);
        return queues;
    }

    /// The table's lines, or one that says what to do first.
    ///
    /// @param queues sorted
    /// @param rates for two more columns, or null
    static List<String> draw(List<Json> queues, @Nullable QueueRates rates, Ink ink) {
        if (queues.isEmpty()) {
            return List.of("No queues yet. Fill one: yardmaster enqueue 'hello'");
        }
        Table table = new Table().left("SERVICE", "PRIORITY");
        table.right("DEPTH", "IN FLIGHT", "SCHEDULED", "DEAD", "OLDEST");
        if (rates != null) {
            table.right("IN/s", "OUT/s");
        }
        table.left("PAUSED").right("WEIGHT");
        long oldest = -1;
        for (Json queue : queues) {
            Number age = queue.at("oldestMs").number();
            oldest = age == null ? oldest : Math.max(oldest, age.longValue());
            List<Cell> row = new ArrayList<>();
            row.add(Cell.of(queue.at("service").raw("-")));
            row.add(Cell.of(queue.at("priority").raw("-")));
            row.add(Cell.of(queue.at("depth").raw("-")));
            row.add(Cell.of(queue.at("inFlight").raw("-")));
            row.add(Cell.of(queue.at("scheduled").raw("-")));
            row.add(new Cell(queue.at("dead").raw("-"), trouble(queue.at("dead").count())));
            row.add(Cell.of(age == null ? "-" : Durations.human(age.longValue())));
            addRates(row, rates, rates == null ? null : rates.of(queue));
            row.add(paused(queue.at("paused")));
            row.add(Cell.of(queue.at("weight").raw("-")));
            table.row(row);
        }
        List<Cell> total = new ArrayList<>();
        total.add(new Cell("total", Tone.BOLD));
        total.add(Cell.of(""));
        for (String column : List.of("depth", "inFlight", "scheduled", "dead")) {
            total.add(new Cell(Long.toString(sum(queues, column)), Tone.BOLD));
        }
        total.add(new Cell(oldest < 0 ? "-" : Durations.human(oldest), Tone.BOLD));
        addRates(total, rates, rates == null ? null : rates.total());
        total.add(Cell.of(""));
        total.add(Cell.of(""));
        table.row(total);
        return table.lines(ink);
    }

    private static void addRates(List<Cell> row, @Nullable QueueRates rates, @Nullable Rate rate) {
        if (rates != null) {
            row.add(Cell.of(rate == null ? "-" : perSecond(rate.in())));
            row.add(Cell.of(rate == null ? "-" : perSecond(rate.out())));
        }
    }

    /// One decimal below 100, none above.
    private static String perSecond(double rate) {
        return BigDecimal.valueOf(rate)
                .setScale(rate < 100 ? 1 : 0, RoundingMode.HALF_UP)
                .toPlainString();
    }

    private static Cell paused(Json paused) {
        if (paused.missing()) {
            return Cell.of("-");
        }
        return paused.isTrue() ? new Cell("yes", Tone.WARN) : Cell.of("no");
    }

    private static Tone trouble(long count) {
        return count > 0 ? Tone.BAD : Tone.PLAIN;
    }

    private static long sum(List<Json> queues, String column) {
        long sum = 0;
        for (Json queue : queues) {
            sum += queue.at(column).count();
        }
        return sum;
    }

    private static int urgency(Json queue) {
        int index = QueueTarget.PRIORITIES.indexOf(queue.at("priority").raw(""));
        return index < 0 ? QueueTarget.PRIORITIES.size() : index;
    }
}
