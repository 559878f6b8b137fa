package io.yardmaster.nodes;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Collects what is wrong with a set of fields, so that all of it is told at once.
final class Faults {
    private static final int LONGEST_SHOWN = 100;

    private final List<FieldError> errors = new ArrayList<>();

    void add(String field, @Nullable Object value, String expected) {
        String shown = String.valueOf(value);
        if (shown.length() > LONGEST_SHOWN) {
            shown = shown.substring(0, LONGEST_SHOWN) + "…";
        }
        errors.add(
                new FieldError(field, "%s: %s (expected: %s)".formatted(field, shown, expected)));
    }

    void addAll(List<FieldError> found) {
        errors.addAll(found);
    }

    void expect(boolean fine, String field, @Nullable Object value, String expected) {
        if (!fine) {
            add(field, value, expected);
        }
    }

    void expectShare(String field, double value) {
        expect(value >= 0 && value <= 1, field, value, "0 to 1");
    }

    void expectMatch(Pattern pattern, String field, String value) {
        expect(pattern.matcher(value).matches(), field, value, pattern.pattern());
    }

    void expectOneOf(Set<String> allowed, String field, String value) {
        expect(allowed.contains(value), field, value, "one of " + String.join(", ", allowed));
    }

    boolean none() {
        return errors.isEmpty();
    }

    List<FieldError> errors() {
        return List.copyOf(errors);
    }

    void throwIfAny() {
        if (!errors.isEmpty()) {
            throw new InvalidFields(errors);
        }
    }
}
