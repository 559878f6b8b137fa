package io.yardmaster.dispatcher.settings;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/// YAML as a flat map of paths to text.
///
/// Scalars stay text: YAML's own guesses turn `off` into false, `1_0` into 10 and `1:30` into 90,
/// where our kinds read the text themselves. Every size is bounded, since the file may come from
/// anywhere.
final class YamlText {
    /// Characters of one document.
    static final int MAX_SIZE = 1 << 20;

    static final int MAX_VALUES = 20_000;
    private static final int MAX_DEPTH = 20;
    private static final int MAX_ALIASES = 20;

    private final Map<String, String> values = new LinkedHashMap<>();

    private YamlText() {}

    /// Paths such as `yardmaster.nodes[0].id`, in the order of the text. A list of plain values is
    /// one value, comma-separated; an empty list is `[]`; a key without a value is the empty text.
    ///
    /// @throws Unreadable when it is not YAML, names a key twice or is larger than the bounds
    static Map<String, String> flatten(String text) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        options.setAllowRecursiveKeys(false);
        options.setMaxAliasesForCollections(MAX_ALIASES);
        options.setNestingDepthLimit(MAX_DEPTH);
        options.setCodePointLimit(MAX_SIZE);
        DumperOptions dumping = new DumperOptions();
        Yaml yaml =
                new Yaml(
                        new SafeConstructor(options),
                        new Representer(dumping),
                        dumping,
                        options,
                        new TextResolver());
        YamlText flat = new YamlText();
        try {
            Object root = yaml.load(text);
            if (root instanceof Map<?, ?> || root == null) {
                flat.walk("", root, 0);
            } else {
                throw new Unreadable("a mapping that begins with yardmaster:");
            }
        } catch (MarkedYAMLException e) {
            String line =
                    e.getProblemMark() == null
                            ? ""
                            : "line " + (e.getProblemMark().getLine() + 1) + ": ";
            throw new Unreadable("readable YAML; " + line + e.getProblem());
        } catch (YAMLException | ClassCastException | IllegalArgumentException e) {
            throw new Unreadable("readable YAML; " + e.getMessage());
        }
        return flat.values;
    }

    private void walk(String path, @Nullable Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new Unreadable("at most " + MAX_DEPTH + " levels");
        }
        switch (value) {
            case null -> put(path, "");
            case Map<?, ?> map when map.isEmpty() -> put(path, "");
            case Map<?, ?> map ->
                    map.forEach((k, v) ->
                            walk(
                                    path.isEmpty() ? String.valueOf(k) : path + "." + k,
                                    v,
                                    depth + 1));
            case List<?> list when list.isEmpty() -> put(path, "[]");
            case List<?> list when list.stream().noneMatch(YamlText::nested) ->
                    put(path, String.join(",", list.stream().map(Objects::toString).toList()));
            case List<?> list -> {
                for (int i = 0; i < list.size(); i++) {
                    walk(path + "[" + i + "]", list.get(i), depth + 1);
                }
            }
            default -> put(path, value.toString());
        }
    }

    private static boolean nested(Object value) {
        return value instanceof Map || value instanceof List;
    }

    private void put(String path, String value) {
        if (path.isEmpty()) {
            return;
        }
        if (values.put(path, value) != null) {
            throw new Unreadable("each key once; " + path + " is given twice");
        }
        if (values.size() > MAX_VALUES) {
            throw new Unreadable("at most " + MAX_VALUES + " values");
        }
    }

    /// What was expected instead of the text.
    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Unreadable(String expected) {
            super(expected);
        }

        String expected() {
            return Objects.requireNonNullElse(getMessage(), "readable YAML");
        }
    }

    private static final class TextResolver extends Resolver {
        @Override
        protected void addImplicitResolvers() {
            addImplicitResolver(Tag.MERGE, MERGE, "<");
            addImplicitResolver(Tag.NULL, NULL, "~nN\0");
            addImplicitResolver(Tag.NULL, EMPTY, null);
        }
    }
}
