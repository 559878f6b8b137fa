package io.yardmaster.dispatcher.settings;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a setting's text may be. Every source hands over text, so a value means the same in a flag,
/// a variable and a file; `read` turns it into its typed form, or into nothing when it is
/// impossible.
sealed interface Kind {

    /// The typed value of `text`, or empty when `text` is not one of this kind. Never throws.
    Optional<?> read(String text);

    /// Ends the sentence "expected: ...".
    String expected();

    /// A whole number from `min` to `max`, both included; `off` is 0 where 0 switches something
    /// off.
    record Whole(int min, int max, boolean offAllowed) implements Kind {
        private static final Pattern DIGITS = Pattern.compile("\\d{1,10}");

        @Override
        public Optional<Integer> read(String text) {
            if (offAllowed && text.equals("off")) {
                return Optional.of(0);
            }
            if (!DIGITS.matcher(text).matches()) {
                return Optional.empty();
            }
            long value = Long.parseLong(text);
            boolean allowed = (value >= min && value <= max) || (offAllowed && value == 0);
            return allowed ? Optional.of((int) value) : Optional.empty();
        }

        @Override
        public String expected() {
            return (offAllowed ? "off or " : "") + "a whole number from " + min + " to " + max;
        }
    }

    /// A decimal number from `min` to `max`, both included; `aboveMin` excludes `min` itself. NaN
    /// and infinity are not numbers here.
    record Decimal(double min, double max, boolean aboveMin, boolean offAllowed) implements Kind {
        private static final Pattern NUMBER =
                Pattern.compile("\\d{1,12}(\\.\\d{1,12})?|\\.\\d{1,12}");

        @Override
        public Optional<Double> read(String text) {
            if (offAllowed && text.equals("off")) {
                return Optional.of(0.0);
            }
            if (!NUMBER.matcher(text).matches()) {
                return Optional.empty();
            }
            double value = Double.parseDouble(text);
            boolean allowed = (aboveMin ? value > min : value >= min) && value <= max;
            return allowed || (offAllowed && value == 0.0) ? Optional.of(value) : Optional.empty();
        }

        @Override
        public String expected() {
            String range =
                    aboveMin
                            ? "above " + plain(min) + " and at most " + plain(max)
                            : "from " + plain(min) + " to " + plain(max);
            return (offAllowed ? "off or " : "") + "a number " + range;
        }

        private static String plain(double value) {
            return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
        }
    }

    /// A duration from `min` to `max`, to the millisecond. The unit is required: a bare `5` would
    /// be read as seconds by some and as milliseconds by others, and both would be in range.
    record Time(Duration min, Duration max) implements Kind {
        private static final Pattern WHOLE =
                Pattern.compile("(\\d{1,9}(\\.\\d{1,3})?(ms|s|m|h|d)){1,5}");
        private static final Pattern PART = Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m|h|d)");

        @Override
        public Optional<Duration> read(String text) {
            Optional<Duration> value =
                    text.startsWith("P")
                            ? iso(text)
                            : WHOLE.matcher(text).matches()
                                    ? Optional.of(sum(text))
                                    : Optional.empty();
            return value.filter(v -> v.compareTo(min) >= 0 && v.compareTo(max) <= 0);
        }

        private static Optional<Duration> iso(String text) {
            try {
                return Optional.of(Duration.parse(text));
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }

        private static Duration sum(String text) {
            BigDecimal millis = BigDecimal.ZERO;
            for (Matcher part = PART.matcher(text); part.find(); ) {
                long unit =
                        switch (part.group(2)) {
                            case "ms" -> 1;
                            case "s" -> 1_000;
                            case "m" -> 60_000;
                            case "h" -> 3_600_000;
                            default -> 86_400_000;
                        };
                millis =
                        millis.add(
                                new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
            }
            return Duration.ofMillis(millis.longValue());
        }

        @Override
        public String expected() {
            return "a duration with its unit, from " + plain(min) + " to " + plain(max);
        }

        static String plain(Duration value) {
            long millis = value.toMillis();
            if (millis % 86_400_000 == 0 && millis > 0) {
                return millis / 86_400_000 + "d";
            }
            if (millis % 3_600_000 == 0 && millis > 0) {
                return millis / 3_600_000 + "h";
            }
            if (millis % 60_000 == 0 && millis > 0) {
                return millis / 60_000 + "m";
            }
            return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
        }
    }

    /// Bytes: `1MiB`, `64KiB`, or a bare number of bytes. `kB` and `MB` are powers of ten.
    record Size(int min, int max) implements Kind {
        private static final Pattern SHAPE =
                Pattern.compile("(\\d{1,10})\\s?(B|kB|KB|MB|GB|KiB|MiB|GiB)?");

        @Override
        public Optional<Integer> read(String text) {
            Matcher shape = SHAPE.matcher(text);
            if (!shape.matches()) {
                return Optional.empty();
            }
            String name = shape.group(2);
            long unit =
                    switch (name == null ? "B" : name) {
                        case "kB", "KB" -> 1_000L;
                        case "MB" -> 1_000_000L;
                        case "GB" -> 1_000_000_000L;
                        case "KiB" -> 1L << 10;
                        case "MiB" -> 1L << 20;
                        case "GiB" -> 1L << 30;
                        default -> 1L;
                    };
            long bytes = Long.parseLong(shape.group(1)) * unit;
            return bytes >= min && bytes <= max ? Optional.of((int) bytes) : Optional.empty();
        }

        @Override
        public String expected() {
            return "a size such as 64KiB, from " + plain(min) + " to " + plain(max);
        }

        private static String plain(int bytes) {
            if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) {
                return (bytes >> 20) + "MiB";
            }
            return bytes >= 1 << 10 && bytes % (1 << 10) == 0 ? (bytes >> 10) + "KiB" : bytes + "B";
        }
    }

    /// `true` or `false`.
    record Truth() implements Kind {
        @Override
        public Optional<Boolean> read(String text) {
            return switch (text.toLowerCase(Locale.ROOT)) {
                case "true", "yes", "on" -> Optional.of(true);
                case "false", "no", "off" -> Optional.of(false);
                default -> Optional.empty();
            };
        }

        @Override
        public String expected() {
            return "true or false";
        }
    }

    /// One of a few names; `-` and `_` are the same in them.
    record Choice(List<String> names) implements Kind {
        @Override
        public Optional<String> read(String text) {
            String wanted = text.replace('-', '_');
            return names.stream().filter(n -> n.replace('-', '_').equals(wanted)).findFirst();
        }

        @Override
        public String expected() {
            return "one of " + String.join(", ", names);
        }
    }

    /// Text of a given shape.
    record Text(Pattern shape, String expected) implements Kind {
        @Override
        public Optional<String> read(String text) {
            return Optional.of(text).filter(t -> shape.matcher(t).matches());
        }
    }

    /// Comma-separated names of a given shape.
    record Names(Pattern shape, String expected) implements Kind {
        @Override
        public Optional<List<String>> read(String text) {
            List<String> names = split(text);
            boolean allowed = names.stream().allMatch(n -> shape.matcher(n).matches());
            return allowed ? Optional.of(names) : Optional.empty();
        }
    }

    /// Comma-separated address ranges. Only literals are read, so no name service is asked.
    record Ranges() implements Kind {
        private static final Pattern ADDRESS =
                Pattern.compile(
                        "(\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*)(/\\d{1,3})?");

        @Override
        public Optional<List<String>> read(String text) {
            List<String> ranges = new ArrayList<>();
            for (String range : split(text)) {
                if (!allowed(range)) {
                    return Optional.empty();
                }
                ranges.add(range);
            }
            return Optional.of(List.copyOf(ranges));
        }

        private static boolean allowed(String range) {
            if (!ADDRESS.matcher(range).matches()) {
                return false;
            }
            int slash = range.indexOf('/');
            String address = slash < 0 ? range : range.substring(0, slash);
            try {
                int bits = InetAddress.ofLiteral(address).getAddress().length * 8;
                return slash < 0 || Integer.parseInt(range.substring(slash + 1)) <= bits;
            } catch (IllegalArgumentException e) {
                return false;
            }
        }

        @Override
        public String expected() {
            return "address ranges such as 10.0.0.0/8,fd00::/8";
        }
    }

    /// One address, or several separated by commas, with one of the given schemes.
    record Addresses(List<String> schemes, String expected) implements Kind {
        @Override
        public Optional<List<String>> read(String text) {
            // the hosts of one sentinel address are themselves separated by commas
            List<String> addresses =
                    text.matches("rediss?-sentinel:.*") ? List.of(text) : split(text);
            boolean allowed = !addresses.isEmpty() && addresses.stream().allMatch(this::allowed);
            return allowed ? Optional.of(addresses) : Optional.empty();
        }

        private boolean allowed(String address) {
            try {
                URI uri = new URI(address);
                String authority = uri.getRawAuthority();
                return uri.getScheme() != null
                        && schemes.contains(uri.getScheme())
                        && (schemes.size() == 1
                                || !uri.getScheme().endsWith("-sentinel")
                                || uri.getFragment() != null)
                        && authority != null
                        && (uri.getHost() != null || authority.contains(","))
                        && uri.getPort() <= 65_535;
            } catch (java.net.URISyntaxException e) {
                return false;
            }
        }
    }

    /// A path; `mustExist` asks for a readable file.
    record File(boolean mustExist) implements Kind {
        @Override
        public Optional<Path> read(String text) {
            try {
                Path path = Path.of(text);
                boolean allowed =
                        !mustExist || (Files.isRegularFile(path) && Files.isReadable(path));
                return allowed ? Optional.of(path) : Optional.empty();
            } catch (java.nio.file.InvalidPathException e) {
                return Optional.empty();
            }
        }

        @Override
        public String expected() {
            return mustExist ? "a readable file" : "a path";
        }
    }

    private static List<String> split(String text) {
        return Pattern.compile(",")
                .splitAsStream(text)
                .map(String::strip)
                .filter(part -> !part.isEmpty())
                .toList();
    }
}
