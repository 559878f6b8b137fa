package io.yardmaster.dispatcher.history;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The names of series.
public final class Series {
    private static final String RATES = "rate\\.(enqueued|succeeded|failed|retried)";
    private static final String QUEUE =
            ":(?<service>[A-Za-z0-9._-]{1,64})/(critical|high|normal|low)";
    private static final Pattern NAME =
            Pattern.compile(
                    RATES
                            + "|oldestMs|inFlight|depth\\.(critical|high|normal|low)"
                            + "|wait\\.(p50|p95|p99)|slots\\.(busy|total)|nodes\\.up"
                            + "|("
                            + RATES
                            + "|depth|oldestMs)"
                            + QUEUE
                            + "|node\\.[A-Za-z0-9._:-]{1,128}\\.(cpu|memory|io|inFlight|latencyMs|errorRate)");

    private Series() {}

    public static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    /// The service that a series is about; empty when it is about none, or about all.
    public static Optional<String> service(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches() ? Optional.ofNullable(matcher.group("service")) : Optional.empty();
    }

    /// Whether of several steps the greatest value counts, and not the mean: what was worst is what
    /// one looks for.
    static boolean greatest(String name) {
        return name.startsWith("oldestMs") || name.equals("wait.p95") || name.equals("wait.p99");
    }
}
