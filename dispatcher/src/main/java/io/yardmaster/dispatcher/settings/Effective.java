package io.yardmaster.dispatcher.settings;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The settings in force and where each comes from, fit to be shown: passwords and hashes are not
/// in it. Immutable.
public record Effective(List<Setting> settings) {
    static final String MASK = "***";

    /// Greedy, so that a password that should have been encoded and was not is not told either.
    private static final Pattern CREDENTIALS = Pattern.compile("//[^,]*@");

    public Effective {
        settings = List.copyOf(settings);
    }

    /// Which source said it.
    public enum Origin {
        FLAG,
        ENVIRONMENT,
        FILE,
        DEFAULT;

        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// One setting.
    ///
    /// @param value as it was written; empty: not set
    /// @param initial the default; empty: not set, or a key that the operator invented
    public record Setting(String key, String value, String initial, Origin origin) {}

    /// All settings with a default, in the order of the schema, then the others that were given.
    static Effective of(Map<String, Sources.Given> given, Optional<Path> file) {
        List<Setting> settings = new ArrayList<>();
        for (Row row : Schema.all()) {
            if (row.single()) {
                Sources.Given one = given.get(row.key());
                settings.add(
                        one == null
                                ? new Setting(
                                        row.key(), row.initial(), row.initial(), Origin.DEFAULT)
                                : setting(row.key(), one, file));
            }
        }
        given.forEach((key, one) -> {
            if (!one.row().single()) {
                settings.add(setting(key, one, file));
            }
        });
        return new Effective(settings);
    }

    private static Setting setting(String key, Sources.Given given, Optional<Path> file) {
        return new Setting(key, shown(given), given.row().initial(), origin(given, file));
    }

    private static String shown(Sources.Given given) {
        boolean address = given.row().kind() instanceof Kind.Addresses;
        return given.row().secret() && !address
                ? MASK
                : CREDENTIALS.matcher(given.text()).replaceAll("//" + MASK + "@");
    }

    private static Origin origin(Sources.Given given, Optional<Path> file) {
        String origin = given.origin();
        if (file.filter(path -> path.toString().equals(origin)).isPresent()) {
            return Origin.FILE;
        }
        if (origin.startsWith("--")) {
            return Origin.FLAG;
        }
        return origin.startsWith("/") ? Origin.DEFAULT : Origin.ENVIRONMENT;
    }
}
