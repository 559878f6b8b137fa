/// Looks whether this installation keeps its promises: persistence, memory, clocks, versions,
/// queues, nodes, doors.
///
/// A [Check][io.yardmaster.dispatcher.doctor.Check] is a name, why it matters, and a look that ends
/// in a [Verdict][io.yardmaster.dispatcher.doctor.Verdict]. Looks change nothing, read a bounded
/// amount, and need no more than the rights of a reader.
@NullMarked
package io.yardmaster.dispatcher.doctor;

import org.jspecify.annotations.NullMarked;
