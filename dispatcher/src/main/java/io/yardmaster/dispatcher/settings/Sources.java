package io.yardmaster.dispatcher.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// Gathers what the four sources say into one map from key to text; a later `add` outranks an
/// earlier one.
///
/// Blank values of flags, variables and files count as not given: `YARDMASTER_REDIS_URI=` is what a
/// compose file makes of a variable that is not set.
final class Sources {
    /// Ours, but not settings of `serve`.
    private static final Set<String> OTHER_VARIABLES =
            Set.of(
                    "YARDMASTER_URL",
                    "YARDMASTER_KEY",
                    "YARDMASTER_HOME",
                    "YARDMASTER_DEBUG",
                    "YARDMASTER_HEAP",
                    "YARDMASTER_LOG_LEVEL",
                    "YARDMASTER_JAVA_OPTS",
                    "YARDMASTER_CACHE",
                    "YARDMASTER_WARM",
                    "YARDMASTER_WARM_DELAY");

    private static final String TEST_VARIABLES = "YARDMASTER_TEST_";

    /// Kubernetes describes a Service named `yardmaster` or `yardmaster-x` to every pod of its
    /// namespace with variables that look like ours, `YARDMASTER_PORT=tcp://10.0.0.7:8080` among
    /// them.
    private static final Pattern SERVICE_LINK =
            Pattern.compile(
                    "YARDMASTER(_\\w+)?_(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT_\\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)");

    private static final Pattern LINK_ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

    /// One value and where it came from.
    ///
    /// @param origin for messages: a flag, a variable or a file
    record Given(Row row, String text, String origin) {}

    private final Map<String, Given> given = new LinkedHashMap<>();
    private final List<String> refusals = new ArrayList<>();

    Map<String, Given> given() {
        return given;
    }

    List<String> refusals() {
        return refusals;
    }

    void addFile(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(YamlText.MAX_SIZE + 1);
            if (bytes.length > YamlText.MAX_SIZE) {
                refusals.add(Words.line("--config", file.toString(), "a file of at most 1 MiB"));
                return;
            }
            addYaml(
                    StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString(),
                    file.toString());
        } catch (CharacterCodingException e) {
            refusals.add(Words.line("--config", file.toString(), "a file in UTF-8"));
        } catch (IOException e) {
            refusals.add(Words.line("--config", file.toString(), "a readable file"));
        }
    }

    void addResource(String name) {
        try (InputStream in = Sources.class.getResourceAsStream(name)) {
            if (in != null) {
                addYaml(new String(in.readAllBytes(), StandardCharsets.UTF_8), name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Keys outside `yardmaster` belong to somebody else and are passed over, unless they are ours
    /// misplaced.
    void addYaml(String text, String origin) {
        Map<String, String> flat;
        try {
            flat = YamlText.flatten(text);
        } catch (YamlText.Unreadable e) {
            refusals.add(Words.line("--config", origin, e.expected()));
            return;
        }
        Map<String, String> seen = new LinkedHashMap<>();
        flat.forEach((path, value) -> {
            if (path.startsWith("yardmaster.")) {
                addPath(path, value, origin, seen);
            } else if (recognise("yardmaster." + path).isPresent()) {
                refusals.add(
                        Words.line(
                                path,
                                masked(path, value),
                                "it under yardmaster:, as yardmaster." + path + "; in " + origin));
            } else if (path.equals("yardmaster") && !value.isEmpty()) {
                refusals.add(Words.line(path, value, "a section of settings; in " + origin));
            } else if (recognise("yardmaster." + path.substring(path.indexOf('.') + 1))
                    .isPresent()) {
                refusals.add(
                        Words.line(
                                path,
                                masked(path, value),
                                "a known section; did you mean yardmaster? In " + origin));
            }
        });
    }

    /// @param flags setting keys, with or without `yardmaster.`, or the names in [Settings#FLAGS]
    void addFlags(Map<String, String> flags) {
        Map<String, String> seen = new LinkedHashMap<>();
        flags.forEach((flag, value) -> {
            String key = Settings.FLAGS.getOrDefault(flag, flag);
            String origin = flag.startsWith("--") ? flag : "--set " + flag;
            addPath(key.startsWith("yardmaster.") ? key : "yardmaster." + key, value, origin, seen);
        });
    }

    void addVariables(Map<String, String> environment) {
        new TreeMap<>(environment)
                .forEach((name, value) -> {
                    if (name.startsWith("YARDMASTER_")
                            && !foreign(name, value)
                            && !value.isBlank()) {
                        addVariable(name, value.strip());
                    }
                });
    }

    private static boolean foreign(String name, String value) {
        return OTHER_VARIABLES.contains(name)
                || name.startsWith(TEST_VARIABLES)
                || SERVICE_LINK.matcher(name).matches()
                || (name.endsWith("_PORT") && LINK_ADDRESS.matcher(value).matches());
    }

    private void addVariable(String name, String value) {
        for (Row row : Schema.all()) {
            Optional<String> key = row.matchVariable(name);
            if (key.isPresent()) {
                given.put(key.get(), new Given(row, value, name));
                return;
            }
        }
        if (name.equals("YARDMASTER_NODES")
                || name.equals("YARDMASTER_SECURITY_KEYS")
                || name.equals("YARDMASTER_SERVICES")) {
            addWhole(name, value);
        } else {
            refusals.add(Words.line(name, masked(name, value), Words.insteadOfVariable(name)));
        }
    }

    /// A list or map in one variable, as JSON (which YAML reads too).
    private void addWhole(String name, String value) {
        String path = name.toLowerCase(java.util.Locale.ROOT).replace('_', '.');
        try {
            Map<String, String> seen = new LinkedHashMap<>();
            YamlText.flatten("{\"" + path + "\": " + value + "\n}")
                    .forEach((key, text) -> addPath(key, text, name, seen));
        } catch (YamlText.Unreadable e) {
            refusals.add(Words.line(name, "…", "JSON; " + e.expected()));
        }
    }

    private void addPath(String path, String value, String origin, Map<String, String> seen) {
        Optional<Map.Entry<String, Row>> found = recognise(path);
        if (found.isEmpty()) {
            refuseUnknown(path, value, origin);
            return;
        }
        String key = found.get().getKey();
        String before = seen.put(key, path);
        if (before != null) {
            refusals.add(
                    Words.line(
                            path,
                            masked(path, value),
                            "it once; " + before + " is the same key; in " + origin));
        } else if (!value.isBlank()) {
            given.put(key, new Given(found.get().getValue(), value.strip(), origin));
        }
    }

    private void refuseUnknown(String path, String value, String origin) {
        boolean section = Schema.all().stream().anyMatch(row -> row.within(path));
        if (section && (value.isBlank() || value.equals("[]"))) {
            return;
        }
        String expected = section ? "a section of settings, not a value" : Words.insteadOf(path);
        refusals.add(Words.line(path, masked(path, value), expected + "; in " + origin));
    }

    /// The row that knows `path`, and the key in its own spelling.
    static Optional<Map.Entry<String, Row>> recognise(String path) {
        Optional<Row> single = Schema.single(path);
        if (single.isPresent()) {
            return Optional.of(Map.entry(path, single.get()));
        }
        for (Row row : Schema.all()) {
            Optional<String> key = row.matchPath(path);
            if (key.isPresent()) {
                return Optional.of(Map.entry(key.get(), row));
            }
        }
        return Optional.empty();
    }

    /// A mistyped key may still hold a password.
    private static String masked(String key, String value) {
        String name = key.toLowerCase(java.util.Locale.ROOT);
        boolean secret =
                name.contains("key")
                        || name.contains("sha")
                        || name.contains("pass")
                        || name.contains("secret")
                        || name.contains("token")
                        || value.contains("@");
        return secret ? "***" : value;
    }
}
