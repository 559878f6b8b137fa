package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.nodes.strategy.Position;
import org.jspecify.annotations.Nullable;

/// Says where on the globe a client's address is. Thread-safe, quick, and never fails: an address
/// that it does not know is nowhere.
@FunctionalInterface
public interface Whereabouts {
    /// @param position null when it is not known so exactly
    /// @param region a name that nodes may have as their region
    record Place(@Nullable Position position, @Nullable String region) {
        public static final Place UNKNOWN = new Place(null, null);
    }

    /// Knows no address.
    Whereabouts NOWHERE = _ -> Place.UNKNOWN;

    /// @param address an IPv4 or IPv6 address as text
    Place of(String address);
}
