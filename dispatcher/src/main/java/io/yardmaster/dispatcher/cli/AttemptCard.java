package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import io.yardmaster.dispatcher.cli.Table.Cell;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Draws one attempt of `GET /v1/requests/{id}/why` for a person: its sentence, and a table of the
/// candidates and what each was compared by, the chosen one first.
final class AttemptCard {
    private static final MathContext DIGITS = new MathContext(3);

    private AttemptCard() {}

    /// `told`: what the reader has read already; it is not said again.
    static List<String> draw(Json attempt, String told, Ink ink) {
        List<String> lines = new ArrayList<>();
        String sentence = attempt.at("sentence").show();
        if (!told.endsWith(sentence)) {
            lines.add("");
            lines.add(sentence);
        }
        Json decision = attempt.at("decision");
        List<Json> candidates = decision.at("candidates").items();
        if (candidates.isEmpty()) {
            return lines;
        }
        List<String> terms = List.copyOf(candidates.getFirst().at("terms").fields().keySet());
        Table table = new Table().left("NODE");
        for (String term : terms) {
            table.right(title(term));
        }
        for (Json candidate : candidates) {
            Tone tone = candidate.at("chosen").isTrue() ? Tone.GOOD : Tone.PLAIN;
            List<Cell> row = new ArrayList<>();
            row.add(new Cell(candidate.at("node").show(), tone));
            for (String term : terms) {
                row.add(new Cell(figure(candidate.at("terms").at(term)), tone));
            }
            table.row(row);
        }
        lines.add("");
        table.lines(ink).forEach(line -> lines.add("  " + line));
        long more = decision.at("candidateCount").count() - candidates.size();
        if (more > 0) {
            lines.add(ink.paint(Tone.DIM, "  … and " + more + " more"));
        }
        return lines;
    }

    /// `freeCores` is FREE CORES.
    private static String title(String term) {
        return Printable.line(term.replaceAll("(?<=[a-z])(?=[A-Z])", " ")).toUpperCase(Locale.ROOT);
    }

    private static String figure(Json figure) {
        Number number = figure.number();
        return number == null
                ? "-"
                : new BigDecimal(number.toString())
                        .round(DIGITS)
                        .stripTrailingZeros()
                        .toPlainString();
    }
}
