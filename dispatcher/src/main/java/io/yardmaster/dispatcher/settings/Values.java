package io.yardmaster.dispatcher.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The given texts, read by their kinds: what the records of [Settings] are filled from.
///
/// A key whose text is impossible is refused and then stands at its default, so that the checks
/// across keys can go on and one start reports every mistake.
final class Values {
    private final Map<String, Object> typed = new LinkedHashMap<>();
    private final Map<String, Sources.Given> given;
    private final Set<String> refused = new HashSet<>();

    private Values(Map<String, Sources.Given> given) {
        this.given = given;
    }

    static Values read(Map<String, Sources.Given> given, List<String> refusals) {
        Values values = new Values(given);
        for (Row row : Schema.all()) {
            if (row.single() && !row.initial().isEmpty()) {
                read(row, row.initial()).ifPresent(value -> values.typed.put(row.key(), value));
            }
        }
        given.forEach((key, one) -> {
            Optional<?> value = read(one.row(), one.text());
            if (value.isPresent()) {
                values.typed.put(key, value.get());
                return;
            }
            values.refused.add(key);
            String shown = one.row().secret() ? "***" : one.text();
            String expected = one.row().kind().expected() + "; from " + one.origin();
            refusals.add(Words.line(key, shown, expected));
        });
        return values;
    }

    private static Optional<?> read(Row row, String text) {
        if (row.key().equals("yardmaster.redis.uri") && text.equals("embedded")) {
            return Optional.of(List.of());
        }
        boolean emptyList =
                text.equals("[]")
                        && (row.kind() instanceof Kind.Ranges || row.kind() instanceof Kind.Names);
        return emptyList ? Optional.of(List.of()) : row.kind().read(text);
    }

    /// Whether none of `keys` was refused, so that a check across them makes sense.
    boolean sound(String... keys) {
        return Set.of(keys).stream().noneMatch(refused::contains);
    }

    boolean refused(String prefix) {
        return refused.stream().anyMatch(key -> key.startsWith(prefix));
    }

    /// Whether one of the sources said something about `key`.
    boolean given(String key) {
        return given.containsKey(key);
    }

    int whole(String key) {
        return (Integer) present(key);
    }

    double decimal(String key) {
        return (Double) present(key);
    }

    Duration time(String key) {
        return (Duration) present(key);
    }

    boolean truth(String key) {
        return (Boolean) present(key);
    }

    String text(String key) {
        return present(key).toString();
    }

    Path path(String key) {
        return (Path) present(key);
    }

    List<String> list(String key) {
        Object value = typed.get(key);
        return value instanceof List<?> list
                ? list.stream().map(String::valueOf).toList()
                : List.of();
    }

    Optional<Object> optional(String key) {
        return Optional.ofNullable(typed.get(key));
    }

    Optional<Path> optionalPath(String key) {
        return optional(key).map(Path.class::cast);
    }

    private Object present(String key) {
        Object value = typed.get(key);
        if (value == null) {
            throw new IllegalArgumentException(
                    key + ": none (expected: a row of the schema with a default)");
        }
        return value;
    }

    /// The typed settings under `prefix`, by the rest of their keys.
    Map<String, Object> under(String prefix) {
        Map<String, Object> found = new LinkedHashMap<>();
        typed.forEach((key, value) -> {
            if (key.startsWith(prefix)) {
                found.put(key.substring(prefix.length()), value);
            }
        });
        return found;
    }

    /// The entries of the list `prefix`, by index, as trees in the spelling of REST.
    Map<Integer, Map<String, Object>> entries(String prefix) {
        Map<Integer, Map<String, Object>> entries = new TreeMap<>();
        under(prefix + "[")
                .forEach((rest, value) -> {
                    int end = rest.indexOf(']');
                    int index = Integer.parseInt(rest.substring(0, end));
                    Map<String, Object> entry =
                            entries.computeIfAbsent(index, i -> new LinkedHashMap<>());
                    graft(entry, rest.substring(end + 2), plain(prefix + "[" + rest, value));
                });
        return entries;
    }

    /// The entries of the map `prefix`, by name, as trees in the spelling of REST.
    Map<String, Map<String, Object>> named(String prefix) {
        Map<String, Map<String, Object>> entries = new LinkedHashMap<>();
        under(prefix + ".")
                .forEach((rest, value) -> {
                    int dot = rest.indexOf('.');
                    Map<String, Object> entry =
                            entries.computeIfAbsent(
                                    rest.substring(0, dot), n -> new LinkedHashMap<>());
                    graft(entry, rest.substring(dot + 1), plain(prefix + "." + rest, value));
                });
        return entries;
    }

    /// Trees hold what JSON could: coordinates become numbers.
    private static Object plain(String key, Object value) {
        return key.contains("].location.") ? Double.valueOf(value.toString()) : value;
    }

    @SuppressWarnings("unchecked") // every inner map was put here by this method
    private static void graft(Map<String, Object> tree, String path, Object value) {
        int dot = path.indexOf('.');
        if (dot < 0) {
            if (value instanceof Duration duration) {
                tree.put(camel(path) + "Ms", duration.toMillis());
            } else {
                tree.put(camel(path), value);
            }
            return;
        }
        String head = camel(path.substring(0, dot));
        Map<String, Object> inner =
                (Map<String, Object>)
                        tree.computeIfAbsent(head, h -> new LinkedHashMap<String, Object>());
        String rest = path.substring(dot + 1);
        if (head.equals("labels") || head.equals("weights")) {
            // names that the operator invented, dots and dashes as they are
            inner.put(rest, value);
        } else {
            graft(inner, rest, value);
        }
    }

    private static String camel(String kebab) {
        StringBuilder camel = new StringBuilder();
        boolean raise = false;
        for (int i = 0; i < kebab.length(); i++) {
            char c = kebab.charAt(i);
            if (c == '-') {
                raise = true;
            } else {
                camel.append(raise ? Character.toUpperCase(c) : c);
                raise = false;
            }
        }
        return camel.toString();
    }
}
