package io.yardmaster.dispatcher.demo;

/// What a demo node remembers of one request that it got.
///
/// @param id the request's id, as the dispatcher sent it
/// @param attempt which attempt it was, from 1; 0 when the header was missing
/// @param priority the priority's name; empty when the header was missing
/// @param waitMs from the producer's clock at enqueue to the moment a core began; -1 when the
///   producer did not say
/// @param workMs what the core needed
record Served(String id, int attempt, String priority, long waitMs, long workMs) {}
