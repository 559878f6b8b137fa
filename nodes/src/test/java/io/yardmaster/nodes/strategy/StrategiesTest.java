package io.yardmaster.nodes.strategy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.yardmaster.nodes.Strategies;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class StrategiesTest {
    static Stream<Arguments> all() {
        return Strategies.NAMES.stream()
                .map(name -> Arguments.of(Named.of(name, Table.strategy(name))));
    }

    @ParameterizedTest
    @MethodSource("all")
    void nobody_is_chosen_from_nobody(Strategy strategy) {
        assertEquals(Strategy.NONE, strategy.choose(Table.of(0), Table.ANY, Table.random(1)));
    }

    @ParameterizedTest
    @MethodSource("all")
    void equal_nodes_share_equally(Strategy strategy) {
        int[] counts = Table.of(4).choices(strategy, 40_000);
        for (int count : counts) {
            assertTrue(count > 9_500 && count < 10_500, () -> Arrays.toString(counts));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void failing_fast_node_does_not_attract_traffic(Strategy strategy) {
        Table table = Table.of(3);
        Table.Row failing = table.row(1);
        failing.errorRate = 1;
        failing.recentFailures = 60;
        failing.responses = 0;
        for (int i : new int[] {0, 2}) {
            table.row(i).responses = 100;
            table.row(i).meanResponse = 0.2;
        }
        int[] counts = table.choices(strategy, 3000);
        assertTrue(counts[1] < 300, () -> Arrays.toString(counts));
    }

    @ParameterizedTest
    @MethodSource("all")
    void returning_node_is_not_flooded(Strategy strategy) {
        Table table = Table.of(3);
        table.row(0).slowStart = 0.1;
        int[] counts = table.choices(strategy, 3000);
        assertTrue(counts[0] <= 250, () -> Arrays.toString(counts));
    }

    @ParameterizedTest
    @MethodSource("all")
    void choosing_allocates_nothing(Strategy strategy) {
        Table table = Table.of(16);
        for (int i = 0; i < 16; i++) {
            table.row(i).region = "region-" + i % 3;
            table.row(i).position = Position.of(i, i);
            table.row(i).cpu = i / 20.0;
            table.row(i).inFlight = i;
        }
        ChoiceKey[] keys = {
            Table.ANY,
            Key.of("user-7"),
            Key.from("192.0.2.77"),
            Key.from("2001:db8::77"),
            Key.in("region-1"),
            Key.at(8, 8)
        };
        RandomGenerator random = Table.random(1);
        int met = 0;
        for (int i = 0; i < 60_000; i++) {
            met += strategy.choose(table, keys[i % keys.length], random);
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 12_000; i++) {
            met += strategy.choose(table, keys[i % keys.length], random);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertTrue(met >= 0);
        // a stray compilation may cost this thread a little; a choice that allocates costs 192,000
        assertTrue(allocated < 12_000, () -> "bytes for 12,000 choices: " + allocated);
    }

    @ParameterizedTest
    @MethodSource("all")
    void terms_name_the_compared_figure_last(Strategy strategy) {
        Map<String, Double> terms = strategy.terms(Table.of(2), 1);
        String last = List.copyOf(terms.keySet()).getLast();
        assertTrue(last.equals("cost") || last.equals("share"), last);
    }

    static List<Strategy> reportDriven() {
        return List.of(new Adaptive(), new ResourceBased(1, 0, 0));
    }

    @ParameterizedTest
    @MethodSource("reportDriven")
    void all_replicas_do_not_herd_on_one_stale_report(Strategy strategy) {
        int[] arrived = new int[4];
        for (int replica = 0; replica < 3; replica++) {
            Table view = Table.of(4);
            view.liveReplicas = 3;
            for (int i = 0; i < 4; i++) {
                view.row(i).cpu = 0.6;
                view.row(i).freeCores = 1.6;
            }
            view.row(2).cpu = 0.1; // everybody's latest report says: node 2 is idle
            view.row(2).freeCores = 3.6;
            int[] counts = view.pileUp(strategy, 20);
            IntStream.range(0, 4).forEach(i -> arrived[i] += counts[i]);
        }
        // its fair part by free cores is 3.6 of 8.4: 26 of 60
        assertTrue(arrived[2] >= 18 && arrived[2] <= 34, () -> Arrays.toString(arrived));
    }

    @Test
    void adaptive_prefers_the_fastest_while_it_has_a_free_core() {
        Table table = Table.of(2);
        table.row(0).speed = 3;
        assertArrayEquals(new int[] {100, 0}, table.choices(new Adaptive(), 100));
    }

    @Test
    void adaptive_spreads_a_pile_by_capacity() {
        Table table = Table.of(3);
        table.row(0).speed = 2;
        table.row(0).freeCores = 8; // capacity 16 beside 4 and 1
        table.row(2).freeCores = 1;
        int[] counts = table.pileUp(new Adaptive(), 210);
        assertTrue(Math.abs(counts[0] - 160) <= 5, () -> Arrays.toString(counts));
        assertTrue(Math.abs(counts[1] - 40) <= 5, () -> Arrays.toString(counts));
        assertTrue(Math.abs(counts[2] - 10) <= 3, () -> Arrays.toString(counts));
    }

    @Test
    void free_memory_does_not_hide_a_saturated_cpu() {
        Table table = Table.of(2);
        table.row(0).cpu = 1;
        table.row(1).cpu = 0.5;
        table.row(1).memory = 0.5;
        table.row(1).io = 0.5;
        // the arithmetic mean of free shares would be 0.6 for node 0 and 0.5 for node 1
        assertArrayEquals(new int[] {0, 100}, table.choices(new ResourceBased(.4, .3, .3), 100));
    }

    @Test
    void resource_weights_decide_which_resource_counts() {
        Table table = Table.of(2);
        table.row(0).cpu = 0.7;
        table.row(1).memory = 0.7;
        assertArrayEquals(new int[] {0, 100}, table.choices(new ResourceBased(.8, .1, .1), 100));
        assertArrayEquals(new int[] {100, 0}, table.choices(new ResourceBased(.1, .8, .1), 100));
    }

    @Test
    void least_connections_counts_by_weight() {
        Table table = Table.of(2);
        table.row(0).weight = 3;
        int[] counts = table.pileUp(new LeastConnections(1000), 400);
        assertTrue(Math.abs(counts[0] - 300) <= 2, () -> Arrays.toString(counts));
    }

    @Test
    void least_connections_stops_at_its_cap_for_all_replicas() {
        Table table = Table.of(2);
        table.liveReplicas = 2;
        table.row(0).inFlight = 5;
        table.row(1).inFlight = 4;
        LeastConnections strategy = new LeastConnections(10);
        assertEquals(1, strategy.choose(table, Table.ANY, Table.random(1)));
        table.row(1).inFlight = 5;
        assertEquals(Strategy.NONE, strategy.choose(table, Table.ANY, Table.random(1)));
    }

    @Test
    void ten_times_slower_responses_get_a_tenth() {
        Table table = Table.of(2);
        table.row(0).responses = 100;
        table.row(0).meanResponse = 0.05;
        table.row(1).responses = 100;
        table.row(1).meanResponse = 0.5;
        int[] counts = table.choices(new WeightedResponse(10), 11_000);
        assertTrue(Math.abs(counts[1] - 1000) < 150, () -> Arrays.toString(counts));
    }

    @Test
    void node_with_too_few_responses_counts_as_the_mean_of_its_peers() {
        Table table = Table.of(3);
        table.row(0).responses = 100;
        table.row(0).meanResponse = 0.1;
        table.row(1).responses = 100;
        table.row(1).meanResponse = 0.3;
        table.row(2).responses = 9;
        table.row(2).meanResponse = 0.001; // not believed yet
        int[] counts = table.choices(new WeightedResponse(10), 11_000);
        // shares 1/0.1 : 1/0.3 : 1/0.2
        assertTrue(Math.abs(counts[2] - 2929) < 250, () -> Arrays.toString(counts));
    }

    @Test
    void round_robin_takes_turns() {
        Table table = Table.of(3);
        RoundRobin strategy = new RoundRobin(.95, 0);
        RandomGenerator random = Table.random(1);
        int[] turns =
                IntStream.range(0, 6).map(n -> strategy.choose(table, Table.ANY, random)).toArray();
        assertArrayEquals(new int[] {0, 1, 2, 0, 1, 2}, turns);
    }

    @Test
    void round_robin_takes_turns_from_wherever_it_starts() {
        for (long start : new long[] {Long.MIN_VALUE, -1, 5, Long.MAX_VALUE}) {
            int[] counts = Table.of(3).choices(new RoundRobin(1, start), 300);
            assertArrayEquals(new int[] {100, 100, 100}, counts);
        }
    }

    @Test
    void round_robin_share_decays_with_failures_to_a_tenth_at_least() {
        Table table = Table.of(2);
        table.row(1).recentFailures = 14; // 0.95^14 = 0.488
        int[] some = table.choices(new RoundRobin(.95, 0), 3000);
        assertTrue(
                Math.abs((double) some[1] / some[0] - 0.488) < 0.02, () -> Arrays.toString(some));
        table.row(1).recentFailures = 1000;
        int[] many = table.choices(new RoundRobin(.95, 0), 3300);
        assertTrue(Math.abs((double) many[1] / many[0] - 0.1) < 0.01, () -> Arrays.toString(many));
    }
}
