package io.yardmaster.dispatcher.api;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects what is wrong with one request, so that all of it is told at once. At most 100 errors
/// are kept. Not thread-safe.
final class Refusals {
    private static final int MOST = 100;
    private static final int LONGEST_SHOWN = 80;

    private final List<FieldError> errors = new ArrayList<>();
    private int status = 400;

    void add(String field, @Nullable Object value, String expected) {
        if (errors.size() < MOST) {
            errors.add(
                    new FieldError(shown(field), shown(value) + " (expected: " + expected + ")"));
        }
    }

    /// A whole message; the name before its value is left out.
    void addTold(String field, String message) {
        int colon = message.indexOf(": ");
        boolean named = colon > 0 && message.substring(0, colon).matches("[A-Za-z0-9.]+");
        errors.add(new FieldError(shown(field), named ? message.substring(colon + 2) : message));
    }

    void tooLarge(String field, long bytes, long most) {
        add(field, bytes + " bytes", "at most " + most + " bytes");
        status = 413;
    }

    boolean none() {
        return errors.isEmpty();
    }

    List<FieldError> errors() {
        return List.copyOf(errors);
    }

    Parsed.Bad bad() {
        return new Parsed.Bad(errors, status);
    }

    /// Short and of one line, whatever a stranger sent.
    static String shown(@Nullable Object value) {
        String text = String.valueOf(value);
        StringBuilder shown = new StringBuilder();
        text.codePoints()
                .limit(LONGEST_SHOWN)
                .forEach(c -> {
                    if (Texts.visible(c)) {
                        shown.appendCodePoint(c);
                    } else {
                        shown.append(String.format("\\u%04x", c));
                    }
                });
        return text.codePointCount(0, text.length()) > LONGEST_SHOWN
                ? shown + "…"
                : shown.toString();
    }
}
