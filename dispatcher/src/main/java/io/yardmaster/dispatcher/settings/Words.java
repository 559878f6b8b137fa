package io.yardmaster.dispatcher.settings;

import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/// What a refusal says: what was expected where a key is not known, and values fit for one line.
final class Words {
    private static final int MAX_SHOWN = 100;
    private static final int MAX_LISTED = 12;

    private Words() {}

    /// `key: value (expected: ...)`, always one line of bounded length.
    static String line(String key, String value, String expected) {
        return shown(key) + ": " + shown(value) + " (expected: " + oneLine(expected) + ")";
    }

    /// Ends "expected: ..." for a key that no row knows: the nearest key, or what could stand
    /// there.
    static String insteadOf(String key) {
        String asked = key.replaceAll("\\[\\d+\\]", "[]");
        Optional<String> near = nearest(asked);
        if (near.isPresent()) {
            return "a known key; did you mean " + near.get() + "?";
        }
        for (int dot = asked.lastIndexOf('.'); dot > 0; dot = asked.lastIndexOf('.', dot - 1)) {
            Set<String> next = continuations(asked.substring(0, dot + 1));
            if (!next.isEmpty() && next.size() <= MAX_LISTED) {
                return "a known key; "
                        + asked.substring(0, dot)
                        + " has "
                        + String.join(", ", next);
            }
        }
        return "a known key, see docs/reference/configuration.md";
    }

    /// The same for an environment variable.
    static String insteadOfVariable(String name) {
        return closest(name, Schema.all().stream().map(Row::variable).toList())
                .map(near -> "a known variable; did you mean " + near + "?")
                .orElse("a known variable, see docs/reference/configuration.md");
    }

    private static Optional<String> nearest(String key) {
        return closest(key, Schema.all().stream().map(Row::key).toList());
    }

    private static Set<String> continuations(String prefix) {
        Set<String> next = new LinkedHashSet<>();
        for (Row row : Schema.all()) {
            if (row.key().startsWith(prefix)) {
                String rest = row.key().substring(prefix.length());
                int dot = rest.indexOf('.');
                next.add(dot < 0 ? rest : rest.substring(0, dot));
            }
        }
        return next;
    }

    private static Optional<String> closest(String asked, Iterable<String> known) {
        if (asked.length() > 4 * MAX_SHOWN) {
            return Optional.empty();
        }
        String best = null;
        int least = Math.min(3, Math.max(1, (asked.length() - "yardmaster.".length()) / 2)) + 1;
        for (String candidate : known) {
            int distance = distance(asked, candidate);
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return Optional.ofNullable(best);
    }

    /// Edits between two keys (Levenshtein 1965), two rows of the matrix at a time.
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replaced, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }

    private static String shown(String text) {
        String line = oneLine(text);
        return line.length() <= MAX_SHOWN ? line : line.substring(0, MAX_SHOWN) + "…";
    }

    private static String oneLine(String text) {
        return text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ").strip();
    }
}
