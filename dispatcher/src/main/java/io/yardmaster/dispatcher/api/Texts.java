package io.yardmaster.dispatcher.api;

import java.util.regex.Pattern;

/// What texts of requests may hold.
final class Texts {
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern TARGET = Pattern.compile("/[!-~&&[^#]]*");

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
        return TOKEN.matcher(text).matches();
    }

    /// Path and query of an HTTP request.
    static boolean target(String text) {
        return TARGET.matcher(text).matches();
    }

    /// A header's value: ASCII, and of the control characters only the tab.
    static boolean headerValue(String text) {
        return text.chars().allMatch(c -> (c >= 0x20 && c < 0x7f) || c == '\t');
    }
}
