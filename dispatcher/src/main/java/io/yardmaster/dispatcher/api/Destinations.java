package io.yardmaster.dispatcher.api;

import java.net.URI;
import java.util.Optional;

/// Which addresses nodes and callbacks may have. Looked at when they are named; whoever connects
/// looks again. Thread-safe; may wait for a name server.
public interface Destinations {
    Destinations ANY = _ -> Optional.empty();

    /// Why an address is refused, as `url: value (expected: condition)`; empty when it is not.
    Optional<String> refusal(URI target);
}
