package io.yardmaster.ratelimit;

import java.util.concurrent.atomic.AtomicBoolean;

/// The right to send one request. It ends once, with the first of [#succeeded], [#failed] and
/// [#ignored]; later calls do nothing, so that an error path may end it again to be sure.
/// Thread-safe.
public final class Permit {

    enum Outcome {
        SUCCEEDED,
        FAILED,
        IGNORED
    }

    interface Report {
        void ended(Outcome outcome);
    }

    private final AtomicBoolean ended = new AtomicBoolean();
    private final boolean trial;
    private final Report report;

    Permit(boolean trial, Report report) {
        this.trial = trial;
        this.report = report;
    }

    /// A permit that no breaker hears of.
    static Permit unheard() {
        return new Permit(false, _ -> {});
    }

    /// Whether this is one of the trials of a half-open breaker.
    public boolean trial() {
        return trial;
    }

    /// The node did its work, whatever it thought of the request.
    public void succeeded() {
        end(Outcome.SUCCEEDED);
    }

    /// The node is at fault: connection error, timeout, 5xx.
    public void failed() {
        end(Outcome.FAILED);
    }

    /// The request says nothing about the node: never sent, or cancelled. A trial is given back.
    public void ignored() {
        end(Outcome.IGNORED);
    }

    private void end(Outcome outcome) {
        if (ended.compareAndSet(false, true)) {
            report.ended(outcome);
        }
    }
}
