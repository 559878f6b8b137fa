package io.yardmaster.nodes.strategy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two nodes of four cores in each of Berlin, Paris and Sydney.
final class GeographicTest {
    private static final Position BERLIN = Position.of(52.5, 13.4);
    private static final Position PARIS = Position.of(48.9, 2.4);
    private static final Position SYDNEY = Position.of(-33.9, 151.2);

    private final Table table = Table.of(6);
    private final Geographic strategy = new Geographic();
    private final RandomGenerator random = Table.random(1);

    @BeforeEach
    void place() {
        place("berlin", BERLIN, 0, 1);
        place("paris", PARIS, 2, 3);
        place("sydney", SYDNEY, 4, 5);
    }

    private void place(String region, Position position, int... nodes) {
        for (int i : nodes) {
            table.row(i).region = region;
            table.row(i).position = position;
        }
    }

    /// Requests in flight at both nodes of a region.
    private void load(int region, int each) {
        table.row(2 * region).inFlight = each;
        table.row(2 * region + 1).inFlight = each;
    }

    private int regionOf(ChoiceKey key) {
        return strategy.choose(table, key, random) / 2;
    }

    @Test
    void request_stays_in_its_region_while_a_node_there_has_an_idle_core() {
        load(0, 3);
        for (int n = 0; n < 50; n++) {
            assertEquals(0, regionOf(Key.in("berlin")));
        }
    }

    @Test
    void request_without_a_region_goes_to_the_nearest_by_its_place() {
        assertEquals(0, regionOf(Key.at(53.5, 10))); // Hamburg
        assertEquals(1, regionOf(Key.at(51.5, -0.1))); // London
        assertEquals(2, regionOf(Key.at(-36.8, 174.8))); // Auckland
        // across the date line and over the pole there is no edge
        assertEquals(2, regionOf(Key.at(-40, -179)));
    }

    @Test
    void region_that_nobody_has_goes_by_the_place() {
        assertEquals(1, regionOf(new Key(null, null, "atlantis", Position.of(48, 1))));
    }

    @Test
    void request_that_tells_nothing_may_go_anywhere() {
        int[] counts = table.choices(strategy, 6000);
        for (int count : counts) {
            assertEquals(1000, count, 130, () -> Arrays.toString(counts));
        }
        assertEquals(6, Arrays.stream(counts).filter(c -> c > 0).count());
        int[] unknown = new int[3];
        for (int n = 0; n < 600; n++) {
            unknown[regionOf(Key.in("atlantis"))]++;
        }
        assertTrue(Arrays.stream(unknown).allMatch(c -> c > 150), () -> Arrays.toString(unknown));
    }

    @Test
    void full_region_spills_to_the_nearest_one_and_does_not_drown() {
        load(0, 4);
        for (int n = 0; n < 50; n++) {
            assertEquals(1, regionOf(Key.in("berlin")));
        }
    }

    @Test
    void spill_passes_over_a_nearer_region_that_is_as_loaded() {
        load(0, 4);
        load(1, 4);
        assertEquals(2, regionOf(Key.in("berlin")));
    }

    @Test
    void request_does_not_travel_for_less_than_the_margin() {
        load(0, 4); // (8 + 1) / 8
        load(1, 4);
        table.row(3).inFlight = 3; // (7 + 1) / 8: by 0.125 less
        load(2, 4);
        assertEquals(1, regionOf(Key.in("berlin")));
        table.row(2).inFlight = 5;
        assertEquals(0, regionOf(Key.in("berlin")));
    }

    @Test
    void flood_in_one_region_fills_the_others_to_its_own_level() {
        for (int n = 0; n < 120; n++) {
            table.row(strategy.choose(table, Key.in("berlin"), random)).inFlight++;
        }
        int[] regions = new int[3];
        for (int i = 0; i < 6; i++) {
            regions[i / 2] += table.row(i).inFlight;
        }
        assertEquals(41, regions[0], 2, () -> Arrays.toString(regions));
        assertEquals(40, regions[1], 2, () -> Arrays.toString(regions));
        assertEquals(40, regions[2], 2, () -> Arrays.toString(regions));
    }

    @Test
    void load_comes_home_when_the_region_is_free_again() {
        load(0, 6);
        assertEquals(1, regionOf(Key.in("berlin")));
        load(0, 2);
        assertEquals(0, regionOf(Key.in("berlin")));
    }

    @Test
    void fastest_node_serves_within_the_region() {
        table.row(1).speed = 3;
        table.row(4).speed = 30;
        for (int n = 0; n < 20; n++) {
            assertEquals(1, strategy.choose(table, Key.in("berlin"), random));
        }
    }

    @Test
    void region_whose_nodes_only_fail_does_not_keep_its_requests() {
        table.row(0).errorRate = 1;
        table.row(1).errorRate = 1;
        assertEquals(1, regionOf(Key.in("berlin")));
    }

    @Test
    void region_whose_places_are_unknown_is_far_but_its_own_requests_stay() {
        table.row(2).position = null;
        table.row(3).position = null;
        assertEquals(1, regionOf(Key.in("paris")));
        load(0, 4);
        assertEquals(2, regionOf(Key.in("berlin")), "Sydney is known, Paris could be anywhere");
    }

    @Test
    void without_any_place_the_least_used_region_takes_the_overflow() {
        table.rows.forEach(row -> row.position = null);
        load(0, 4);
        load(1, 1);
        assertEquals(2, regionOf(Key.in("berlin")));
    }

    @Test
    void regions_place_is_the_middle_of_its_nodes() {
        // one region from Berlin to Sydney has its middle far from both: Paris is nearer to Berlin
        table.row(0).region = "wide";
        table.row(4).region = "wide";
        table.row(1).region = "paris";
        table.row(1).position = PARIS;
        table.row(5).region = "paris";
        table.row(5).position = PARIS;
        int chosen = strategy.choose(table, Key.at(52.5, 13.4), random);
        assertEquals("paris", table.region(chosen));
    }

    @Test
    void nodes_without_regions_are_chosen_by_their_own_places() {
        table.rows.forEach(row -> row.region = null);
        assertEquals(0, regionOf(Key.at(52.5, 13.4)));
        table.row(0).inFlight = 4;
        table.row(1).inFlight = 4;
        assertEquals(1, regionOf(Key.at(52.5, 13.4)));
    }

    @Test
    void nodes_that_tell_neither_region_nor_place_are_one_region_and_the_last_resort() {
        for (int i : new int[] {4, 5}) {
            table.row(i).region = null;
            table.row(i).position = null;
        }
        load(0, 4);
        assertEquals(1, regionOf(Key.in("berlin")));
        load(1, 4);
        assertEquals(2, regionOf(Key.in("berlin")));
    }

    @Test
    void terms_show_how_used_the_region_is() {
        load(0, 3);
        assertEquals((6 + 1) / 8.0, strategy.terms(table, 1).get("regionUtilisation"));
        assertArrayEquals(
                new Object[] {"regionUtilisation", "backlog"},
                strategy.terms(table, 1).keySet().stream().limit(2).toArray());
    }
}
