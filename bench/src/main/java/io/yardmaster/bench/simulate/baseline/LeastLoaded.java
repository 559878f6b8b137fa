package io.yardmaster.bench.simulate.baseline;

import io.yardmaster.bench.simulate.Job;
import io.yardmaster.bench.simulate.Outlook;

/// Fewest own requests in flight: of all machines, or of two.
public final class LeastLoaded extends Counting {
    private final Rule rule;

    /// How it looks.
    public enum Rule {
        ALL,
        TWO,
        /// `(own · dispatchers + 1) / (cores · speed)`: machines have fixed weights.
        WEIGHTED
    }

    public LeastLoaded(Outlook outlook, Rule rule) {
        super(outlook);
        this.rule = rule;
    }

    @Override
    public int choose(Job job) {
        return switch (rule) {
            case ALL -> least(i -> own[i]);
            case TWO -> lessOfTwo(i -> own[i]);
            case WEIGHTED ->
                    least(i ->
                            (own[i] * outlook.clients() + 1)
                                    / (outlook.cores(i) * outlook.speed(i)));
        };
    }
}
