/// What an operator may configure, in one table, and the typed records that the rest of the program
/// reads.
///
/// It promises that every key under `yardmaster` is known, that every value is in its range, and
/// that all mistakes of one start are reported together, one line each. It leaves to others what a
/// setting does, and whether nodes, hosts and brokers named here can be reached.
@NullMarked
package io.yardmaster.dispatcher.settings;

import org.jspecify.annotations.NullMarked;
