package io.yardmaster.dispatcher.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One line of the [Schema]: a key, what it may be, its default and why one would set it.
///
/// A key may have holes: `[]` is an index, `<priority>` one of the four priorities, any other
/// `<name>` a name that the operator invents.
///
/// @param initial the default as text, empty for "not set"
/// @param secret whether a refused value must not be repeated in a message
record Row(String key, Kind kind, String initial, String meaning, boolean secret, Shapes shapes) {

    /// How the key is recognised in files and flags, and as an environment variable.
    record Shapes(Pattern path, Pattern variable) {}

    private static final Pattern HOLE = Pattern.compile("\\[\\]|<(\\w+)>");

    static Row of(String key, Kind kind, String initial, String meaning) {
        return new Row(key, kind, initial, meaning, false, shapes(key));
    }

    Row hidden() {
        return new Row(key, kind, initial, meaning, true, shapes);
    }

    /// Whether the key is a single one, so that it can have a default and a line in
    /// `application.yml`.
    boolean single() {
        return !HOLE.matcher(key).find();
    }

    /// The environment variable's name; holes stay as they are.
    String variable() {
        StringBuilder name = new StringBuilder();
        Matcher hole = HOLE.matcher(key);
        int from = 0;
        while (hole.find()) {
            name.append(upper(key.substring(from, hole.start())));
            name.append(hole.group().equals("[]") ? "_<n>" : hole.group());
            from = hole.end();
        }
        return name.append(upper(key.substring(from))).toString();
    }

    /// This row's key with the holes of `path` filled in, if `path` (any spelling) is of this row.
    Optional<String> matchPath(String path) {
        Matcher matcher = shapes.path.matcher(path);
        return matcher.matches() ? Optional.of(fill(matcher, false)) : Optional.empty();
    }

    /// Whether `path` is a section that this row's key lies in.
    boolean within(String path) {
        return begins(path + ".") || begins(path + "[");
    }

    @SuppressWarnings(
            "JdkObsolete") // a section is a key that has not ended yet: just what hitEnd tells
    private boolean begins(String start) {
        Matcher matcher = shapes.path.matcher(start);
        return !matcher.matches() && matcher.hitEnd();
    }

    /// As `matchPath`, for the name of an environment variable. Names are lower case there, `_`
    /// becomes `-`.
    Optional<String> matchVariable(String name) {
        Matcher matcher = shapes.variable.matcher(name);
        return matcher.matches() ? Optional.of(fill(matcher, true)) : Optional.empty();
    }

    private String fill(MatchResult found, boolean variable) {
        StringBuilder filled = new StringBuilder();
        Matcher hole = HOLE.matcher(key);
        int from = 0;
        for (int group = 1; hole.find(); group++) {
            String value = found.group(group);
            filled.append(key, from, hole.start());
            if (hole.group().equals("[]")) {
                filled.append('[').append(Integer.parseInt(value)).append(']');
            } else {
                filled.append(variable ? value.toLowerCase(Locale.ROOT).replace('_', '-') : value);
            }
            from = hole.end();
        }
        return filled.append(key.substring(from)).toString();
    }

    private static Shapes shapes(String key) {
        List<String> path = new ArrayList<>();
        List<String> variable = new ArrayList<>();
        Matcher hole = HOLE.matcher(key);
        int from = 0;
        while (hole.find()) {
            String literal = key.substring(from, hole.start());
            path.add(eitherSpelling(literal));
            variable.add(upper(literal));
            boolean last = hole.end() == key.length();
            if (hole.group().equals("[]")) {
                path.add("\\[(\\d{1,4})\\]");
                variable.add("_(\\d{1,4})");
            } else if ("priority".equals(hole.group(1))) {
                String names = String.join("|", Schema.PRIORITIES);
                path.add("(" + names + ")");
                variable.add("(" + names.toUpperCase(Locale.ROOT) + ")");
            } else {
                path.add(last ? "([^\\[\\]]{1,128})" : "([A-Za-z0-9_-]{1,128})");
                variable.add("([A-Z0-9_]{1,128}?)");
            }
            from = hole.end();
        }
        path.add(eitherSpelling(key.substring(from)));
        variable.add(upper(key.substring(from)));
        return new Shapes(
                Pattern.compile(String.join("", path)), Pattern.compile(String.join("", variable)));
    }

    /// REST writes `maxConnections`, configuration files `max-connections`: both are understood.
    private static String eitherSpelling(String literal) {
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < literal.length(); i++) {
            char c = literal.charAt(i);
            if (c == '-' && i + 1 < literal.length()) {
                char next = literal.charAt(++i);
                regex.append("(?:-")
                        .append(next)
                        .append('|')
                        .append(Character.toUpperCase(next))
                        .append(')');
            } else {
                regex.append(Pattern.quote(String.valueOf(c)));
            }
        }
        return regex.toString();
    }

    private static String upper(String part) {
        return part.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }
}
