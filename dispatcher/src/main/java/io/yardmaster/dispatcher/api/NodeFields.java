package io.yardmaster.dispatcher.api;

import io.yardmaster.nodes.FieldError;
import io.yardmaster.nodes.Parsed;
import java.util.List;

/// Errors of the nodes' JSON, told as the API tells errors.
final class NodeFields {
    private NodeFields() {}

    /// @throws Problem.Refused with every error
    static <T> T value(Parsed<T> parsed) {
        return switch (parsed) {
            case Parsed.Valid<T>(T value) -> value;
            case Parsed.Invalid<T>(List<FieldError> errors) ->
                    throw Problem.invalid(errors.stream().map(NodeFields::told).toList()).refused();
        };
    }

    /// Their messages begin with the field's name, ours don't.
    private static io.yardmaster.dispatcher.api.FieldError told(FieldError error) {
        String own = error.field().substring(error.field().lastIndexOf('.') + 1);
        String message = error.message();
        for (String name : List.of(error.field(), own)) {
            if (message.startsWith(name + ": ")) {
                message = message.substring(name.length() + 2);
                break;
            }
        }
        return new io.yardmaster.dispatcher.api.FieldError(Refusals.shown(error.field()), message);
    }
}
