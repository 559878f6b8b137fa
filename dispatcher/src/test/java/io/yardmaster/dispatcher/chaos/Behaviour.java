package io.yardmaster.dispatcher.chaos;

/// How a node treats what it is sent. What stands behind `HOLDS` is a fault.
enum Behaviour {
    SERVES,
    /// One in ten answers is a 500.
    FAILS_SOMETIMES,
    /// Answers well once it is told to behave otherwise.
    HOLDS,
    /// Nobody listens.
    REFUSES,
    /// Reads, and says nothing.
    HANGS,
    /// A byte of the answer a second.
    DRIPS,
    /// Half an answer, then a reset.
    RESETS,
    /// Reads all of it, and hangs up.
    CLOSES,
    /// Answers what is no HTTP.
    BABBLES,
    /// 307 to another node.
    REDIRECTS,
    /// 200 and two gigabytes.
    FLOODS,
    /// 500, always.
    FAILS,
    /// 429 with `Retry-After: 1`.
    PUTS_OFF
}
