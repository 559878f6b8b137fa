package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import io.yardmaster.dispatcher.cli.Table.Cell;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// A table on a screen: columns that do not fit are left out from the right, the cursor's row is
/// marked by `>` and marked rows by `*`, so both are seen without colour. Not thread-safe.
final class Grid {
    private static final int READABLE = 12;

    private record Column(String title, boolean right) {}

    private record Row(String key, List<Cell> cells) {}

    private final List<Column> columns = new ArrayList<>();
    private final List<Row> rows = new ArrayList<>();

    Grid left(String... titles) {
        for (String title : titles) {
            columns.add(new Column(title, false));
        }
        return this;
    }

    Grid right(String... titles) {
        for (String title : titles) {
            columns.add(new Column(title, true));
        }
        return this;
    }

    void row(String key, List<Cell> cells) {
        rows.add(new Row(key, cells));
    }

    /// The heading and as many rows as there is room for, around the cursor.
    ///
    /// @param cursor the row under the cursor, or -1
    /// @param height lines, the heading among them
    List<String> lines(int width, int height, int cursor, Set<String> marked, Ink ink) {
        List<String> lines = new ArrayList<>();
        if (height < 1) {
            return lines;
        }
        int[] widths = widths();
        int shown = shown(widths, width);
        Strip head = new Strip(width, ink).add("  ");
        List<Cell> titles = columns.stream().map(c -> new Cell(c.title(), Tone.BOLD)).toList();
        put(head, titles.subList(0, shown), widths);
        lines.add(head.toString());
        int room = height - 1;
        int from = Math.clamp(cursor - (long) room / 2, 0, Math.max(0, rows.size() - room));
        for (int i = from; i < Math.min(rows.size(), from + room); i++) {
            Row row = rows.get(i);
            String sign = (i == cursor ? ">" : " ") + (marked.contains(row.key()) ? "*" : " ");
            Strip strip = new Strip(width, ink).add(sign, Tone.BOLD);
            put(strip, row.cells().subList(0, shown), widths);
            lines.add(strip.toString());
        }
        return lines;
    }

    /// How many columns fit: whole ones, and one more of text when a readable part of it does.
    private int shown(int[] widths, int width) {
        int used = 2;
        for (int c = 0; c < widths.length; c++) {
            boolean whole = used + widths[c] <= width;
            boolean part = !columns.get(c).right() && used + READABLE <= width;
            if (!whole) {
                return Math.max(1, part ? c + 1 : c);
            }
            used += widths[c] + 2;
        }
        return widths.length;
    }

    private int[] widths() {
        int[] widths = new int[columns.size()];
        for (int c = 0; c < widths.length; c++) {
            widths[c] = columns.get(c).title().length();
            for (Row row : rows) {
                widths[c] = Math.max(widths[c], Strip.columns(row.cells().get(c).text()));
            }
            widths[c] = Math.min(widths[c], 40);
        }
        return widths;
    }

    private void put(Strip strip, List<Cell> cells, int[] widths) {
        for (int c = 0; c < cells.size(); c++) {
            Cell cell = cells.get(c);
            String text = Strip.cut(cell.text(), c == cells.size() - 1 ? 400 : widths[c]);
            String pad = " ".repeat(Math.max(0, widths[c] - Strip.columns(text)));
            if (columns.get(c).right()) {
                strip.add(pad).add(text, cell.tone());
            } else {
                strip.add(text, cell.tone()).add(c == cells.size() - 1 ? "" : pad);
            }
            strip.add(c == cells.size() - 1 ? "" : "  ");
        }
    }
}
