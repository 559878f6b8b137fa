package io.yardmaster.dispatcher.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// A way into the yard. Used by one thread.
interface Door extends AutoCloseable {
    /// The most parcels of one call.
    int most();

    /// Sends parcels. Those refused for now (limited, full) come back with the time to wait; they
    /// left nothing behind.
    ///
    /// @throws DemoFailure if a parcel was refused for good
    Receipt send(List<Parcel> parcels) throws IOException, InterruptedException;

    @Override
    default void close() throws IOException {}

    /// What came of a call.
    ///
    /// @param refused what has to be sent again after `pause`; empty when all were accepted
    record Receipt(List<Parcel> refused, Duration pause) {
        static final Receipt ALL = new Receipt(List.of(), Duration.ZERO);
    }
}
