/// What the queue means, written down a second time as plain maps and lists, and compared with the
/// functions in Redis.
///
/// Every step of a seeded random walk is carried out by both, answers are compared after every step
/// and the whole content every few steps, and planted defects prove that a difference would be
/// seen. Wake-up messages, refill of token buckets over time and behaviour under memory pressure
/// are left to the tests of single functions.
@NullMarked
package io.yardmaster.queue.model;

import org.jspecify.annotations.NullMarked;
