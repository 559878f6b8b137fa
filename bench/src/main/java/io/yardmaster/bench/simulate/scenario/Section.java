package io.yardmaster.bench.simulate.scenario;

import java.util.List;

/// What is to be said about one scenario.
///
/// @param name as `--scenario` knows it
public record Section(String name, String title, List<Block> blocks, List<Check> checks) {

    /// A part of it, in order.
    public sealed interface Block {
        /// Markdown.
        record Prose(String text) implements Block {}

        /// The first column names the row, the others are figures.
        record Table(String title, List<String> columns, List<List<Cell>> rows) implements Block {}

        /// Lines of a fixed-width drawing.
        record Chart(String title, List<String> lines) implements Block {}
    }

    /// @param value the figure itself, not rounded; NaN where the cell is words
    public record Cell(String text, double value) {
        static Cell words(String text) {
            return new Cell(text, Double.NaN);
        }
    }

    /// A figure that the product, or the simulator, is held to.
    ///
    /// @param subject `simulator`: it reproduces what others published; `product`: it is as good as
    ///   it shall be; `target`: what the anchors or the issue ask for beyond what is held, reached
    ///   or not. No test fails for it
    public record Check(
            Subject subject, String what, String measured, String expected, boolean passed) {}

    /// Whom a check speaks about.
    public enum Subject {
        SIMULATOR,
        PRODUCT,
        TARGET
    }
}
