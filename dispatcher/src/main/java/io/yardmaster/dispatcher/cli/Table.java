package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import java.util.ArrayList;
import java.util.List;

/// A table with aligned columns, two spaces apart. Cells are made safe to print here, so no caller
/// can forget it. Not thread-safe.
final class Table {

    /// One value in the table.
    ///
    /// @param text what to show
    /// @param tone its colour
    record Cell(String text, Tone tone) {
        Cell {
            text = Printable.line(text);
        }

        static Cell of(String text) {
            return new Cell(text, Tone.PLAIN);
        }

        static Cell state(String text) {
            return new Cell(text, Ink.ofState(text));
        }
    }

    private final List<String> titles = new ArrayList<>();
    private final List<Boolean> rightAligned = new ArrayList<>();
    private final List<List<Cell>> rows = new ArrayList<>();

    Table left(String... columns) {
        return columns(false, columns);
    }

    Table right(String... columns) {
        return columns(true, columns);
    }

    /// Adds a row.
    ///
    /// @throws IllegalArgumentException when the row has another number of cells than the table
    ///   columns
    void row(List<Cell> cells) {
        if (cells.size() != titles.size()) {
            throw new IllegalArgumentException(
                    "cells: " + cells.size() + " (expected: " + titles.size() + ")");
        }
        rows.add(List.copyOf(cells));
    }

    /// The lines, without line ends and trailing blanks.
    List<String> lines(Ink ink) {
        int[] widths = new int[titles.size()];
        for (int c = 0; c < widths.length; c++) {
            widths[c] = titles.get(c).length();
            for (List<Cell> row : rows) {
                widths[c] = Math.max(widths[c], width(row.get(c).text()));
            }
        }
        List<Cell> head = new ArrayList<>();
        for (String title : titles) {
            head.add(new Cell(title, Tone.BOLD));
        }
        List<String> lines = new ArrayList<>();
        lines.add(line(head, widths, ink));
        for (List<Cell> row : rows) {
            lines.add(line(row, widths, ink));
        }
        return lines;
    }

    private String line(List<Cell> cells, int[] widths, Ink ink) {
        StringBuilder line = new StringBuilder();
        for (int c = 0; c < widths.length; c++) {
            Cell cell = cells.get(c);
            String pad = " ".repeat(widths[c] - width(cell.text()));
            boolean last = c == widths.length - 1;
            String painted = ink.paint(cell.tone(), cell.text());
            line.append(rightAligned.get(c) ? pad : "").append(painted);
            if (!last) {
                line.append(rightAligned.get(c) ? "" : pad).append("  ");
            }
        }
        return line.toString().stripTrailing();
    }

    private Table columns(boolean right, String... columns) {
        for (String column : columns) {
            titles.add(column);
            rightAligned.add(right);
        }
        return this;
    }

    private static int width(String text) {
        return text.codePointCount(0, text.length());
    }
}
