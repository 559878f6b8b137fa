package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;

/// One row of the screen: text is added from the left and cut at the right edge. Text from
/// elsewhere is made safe to print here. Not thread-safe.
final class Strip {
    private final int width;
    private final Ink ink;
    private final StringBuilder text = new StringBuilder();
    private int used;

    Strip(int width, Ink ink) {
        this.width = width;
        this.ink = ink;
    }

    Strip add(String words) {
        return add(words, Tone.PLAIN);
    }

    Strip add(String words, Tone tone) {
        String cut = cut(Printable.line(words), width - used);
        used += columns(cut);
        text.append(ink.paint(tone, cut));
        return this;
    }

    /// Blanks up to a column.
    Strip to(int column) {
        return add(" ".repeat(Math.max(0, Math.min(column, width) - used)));
    }

    int used() {
        return used;
    }

    @Override
    public String toString() {
        return text.toString();
    }

    /// At most so many columns of a text; what is cut ends with `…`.
    static String cut(String text, int most) {
        if (columns(text) <= most) {
            return text;
        }
        StringBuilder cut = new StringBuilder();
        int columns = 0;
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            columns += columns(point);
            if (columns > most - 1) {
                break;
            }
            cut.appendCodePoint(point);
            i += Character.charCount(point);
        }
        return most <= 0 ? "" : cut.append('…').toString();
    }

    /// As much of a text as a row holds, at least one character.
    static String start(String text, int most) {
        int columns = 0;
        int end = 0;
        while (end < text.length()) {
            int point = text.codePointAt(end);
            columns += columns(point);
            if (columns > most && end > 0) {
                break;
            }
            end += Character.charCount(point);
        }
        return text.substring(0, end);
    }

    static int columns(String text) {
        return text.codePoints().map(Strip::columns).sum();
    }

    /// Marks that combine take no column; Chinese, Japanese, Korean and most pictures take two.
    private static int columns(int point) {
        int type = Character.getType(point);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        boolean wide =
                (point >= 0x1100 && point <= 0x115f)
                        || (point >= 0x2e80 && point <= 0xa4cf)
                        || (point >= 0xac00 && point <= 0xd7a3)
                        || (point >= 0xf900 && point <= 0xfaff)
                        || (point >= 0xfe30 && point <= 0xfe6f)
                        || (point >= 0xff00 && point <= 0xff60)
                        || (point >= 0x1f300 && point <= 0x1faff)
                        || (point >= 0x20000 && point <= 0x3fffd);
        return wide ? 2 : 1;
    }
}
