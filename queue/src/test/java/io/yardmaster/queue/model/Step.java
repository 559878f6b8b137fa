package io.yardmaster.queue.model;

import java.util.List;
import java.util.function.Consumer;

/// One step of a walk: what is done to Redis, and what it means.
///
/// @param what the step in words, enough to repeat it by hand
/// @param real does it; the answer and the clock after it
/// @param meaning does it to the model, whose time is that of the answer; the expected answer
/// @param repeated what a repetition with the same arguments means
/// @param catchUp by how much this step may move the logical clock, ms
record Step(String what, Real real, Meaning meaning, Repeated repeated, long catchUp) {
    /// The most that any call moves the logical clock, ms.
    static final long CLOCK_STEP = 1000;

    interface Real {
        RealShard.Answer on(RealShard shard);
    }

    interface Meaning {
        List<Object> of(List<Object> answer);
    }

    /// What a repetition with the same arguments, right after the first, must answer.
    enum Repeated {
        /// The same; and nothing changes.
        SAME,
        /// `duplicate` where it was `queued`, else the same; and nothing changes.
        DUPLICATE,
        /// The same batch, unless it was empty; and nothing changes.
        BATCH,
        /// An answer as for DUPLICATE, and one as for BATCH.
        DUPLICATE_AND_BATCH,
        /// The same; what lasts for some time lasts from now on.
        PROLONGED,
        /// That its place in the ingress list has moved on; and nothing changes.
        MOVED,
        /// It is one more step of the same kind.
        NEXT,
        /// It is not repeated.
        NEVER
    }

    static Step call(String function, List<Object> arguments, Repeated repeated, Meaning meaning) {
        String what =
                function + " " + String.join(" ", arguments.stream().map(Step::printed).toList());
        return new Step(
                what, shard -> shard.call(function, arguments), meaning, repeated, CLOCK_STEP);
    }

    Step catchingUp(long ms) {
        return new Step(what, real, meaning, repeated, Math.max(CLOCK_STEP, ms));
    }

    /// Something that no function does.
    static Step outside(String what, Consumer<RealShard> real, Runnable meaning) {
        return new Step(
                what,
                shard -> {
                    real.accept(shard);
                    return shard.look();
                },
                _ -> {
                    meaning.run();
                    return List.of();
                },
                Repeated.NEVER,
                0);
    }

    private static String printed(Object argument) {
        return "'"
                + Stored.printable(
                        argument instanceof byte[] raw ? Stored.latin(raw) : argument.toString())
                + "'";
    }
}
