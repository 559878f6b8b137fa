/// All meters of the program.
///
/// Their names and tags are those of the contract, never with a request id as a tag. What is worth
/// an alarm is left to the rules in `deploy/`.
@NullMarked
package io.yardmaster.dispatcher.metrics;

import org.jspecify.annotations.NullMarked;
