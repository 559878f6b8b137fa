package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import java.util.List;

/// The parameters of an address behind its question mark.
final class Queries {
    private Queries() {}

    /// Refuses all but these, each at most once: a filter that is misspelt, and passed over, would
    /// mean everything.
    ///
    /// @throws Problem.Refused that names them
    static void only(HttpRequest<?> request, List<String> known) {
        Refusals refusals = new Refusals();
        request.getParameters()
                .asMap()
                .forEach((name, values) -> {
                    if (!known.contains(name)) {
                        refusals.add(
                                name,
                                "unknown parameter",
                                known.isEmpty() ? "none" : "one of " + String.join(", ", known));
                    } else if (values.size() > 1) {
                        refusals.add(name, String.join(", ", values), "one value");
                    }
                });
        if (!refusals.none()) {
            throw Problem.invalid(refusals.errors()).refused();
        }
    }
}
