package io.yardmaster.dispatcher.cli;

import java.util.List;

/// A list that can be read from a dispatcher and drawn, once or again and again.
interface View {
    /// How a failure begins, such as `cannot read the queues`.
    String what();

    /// The reading.
    Call call();

    /// The lines to print.
    ///
    /// @param answer what the call gave
    /// @param nanos when, on the shell's stopwatch
    List<String> draw(Json answer, long nanos);
}
