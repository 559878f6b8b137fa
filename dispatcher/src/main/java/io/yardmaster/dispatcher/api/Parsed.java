package io.yardmaster.dispatcher.api;

import io.yardmaster.queue.Offer;
import java.util.List;
import java.util.stream.Collectors;

/// What reading a producer's request gave.
public sealed interface Parsed {
    record Good(Offer offer) implements Parsed {}

    /// Everything that is wrong with it.
    ///
    /// @param errors at least one
    /// @param status the HTTP status that says it best: 413 when the body is too large, else 400
    record Bad(List<FieldError> errors, int status) implements Parsed {
        public Bad {
            errors = List.copyOf(errors);
        }

        /// All errors in one line, such as a reason in quarantine.
        public String line() {
            return errors.stream()
                    .map(error -> error.field() + ": " + error.message())
                    .collect(Collectors.joining("; "));
        }
    }
}
