/// What the machine under us is doing, for `yardmaster agent`.
///
/// It reads counters ([Machine]) and makes the figures of a report of two readings ([Figures]): on
/// Linux from `/proc` and `/sys`, elsewhere with OSHI, which is loaded only then.
///
/// It leaves telling anybody to the command.
@org.jspecify.annotations.NullMarked
package io.yardmaster.dispatcher.agent;
