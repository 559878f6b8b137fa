package io.yardmaster.queue.model;

import java.util.Collection;

/// Redis and the model disagree, or a law is broken; the message is enough to replay it.
final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    Violation(long seed, int step, String what, Collection<String> lastSteps) {
        super(
                Stored.printable(
                        "%s%nat step %d; replay: -Dmodel.seed=%d -Dmodel.steps=%d; last steps:%n%s"
                                .formatted(
                                        what, step, seed, step + 1, String.join("\n", lastSteps))));
    }
}
