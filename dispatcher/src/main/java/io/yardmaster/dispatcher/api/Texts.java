package io.yardmaster.dispatcher.api;

import io.yardmaster.queue.Alphabet;

/// What texts of requests may hold.
final class Texts {
    private static final Alphabet TARGET = Alphabet.of("!-\"$-~");

    private Texts() {}

    /// False for control and format characters (bidirectional overrides, zero-width ones), line and
    /// paragraph separators and lone surrogates: what could deceive whoever looks at a list.
    static boolean visible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.UNASSIGNED ->
                    false;
            default -> true;
        };
    }

    static boolean visible(String text) {
        return text.codePoints().allMatch(Texts::visible);
    }

    /// Lone surrogates have no bytes in UTF-8.
    static boolean wholeUnicode(String text) {
        return text.codePoints().noneMatch(c -> Character.getType(c) == Character.SURROGATE);
    }

    /// An HTTP token.
    static boolean token(String text) {
        return Alphabet.HTTP_TOKEN.spells(text, 1, Integer.MAX_VALUE);
    }

    /// Path and query of an HTTP request.
    static boolean target(String text) {
        return text.startsWith("/") && TARGET.spells(text, 1, Integer.MAX_VALUE);
    }

    /// A header's value: ASCII, and of the control characters only the tab.
    static boolean headerValue(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if ((c < 0x20 || c >= 0x7f) && c != '\t') {
                return false;
            }
        }
        return true;
    }
}
