package io.yardmaster.dispatcher.cli;

/// Makes text from elsewhere safe to print: a node's answer may hold sequences that would move the
/// cursor, retitle the window or turn text around. They are shown, not obeyed.
final class Printable {
    private Printable() {}

    /// One line: every control character, line breaks included, becomes its visible JSON escape.
    static String line(String text) {
        return escape(text, "");
    }

    /// Several lines: as [#line], but line breaks and tabs stay.
    static String text(String text) {
        return escape(text, "\n\t");
    }

    /// JSON keeps its meaning: what JSON allows unescaped but a terminal would obey is written as
    /// the JSON escape of the same character.
    static String json(String text) {
        return escape(text, "\n\r\t");
    }

    private static String escape(String text, String kept) {
        int i = 0;
        while (i < text.length() && harmless(text, i, kept)) {
            i++;
        }
        if (i == text.length()) {
            return text;
        }
        StringBuilder safe = new StringBuilder(text.length() + 16).append(text, 0, i);
        for (; i < text.length(); i++) {
            char c = text.charAt(i);
            if (harmless(text, i, kept)) {
                safe.append(c);
            } else {
                String hex = Integer.toHexString(c);
                safe.append("\\u").append("0".repeat(4 - hex.length())).append(hex);
            }
        }
        return safe.toString();
    }

    private static boolean harmless(String text, int i, String kept) {
        char c = text.charAt(i);
        if (c < 0x20) {
            return kept.indexOf(c) >= 0;
        }
        boolean control = c >= 0x7f && c <= 0x9f;
        boolean turnsText = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
        return !control && !turnsText && !loneSurrogate(text, i);
    }

    private static boolean loneSurrogate(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c)
                && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
