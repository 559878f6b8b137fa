package io.yardmaster.nodes.strategy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The two rules that take turns.
final class TurnsTest {
    private final RandomGenerator random = Table.random(1);

    private static Table weighing(double... weights) {
        Table table = Table.of(weights.length);
        for (int i = 0; i < weights.length; i++) {
            table.row(i).weight = weights[i];
        }
        return table;
    }

    private int[] turns(Strategy strategy, Table table, int times) {
        return IntStream.range(0, times)
                .map(n -> strategy.choose(table, Table.ANY, random))
                .toArray();
    }

    private static int[] counts(int[] turns, int nodes) {
        int[] counts = new int[nodes];
        Arrays.stream(turns).forEach(i -> counts[i]++);
        return counts;
    }

    @Test
    void sequence_is_the_one_that_grpc_gives() {
        // StaticStrideScheduler of grpc-java with weights 2, 3, 6, from generation 2 on
        int[] turns = turns(new WeightedRoundRobin(1, 6), weighing(2, 3, 6), 22);
        assertArrayEquals(
                new int[] {0, 1, 2, 2, 1, 2, 0, 2, 1, 2, 2, 0, 1, 2, 2, 1, 2, 0, 2, 1, 2, 2},
                turns);
    }

    @Test
    void any_full_round_has_exactly_the_weights_from_wherever_it_begins() {
        Table table = weighing(2, 3, 6, 1);
        WeightedRoundRobin strategy = new WeightedRoundRobin(.95, 123_456_789);
        int[] turns = turns(strategy, table, 12_000);
        for (int begin = 0; begin + 12 <= turns.length; begin++) {
            int[] round = counts(Arrays.copyOfRange(turns, begin, begin + 12), 4);
            int at = begin;
            assertArrayEquals(new int[] {2, 3, 6, 1}, round, () -> "round from turn " + at);
        }
    }

    @Test
    void weights_hold_exactly_after_a_node_came_and_after_one_left() {
        WeightedRoundRobin strategy = new WeightedRoundRobin(.95, 5);
        turns(strategy, weighing(2, 3, 6), 7); // in the middle of a round
        assertArrayEquals(
                new int[] {2, 3, 6, 5}, counts(turns(strategy, weighing(2, 3, 6, 5), 16), 4));
        assertArrayEquals(new int[] {2, 3}, counts(turns(strategy, weighing(2, 3), 5), 2));
    }

    @Test
    void weights_that_differ_a_thousandfold_still_hold_exactly() {
        assertArrayEquals(
                new int[] {1000, 1},
                counts(turns(new WeightedRoundRobin(1, 9), weighing(1000, 1), 1001), 2));
        assertArrayEquals(
                new int[] {10, 1, 4},
                counts(turns(new WeightedRoundRobin(1, 9), weighing(1, .1, .4), 15), 3));
    }

    @Test
    void heavy_node_does_not_get_its_turns_in_a_burst() {
        int[] turns = turns(new WeightedRoundRobin(1, 0), weighing(4, 4, 1), 900);
        for (int n = 2; n < turns.length; n++) {
            assertTrue(turns[n] != turns[n - 1] || turns[n] != turns[n - 2], "from turn " + n);
        }
    }

    @Test
    void round_robin_does_not_look_at_weights() {
        int[] turns = turns(new RoundRobin(.95, 0), weighing(9, 1, 3), 300);
        assertArrayEquals(new int[] {100, 100, 100}, counts(turns, 3));
    }

    @Test
    void replicas_do_not_walk_in_step() {
        Table table = Table.of(16);
        int[] first = turns(Table.strategy("round_robin"), table, 1);
        long others =
                IntStream.range(0, 50)
                        .filter(seed -> {
                            RoundRobin other =
                                    new RoundRobin(.95, Table.random(100 + seed).nextLong());
                            return turns(other, table, 1)[0] != first[0];
                        })
                        .count();
        assertTrue(others > 35, "replicas elsewhere: " + others);
    }

    @Test
    void kinds_of_requests_that_alternate_do_not_each_meet_one_node_only() {
        // every other request may go to two of the nodes only, by its labels
        Table all = Table.of(4);
        Table two = Table.of(2);
        RoundRobin strategy = new RoundRobin(.95, 0);
        int[] ofAll = new int[4];
        int[] ofTwo = new int[2];
        for (int n = 0; n < 400; n++) {
            ofAll[strategy.choose(all, Table.ANY, random)]++;
            ofTwo[strategy.choose(two, Table.ANY, random)]++;
        }
        assertArrayEquals(new int[] {100, 100, 100, 100}, ofAll);
        assertArrayEquals(new int[] {200, 200}, ofTwo);
    }

    @Test
    void node_that_fails_loses_turns_and_nobody_else_does() {
        Table table = weighing(2, 2, 2);
        table.row(1).recentFailures = 14; // 0.95^14 = 0.488
        int[] counts = counts(turns(new WeightedRoundRobin(.95, 0), table, 2488), 3);
        assertEquals(488, counts[1], 2);
        assertEquals(counts[0], counts[2], 2);
    }

    @Test
    void turns_do_not_depend_on_how_often_the_nodes_failed_long_ago() {
        Table table = Table.of(2);
        table.row(0).recentFailures = Integer.MAX_VALUE;
        int[] counts = counts(turns(new RoundRobin(.999999, 0), table, 1000), 2);
        assertEquals(500, counts[0], 2);
        assertNotEquals(0, counts[1]);
    }
}
