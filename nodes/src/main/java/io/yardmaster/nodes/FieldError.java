package io.yardmaster.nodes;

/// One thing wrong with one field. `field` is the path from the root of the JSON, such as
/// `health.intervalMs`; `message` is `name: value (expected: condition)`.
public record FieldError(String field, String message) {}
