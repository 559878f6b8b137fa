package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.scenario.Section.Cell;
import java.util.Locale;

/// How figures are written: with so few digits that the last one does not hang on the last bit of a
/// sum.
final class Figures {
    private Figures() {}

    static Cell seconds(double seconds) {
        return new Cell(format("%.2f", seconds), seconds);
    }

    static Cell millis(double seconds) {
        return new Cell(format("%.0f", seconds * 1000), seconds * 1000);
    }

    /// TO when it is the deadline.
    static Cell seconds(double seconds, double deadline) {
        return seconds >= deadline - 1e-6 ? new Cell("TO", seconds) : seconds(seconds);
    }

    static Cell millis(double seconds, double deadline) {
        return seconds >= deadline - 1e-6 ? new Cell("TO", seconds * 1000) : millis(seconds);
    }

    /// Shares below a thousandth of a percent that are not 0 are not written as 0.
    static Cell percent(double share) {
        double percent = share * 100;
        String text =
                percent == 0
                        ? "0"
                        : percent < .001
                                ? "<.001"
                                : percent < 1 ? format("%.3f", percent) : format("%.1f", percent);
        return new Cell(text, percent);
    }

    static Cell share(double share) {
        return new Cell(format("%.2f", share * 100), share * 100);
    }

    static Cell ratio(double ratio) {
        return new Cell(format("%.2f", ratio), ratio);
    }

    static Cell count(double number) {
        return new Cell(format("%.0f", number), number);
    }

    @SuppressWarnings("AnnotateFormatMethod") // the annotation would be a dependency for this alone
    static String format(String format, Object... args) {
        return String.format(Locale.ROOT, format, args);
    }
}
