package io.yardmaster.dispatcher.api;

/// One thing wrong with one field.
///
/// @param field the path from the root of the JSON, such as `headers.X-A`; a header or parameter by
///   its name; `request` when the JSON as a whole is at fault
/// @param message `value (expected: condition)`
public record FieldError(String field, String message) {}
