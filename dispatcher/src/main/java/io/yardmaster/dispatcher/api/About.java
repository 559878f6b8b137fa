package io.yardmaster.dispatcher.api;

import java.util.function.BooleanSupplier;

/// What this replica says of itself.
///
/// @param redis address of its Redis without credentials
/// @param version of the program
/// @param serving false before start-up is over and while it drains
public record About(String redis, String version, BooleanSupplier serving) {}
