package io.yardmaster.dispatcher.api;

import java.time.Duration;
import java.util.Locale;

/// Figures as people say them.
public final class Spoken {
    private Spoken() {}

    /// `in 120 ms`, `in 3.2 s`, `in 2 min 5 s`; `now` when nothing is left.
    public static String in(Duration left) {
        return left.toMillis() <= 0 ? "now" : "in " + length(left);
    }

    /// As [#in], for an estimate.
    public static String about(Duration left) {
        return left.toMillis() <= 0 ? "now" : "in about " + length(left);
    }

    public static String length(Duration time) {
        long ms = Math.max(0, time.toMillis());
        if (ms < 1000) {
            return ms + " ms";
        }
        if (ms < 60_000) {
            return number(ms / 1000.0) + " s";
        }
        if (ms < 3_600_000) {
            return ms / 60_000 + " min " + ms / 1000 % 60 + " s";
        }
        return ms / 3_600_000 + " h " + ms / 60_000 % 60 + " min";
    }

    /// With three digits at most behind the point, and none that says nothing.
    public static String number(double figure) {
        String text = String.format(Locale.ROOT, figure < 100 ? "%.3g" : "%.0f", figure);
        return text.contains(".") && !text.contains("e") ? text.replaceAll("\\.?0+$", "") : text;
    }
}
