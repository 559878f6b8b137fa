package io.yardmaster.dispatcher.demo;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// One request of the demo before it is enqueued.
///
/// @param id `demo-<run>-<n>`
/// @param dueMs when to send it, in milliseconds from the start of the traffic
record Parcel(String id, Lane lane, Way way, long dueMs) {
    /// How a request gets in; half go over REST, half straight into Redis.
    enum Way {
        REST_SINGLE,
        FCALL,
        REST_BATCH,
        RPUSH
    }

    /// Ten requests in a row: 1 critical, 2 high, 3 normal, 4 low; the first four are of all
    /// priorities.
    private static final List<Lane> LANES =
            List.of(
                    Lane.CRITICAL,
                    Lane.HIGH,
                    Lane.NORMAL,
                    Lane.LOW,
                    Lane.LOW,
                    Lane.NORMAL,
                    Lane.LOW,
                    Lane.HIGH,
                    Lane.NORMAL,
                    Lane.LOW);

    private static final List<Way> WAYS =
            List.of(
                    Way.REST_SINGLE,
                    Way.FCALL,
                    Way.REST_BATCH,
                    Way.RPUSH,
                    Way.REST_SINGLE,
                    Way.FCALL,
                    Way.REST_BATCH,
                    Way.FCALL);

    /// Urgent requests trickle in at this many of all requests a second: slower than the house
    /// works, so that they come while the backlog exists.
    private static final long PER_SECOND = 120;

    /// Plans the traffic: low and normal requests at once, then the urgent ones bit by bit.
    static Map<Way, List<Parcel>> plan(String run, int requests) {
        Map<Way, List<Parcel>> plan = new EnumMap<>(Way.class);
        for (Way way : Way.values()) {
            plan.put(way, new ArrayList<>());
        }
        for (int n = 0; n < requests; n++) {
            Lane lane = LANES.get(n % LANES.size());
            Way way = WAYS.get((n + n / LANES.size()) % WAYS.size());
            long due = lane.urgent() ? n * 1_000L / PER_SECOND : 0;
            plan.getOrDefault(way, List.of())
                    .add(new Parcel("demo-" + run + "-" + n, lane, way, due));
        }
        plan.values().forEach(parcels -> parcels.sort(Comparator.comparingLong(Parcel::dueMs)));
        return plan;
    }
}
