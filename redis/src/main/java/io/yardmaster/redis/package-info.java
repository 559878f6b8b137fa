/// The connection to Redis and the one function library that all of Yardmaster's atomic steps live
/// in.
///
/// It promises that every call ends within the configured timeout, that a command is never sent
/// twice behind the caller's back, and that a failure says whether the command may have run. What
/// the functions do, and which keys they own, is left to the modules that bring them.
@NullMarked
package io.yardmaster.redis;

import org.jspecify.annotations.NullMarked;
