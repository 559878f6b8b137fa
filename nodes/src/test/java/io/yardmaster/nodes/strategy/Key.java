package io.yardmaster.nodes.strategy;

import org.jspecify.annotations.Nullable;

/// What a request says of itself, set by hand.
record Key(
        @Nullable String affinityKey,
        @Nullable String clientAddress,
        @Nullable String region,
        @Nullable Position position)
        implements ChoiceKey {
    static Key of(String affinityKey) {
        return new Key(affinityKey, null, null, null);
    }

    static Key from(String address) {
        return new Key(null, address, null, null);
    }

    static Key in(String region) {
        return new Key(null, null, region, null);
    }

    static Key at(double lat, double lon) {
        return new Key(null, null, null, Position.of(lat, lon));
    }
}
