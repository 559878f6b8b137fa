package io.yardmaster.dispatcher.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ParcelTest {
    private static List<Parcel> all(Map<Parcel.Way, List<Parcel>> plan) {
        return plan.values().stream().flatMap(List::stream).toList();
    }

    @Test
    void four_requests_are_enough_for_all_priorities_and_ways() {
        Map<Parcel.Way, List<Parcel>> plan = Parcel.plan("x", 4);
        Set<Lane> lanes = EnumSet.noneOf(Lane.class);
        all(plan).forEach(parcel -> lanes.add(parcel.lane()));
        assertEquals(EnumSet.allOf(Lane.class), lanes);
        assertTrue(plan.values().stream().allMatch(parcels -> parcels.size() == 1));
    }

    @Test
    void half_goes_over_rest_and_ids_are_unique() {
        Map<Parcel.Way, List<Parcel>> plan = Parcel.plan("x", 1000);
        int rest =
                plan.getOrDefault(Parcel.Way.REST_SINGLE, List.of()).size()
                        + plan.getOrDefault(Parcel.Way.REST_BATCH, List.of()).size();
        assertEquals(500, rest, 10);
        Set<String> ids = new HashSet<>();
        all(plan).forEach(parcel -> ids.add(parcel.id()));
        assertEquals(1000, ids.size());
    }

    @Test
    void urgent_requests_come_while_the_flood_waits() {
        for (Parcel parcel : all(Parcel.plan("x", 1000))) {
            assertTrue(parcel.lane().urgent() || parcel.dueMs() == 0, parcel.toString());
        }
        assertTrue(all(Parcel.plan("x", 1000)).stream().anyMatch(parcel -> parcel.dueMs() > 5_000));
    }
}
