package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.queue.StoredRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Decides what an answer means for a request. Pure but for the clock and the dice.
final class RetryPolicy {
    /// Longest time that a node may put a request off.
    static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);

    /// So often `Retry-After` puts a request off without costing an attempt.
    static final int MOST_DEFERRALS = 10;

    static final String DEFERRED = "retry-after";

    private final Settings.Retries retries;
    private final InstantSource clock;
    private final RandomGenerator random;

    RetryPolicy(Settings.Retries retries, InstantSource clock, RandomGenerator random) {
        this.retries = retries;
        this.clock = clock;
        this.random = random;
    }

    /// What is to be done. `cause` is a word that goes on record.
    sealed interface Decision {
        record Succeed() implements Decision {}

        /// Try again after the delay.
        ///
        /// @param counted whether it costs one of the attempts
        record Again(Duration delay, String cause, boolean counted) implements Decision {}

        record GiveUp(String cause) implements Decision {}
    }

    /// @param maxRetries of this request
    Decision decide(StoredRequest stored, int maxRetries, Answer answer) {
        return switch (answer) {
            case Answer.Responded responded -> decide(stored, maxRetries, responded);
            case Answer.TimedOut() -> again(stored, maxRetries, "timeout", Duration.ZERO);
            case Answer.Broken(String _) ->
                    again(stored, maxRetries, "broken-connection", Duration.ZERO);
            case Answer.Unsendable(String _) -> new Decision.GiveUp("unsendable");
            case Answer.Unreachable _, Answer.Withheld _ ->
                    throw new IllegalArgumentException("answer: " + answer + " (expected: sent)");
        };
    }

    private Decision decide(StoredRequest stored, int maxRetries, Answer.Responded responded) {
        int status = responded.status();
        if (status >= 200 && status < 300) {
            return new Decision.Succeed();
        }
        boolean retryable = status == 408 || status == 425 || status == 429 || status >= 500;
        if (!retryable) {
            return new Decision.GiveUp("status");
        }
        Optional<Duration> asked =
                status == 429 || status == 503
                        ? retryAfter(responded.header("Retry-After"))
                        : Optional.empty();
        if (asked.isPresent() && deferrals(stored) < MOST_DEFERRALS) {
            return new Decision.Again(asked.get(), DEFERRED, false);
        }
        return again(stored, maxRetries, "status", asked.orElse(Duration.ZERO));
    }

    private Decision again(StoredRequest stored, int maxRetries, String cause, Duration atLeast) {
        int counted = stored.attempts() - stored.forgiven();
        if (counted > maxRetries) {
            return new Decision.GiveUp(cause);
        }
        Duration delay = backoff(counted);
        return new Decision.Again(delay.compareTo(atLeast) < 0 ? atLeast : delay, cause, true);
    }

    private static long deferrals(StoredRequest stored) {
        return stored.history().stream()
                .filter(line -> line.contains("\"cause\":\"" + DEFERRED + "\""))
                .count();
    }

    /// Exponential with full jitter: between 0 and base * 2^(attempt-1), at most the maximum (AWS
    /// Architecture Blog, "Exponential Backoff And Jitter").
    Duration backoff(int attempt) {
        double most = (double) retries.max().toMillis();
        double doubled = (double) retries.base().toMillis() * Math.pow(2, Math.max(0, attempt - 1));
        double ceiling = Math.min(most, doubled);
        double ms = retries.fullJitter() ? random.nextDouble() * ceiling : ceiling;
        return Duration.ofMillis(Math.max(1, Math.round(ms)));
    }

    /// Seconds or an HTTP date; what is neither, or negative, counts as absent. At most one hour.
    Optional<Duration> retryAfter(@org.jspecify.annotations.Nullable String value) {
        if (value == null) {
            return Optional.empty();
        }
        String text = value.trim();
        Duration wait;
        if (text.matches("\\d{1,9}")) {
            wait = Duration.ofSeconds(Long.parseLong(text));
        } else {
            try {
                Instant at =
                        ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
                wait = Duration.between(clock.instant(), at);
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }
        if (wait.isNegative() || wait.isZero()) {
            return Optional.of(Duration.ofMillis(1));
        }
        return Optional.of(wait.compareTo(LONGEST_RETRY_AFTER) < 0 ? wait : LONGEST_RETRY_AFTER);
    }
}
