package io.yardmaster.nodes;

/// How many requests one free core of a node completes in a second, learnt from what was completed
/// and from the time that it took, the time of requests that are still there included.
///
/// `pace = (completions + prior) / (core seconds + prior / believed pace)`
///
/// Requests that share cores share their seconds. This is the mean of a gamma distribution whose
/// prior is worth [#PRIOR] completions at the long-run pace: few completions say little, and none
/// for long say much. So a node that got slower (foreign load, heat, a fault) is noticed within a
/// few of its usual response times, before its next report. Not thread-safe.
final class Pace {
    private static final double PRIOR = 2;

    // Seconds until old evidence counts e times less; where requests take long, so many of them.
    private static final double RECENT = 3;
    private static final double RECENT_REQUESTS = 4;
    private static final double LASTING = 60;
    private static final double LASTING_REQUESTS = 40;

    /// What was seen before a pause weighs less than what is seen after it: a node that was slow
    /// and then left alone may have recovered.
    private static final double UNUSED = 30;

    private double recentCompletions;
    private double recentSeconds;
    private double lastingCompletions;
    private double lastingSeconds;

    /// `seconds` have passed in which `cores` were busy with our requests.
    void passed(double seconds, double cores) {
        double mean = lastingCompletions > 0 ? lastingSeconds / lastingCompletions : 0;
        double recent = Math.max(RECENT, RECENT_REQUESTS * mean);
        double lasting = cores > 0 ? Math.max(LASTING, LASTING_REQUESTS * mean) : UNUSED;
        double keptRecent = Math.exp(-seconds / recent);
        double keptLasting = Math.exp(-seconds / lasting);
        recentCompletions *= keptRecent;
        lastingCompletions *= keptLasting;
        // exact, since the cores were the same all the while
        recentSeconds = recentSeconds * keptRecent + cores * recent * (1 - keptRecent);
        lastingSeconds = lastingSeconds * keptLasting + cores * lasting * (1 - keptLasting);
    }

    void completed() {
        recentCompletions++;
        lastingCompletions++;
    }

    /// Over the last minutes; 0 before the first completion.
    double lasting() {
        return lastingSeconds > 0 ? lastingCompletions / lastingSeconds : 0;
    }

    /// Now. `believed`, above 0, stands where there is no evidence.
    double now(double believed) {
        return (recentCompletions + PRIOR) / (recentSeconds + PRIOR / believed);
    }
}
