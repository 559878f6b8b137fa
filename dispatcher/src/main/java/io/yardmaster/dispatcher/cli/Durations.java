package io.yardmaster.dispatcher.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// Durations as people write and read them: `500ms`, `5s`, `2m`, `1.5h`, `7d`; a bare number is
/// seconds.
final class Durations implements ITypeConverter<Duration> {
    private static final long DAY = 86_400_000;
    private static final BigDecimal MOST = BigDecimal.valueOf(3650 * DAY);

    @Override
    public Duration convert(String value) {
        return parse(value);
    }

    /// Reads a duration, to the millisecond.
    ///
    /// @throws TypeConversionException when it is not a duration from 0 to 3650 days
    static Duration parse(String value) {
        int end = value.length();
        while (end > 0 && Character.isLetter(value.charAt(end - 1))) {
            end--;
        }
        long unit =
                switch (value.substring(end)) {
                    case "ms" -> 1;
                    case "", "s" -> 1_000;
                    case "m", "min" -> 60_000;
                    case "h" -> 3_600_000;
                    case "d" -> DAY;
                    default -> 0;
                };
        String number = value.substring(0, end);
        // the length bound keeps "1e999999999" and its like away from BigDecimal
        if (unit > 0 && number.length() <= 20 && !number.isEmpty() && plainNumber(number)) {
            BigDecimal millis =
                    new BigDecimal(number)
                            .multiply(BigDecimal.valueOf(unit))
                            .setScale(0, RoundingMode.HALF_UP);
            if (millis.compareTo(MOST) <= 0) {
                return Duration.ofMillis(millis.longValueExact());
            }
        }
        throw new TypeConversionException(
                "'" + value + "' (expected: a duration such as 500ms, 5s, 2m, 1h, 7d)");
    }

    /// A length of time in at most six characters: `350ms`, `4.2s`, `3m05s`, `2h10m`, `3d04h`.
    ///
    /// @param millis milliseconds; negative counts as 0
    static String human(long millis) {
        long ms = Math.max(0, millis);
        if (ms < 1_000) {
            return ms + "ms";
        }
        if (ms < 60_000) {
            return ms / 1_000 + "." + ms % 1_000 / 100 + "s";
        }
        if (ms < 3_600_000) {
            return pair(ms / 60_000, "m", ms % 60_000 / 1_000, "s");
        }
        if (ms < DAY) {
            return pair(ms / 3_600_000, "h", ms % 3_600_000 / 60_000, "m");
        }
        return pair(ms / DAY, "d", ms % DAY / 3_600_000, "h");
    }

    private static String pair(long major, String majorUnit, long minor, String minorUnit) {
        return major + majorUnit + (minor < 10 ? "0" : "") + minor + minorUnit;
    }

    private static boolean plainNumber(String number) {
        boolean digit = false;
        boolean point = false;
        for (int i = 0; i < number.length(); i++) {
            char c = number.charAt(i);
            if (c >= '0' && c <= '9') {
                digit = true;
            } else if (c == '.' && !point) {
                point = true;
            } else {
                return false;
            }
        }
        return digit;
    }
}
