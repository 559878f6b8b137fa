package io.yardmaster.nodes;

import java.util.List;
import java.util.stream.Collectors;

/// Thrown by the records of this package when built from bad values; names every one of them.
public final class InvalidFields extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final transient List<FieldError> errors;

    InvalidFields(List<FieldError> errors) {
        super(errors.stream().map(FieldError::message).collect(Collectors.joining("; ")));
        this.errors = List.copyOf(errors);
    }

    public List<FieldError> errors() {
        return errors;
    }
}
