package io.yardmaster.bench.simulate;

import java.util.random.RandomGenerator;

/// The dispatcher's retry policy as far as the simulation needs it: so many attempts after the
/// first, exponential pauses with full jitter (`RetryPolicy` there). Optionally with a budget.
///
/// @param most attempts after the first
/// @param base seconds, doubled with each attempt
/// @param longest seconds
/// @param budget retries for each first attempt, such as 0.2; infinite is none. Ten may always be
///   saved up
public record Retries(int most, double base, double longest, double budget) {
    public static final Retries NONE = new Retries(0, 0, 0, Double.POSITIVE_INFINITY);

    private static final double SAVED = 10;

    /// What is left of the budget.
    static final class Purse {
        private final Retries rule;
        private double left = SAVED;

        Purse(Retries rule) {
            this.rule = rule;
        }

        /// Seconds to wait before the next attempt; below 0: there is none.
        double next(Job job, RandomGenerator dice) {
            if (job.attempts > rule.most) {
                return -1;
            }
            if (Double.isFinite(rule.budget)) {
                if (left < 1) {
                    return -1;
                }
                left--;
            }
            double doubled = rule.base * (1L << Math.min(30, job.attempts - 1));
            return dice.nextDouble() * Math.min(rule.longest, doubled);
        }

        void firstAttempt() {
            if (Double.isFinite(rule.budget)) {
                left = Math.min(SAVED, left + rule.budget);
            }
        }
    }
}
