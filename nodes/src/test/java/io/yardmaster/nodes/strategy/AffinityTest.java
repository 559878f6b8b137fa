package io.yardmaster.nodes.strategy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The rules that keep a key at one node.
final class AffinityTest {
    private static final int KEYS = 20_000;
    private final RandomGenerator random = Table.random(1);

    static List<Named<Strategy>> hashing() {
        return List.of(
                Named.of("ip_hash", new IpHash()),
                Named.of("consistent_hash", new ConsistentHash(1.25, 100)));
    }

    private static int[] counts(int[] chosen, int nodes) {
        int[] counts = new int[nodes];
        Arrays.stream(chosen).forEach(i -> counts[i]++);
        return counts;
    }

    @ParameterizedTest
    @MethodSource("hashing")
    void node_that_leaves_takes_only_its_own_keys_along(Strategy strategy) {
        Table before = Table.of(12);
        int[] chosen = before.ofKeys(strategy, KEYS);
        Table after = Table.of(12);
        after.rows.remove(5);
        int[] then = after.ofKeys(strategy, KEYS);
        for (int key = 0; key < KEYS; key++) {
            if (chosen[key] != 5) {
                assertEquals(before.id(chosen[key]), after.id(then[key]), "key-" + key);
            }
        }
        // and they spread over all that stay, not over one neighbour
        int[] heirs = new int[11];
        for (int key = 0; key < KEYS; key++) {
            if (chosen[key] == 5) {
                heirs[then[key]]++;
            }
        }
        for (int heir : heirs) {
            assertTrue(heir > 90, () -> Arrays.toString(heirs));
        }
    }

    @ParameterizedTest
    @MethodSource("hashing")
    void node_that_comes_takes_its_part_and_moves_no_other_key(Strategy strategy) {
        Table before = Table.of(11);
        int[] chosen = before.ofKeys(strategy, KEYS);
        Table after = Table.of(12);
        int[] then = after.ofKeys(strategy, KEYS);
        int moved = 0;
        for (int key = 0; key < KEYS; key++) {
            if (then[key] == 11) {
                moved++;
            } else {
                assertEquals(chosen[key], then[key], "key-" + key);
            }
        }
        assertEquals(KEYS / 12.0, moved, 150);
    }

    @ParameterizedTest
    @MethodSource("hashing")
    void keys_are_spread_by_weight(Strategy strategy) {
        Table table = Table.of(3);
        table.row(0).weight = 2;
        table.row(2).weight = 0.5;
        int[] counts = counts(table.ofKeys(strategy, 35_000), 3);
        assertEquals(20_000, counts[0], 500);
        assertEquals(10_000, counts[1], 500);
        assertEquals(5_000, counts[2], 400);
    }

    @ParameterizedTest
    @MethodSource("hashing")
    void weight_that_changes_moves_only_that_nodes_keys(Strategy strategy) {
        Table table = Table.of(6);
        int[] before = table.ofKeys(strategy, KEYS);
        table.row(2).weight = 0.6;
        int[] after = table.ofKeys(strategy, KEYS);
        for (int key = 0; key < KEYS; key++) {
            assertTrue(before[key] == after[key] || before[key] == 2, "key-" + key);
        }
        assertTrue(counts(after, 6)[2] < counts(before, 6)[2]);
    }

    @ParameterizedTest
    @MethodSource("hashing")
    void unused_nodes_are_evenly_loaded(Strategy strategy) {
        int[] counts = counts(Table.of(12).ofKeys(strategy, KEYS), 12);
        int most = Arrays.stream(counts).max().orElseThrow();
        assertTrue(most < 1.08 * KEYS / 12, () -> Arrays.toString(counts));
    }

    @ParameterizedTest
    @MethodSource("hashing")
    void replicas_of_any_start_and_machine_choose_alike(Strategy strategy) {
        Table table = Table.of(7);
        table.row(3).weight = 2.5;
        int[] chosen = table.ofKeys(strategy, 40);
        // Golden: whoever changes this moves every user's sessions on the day of the update.
        assertArrayEquals(GOLDEN, chosen, () -> Arrays.toString(chosen));
    }

    private static final int[] GOLDEN = {
        1, 3, 3, 5, 6, 3, 3, 0, 0, 1, 3, 6, 3, 4, 3, 0, 6, 2, 3, 4, 2, 3, 3, 5, 3, 5, 0, 3, 4, 3, 6,
        3, 0, 3, 3, 5, 3, 1, 3, 5
    };

    @ParameterizedTest
    @MethodSource("hashing")
    void single_failure_moves_no_key_and_a_node_that_only_fails_loses_nearly_all(
            Strategy strategy) {
        Table table = Table.of(4);
        int[] before = table.ofKeys(strategy, KEYS);
        table.row(1).errorRate = 0.2;
        assertArrayEquals(before, table.ofKeys(strategy, KEYS));
        table.row(1).errorRate = 1;
        int[] after = table.ofKeys(strategy, KEYS);
        assertTrue(counts(after, 4)[1] < 100, "of 20,000: " + counts(after, 4)[1]);
        for (int key = 0; key < KEYS; key++) {
            assertTrue(before[key] == after[key] || before[key] == 1, "key-" + key);
        }
    }

    @ParameterizedTest
    @MethodSource("hashing")
    void node_that_returns_takes_its_keys_back_by_and_by(Strategy strategy) {
        Table table = Table.of(4);
        int[] whole = table.ofKeys(strategy, KEYS);
        int last = 0;
        for (double slowStart : new double[] {0.1, 0.4, 0.8}) {
            table.row(1).slowStart = slowStart;
            int[] now = table.ofKeys(strategy, KEYS);
            int own = counts(now, 4)[1];
            assertTrue(own > last && own < 1.15 * slowStart * KEYS / 3, own + " at " + slowStart);
            last = own;
            for (int key = 0; key < KEYS; key++) {
                assertTrue(now[key] == whole[key] || whole[key] == 1, "key-" + key);
            }
        }
    }

    @Test
    void addresses_do_not_collide_as_their_sum_of_octets_would() {
        Table table = Table.of(50);
        Set<Integer> met = new HashSet<>();
        // all of these have the same sum
        for (int n = 0; n < 100; n++) {
            String address = "10.%d.%d.7".formatted(n, 100 - n);
            met.add(table.ofAddress(new IpHash(), address));
        }
        assertTrue(met.size() > 35, "nodes met: " + met.size());
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8::1, 2001:0DB8:0:0:0:0:0:1",
        "2001:db8::1, 2001:db8:0::1",
        "2001:db8::1, 2001:db8:0:0::1",
        "::, 0:0:0:0:0:0:0:0",
        "1::, 1:0:0:0:0:0:0:0",
        "::1, 0:0:0:0:0:0:0:1",
        "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
        "1:2:3:4:5::8, 1:2:3:4:5:0:0:8",
        "fe80::1%eth0, fe80::1",
        "::ffff:192.0.2.7, 192.0.2.7",
        "::ffff:c000:207, 192.0.2.7",
        "64:ff9b::192.0.2.7, 64:ff9b::c000:207",
    })
    void address_keeps_its_node_however_it_is_spelt(String one, String other) {
        assertEquals(ClientAddress.hash(one), ClientAddress.hash(other));
    }

    @Test
    void addresses_that_differ_anywhere_differ_in_their_hash() {
        List<String> addresses =
                List.of(
                        "192.0.2.7",
                        "192.0.2.8",
                        "192.0.7.2",
                        "2001:db8::1",
                        "2001:db8:1::",
                        "2001:db8:0:1::",
                        "::1",
                        "1::",
                        "1:2:3:4:5:6:7:8",
                        "8:7:6:5:4:3:2:1",
                        "256.1.1.1",
                        "1.2.3",
                        "1.2.3.4.5",
                        "1:::2",
                        "1::2::3",
                        "1:2:",
                        "12345::",
                        "1:2:3:4:5:6:7:8:9",
                        "somebody");
        long hashes = addresses.stream().map(ClientAddress::hash).distinct().count();
        assertEquals(addresses.size(), hashes);
    }

    @Test
    void address_decides_before_the_key_or_after_it_as_the_name_says() {
        Key both = new Key("user-8", "192.0.2.7", null, null);
        Table table = Table.of(64);
        Strategy ip = new IpHash();
        Strategy key = new ConsistentHash(1.25, 100);
        int ofAddress = ip.choose(table, Key.from("192.0.2.7"), random);
        int ofKey = key.choose(table, Key.of("user-8"), random);
        assertNotEquals(ofAddress, ofKey);
        assertEquals(ofAddress, ip.choose(table, both, random));
        assertEquals(ofKey, key.choose(table, both, random));
        assertEquals(ofKey, ip.choose(table, Key.of("user-8"), random));
        assertEquals(ofAddress, key.choose(table, Key.from("192.0.2.7"), random));
    }

    @Test
    void loaded_node_keeps_its_addresses_as_ip_hash_has_no_bound() {
        Table table = Table.of(4);
        int own = table.ofAddress(new IpHash(), "192.0.2.7");
        table.row(own).inFlight = 90;
        assertEquals(own, table.ofAddress(new IpHash(), "192.0.2.7"));
    }

    @Test
    void one_hot_key_loads_its_node_to_the_bound_and_no_further() {
        Table table = Table.of(8);
        ConsistentHash strategy = new ConsistentHash(1.25, 100);
        for (int n = 1; n <= 400; n++) {
            int chosen = strategy.choose(table, Key.of("hot"), random);
            table.row(chosen).inFlight++;
            int most = table.rows.stream().mapToInt(row -> row.inFlight).max().orElseThrow();
            double bound = Math.max(table.row(0).freeCores, Math.ceil(1.25 * n / 8));
            assertTrue(most <= bound, most + " of " + n);
        }
    }

    @Test
    void bound_goes_by_weight() {
        Table table = Table.of(2);
        table.row(0).weight = 3;
        table.row(0).freeCores = 1;
        table.row(1).freeCores = 1;
        ConsistentHash strategy = new ConsistentHash(1, 100);
        for (int n = 0; n < 400; n++) {
            table.row(strategy.choose(table, Key.of("hot"), random)).inFlight++;
        }
        assertEquals(300, table.row(0).inFlight, 1);
    }

    @Test
    void bound_counts_what_all_replicas_have_there() {
        Table table = Table.of(4);
        table.rows.forEach(row -> row.freeCores = 1);
        ConsistentHash strategy = new ConsistentHash(1.25, 100);
        int own = strategy.choose(table, Key.of("hot"), random);
        table.rows.forEach(row -> row.inFlight = 4);
        table.row(own).inFlight = 6;
        assertNotEquals(own, strategy.choose(table, Key.of("hot"), random));
        table.row(own).inFlight = 5;
        assertEquals(own, strategy.choose(table, Key.of("hot"), random));
    }

    @Test
    void overflow_of_a_hot_key_spreads_and_comes_back() {
        Table table = Table.of(6);
        ConsistentHash strategy = new ConsistentHash(1.25, 100);
        int own = strategy.choose(table, Key.of("hot"), random);
        table.row(own).inFlight = 40;
        int next = strategy.choose(table, Key.of("hot"), random);
        assertNotEquals(own, next);
        // other keys of the same node overflow to other nodes: no cascade down one neighbour
        Set<Integer> heirs = new HashSet<>();
        for (int key = 0; key < 2000; key++) {
            table.row(own).inFlight = 0;
            int home = strategy.choose(table, Key.of("key-" + key), random);
            table.row(own).inFlight = 40;
            if (home == own) {
                heirs.add(strategy.choose(table, Key.of("key-" + key), random));
            }
        }
        assertEquals(5, heirs.size());
        table.row(own).inFlight = 0;
        assertEquals(own, strategy.choose(table, Key.of("hot"), random));
    }

    @Test
    void few_requests_at_once_of_one_browser_stay_together() {
        Table table = Table.of(12);
        table.rows.forEach(row -> row.freeCores = 1); // nobody reports
        ConsistentHash strategy = new ConsistentHash(1.25, 100);
        int own = strategy.choose(table, Key.of("user-7"), random);
        table.row(own).inFlight = 3; // 1.25 · 4 / 12 alone would allow just the one
        assertEquals(own, strategy.choose(table, Key.of("user-7"), random));
        table.row(own).inFlight = 4;
        assertNotEquals(own, strategy.choose(table, Key.of("user-7"), random));
        table.row(own).freeCores = 8;
        assertEquals(own, strategy.choose(table, Key.of("user-7"), random), "has idle cores");
    }

    @Test
    void every_key_has_a_node_however_full_all_are() {
        for (int inFlight : new int[] {0, 1, 5, 1000}) {
            Table table = Table.of(5);
            table.rows.forEach(row -> {
                row.inFlight = inFlight;
                row.freeCores = 0.2;
            });
            int[] chosen = table.ofKeys(new ConsistentHash(1, 1), 1000);
            assertTrue(Arrays.stream(chosen).allMatch(i -> i >= 0), "at " + inFlight);
        }
    }

    @Test
    void zipf_keys_keep_to_their_nodes_at_seventy_percent_load() {
        Table table = Table.of(12);
        ConsistentHash strategy = new ConsistentHash(1.25, 100);
        double[] upTo = new double[10_000];
        double sum = 0;
        for (int rank = 0; rank < upTo.length; rank++) {
            sum += 1 / Math.pow(rank + 1, 1.1);
            upTo[rank] = sum;
        }
        int[] inFlight = new int[34]; // of 48 cores; each is replaced as it ends
        int kept = 0;
        double worst = 0;
        for (int n = 0; n < 50_000; n++) {
            int at = n % inFlight.length;
            if (n >= inFlight.length) {
                table.row(inFlight[at]).inFlight--;
            }
            int rank = Arrays.binarySearch(upTo, random.nextDouble() * sum);
            Key key = Key.of("key-" + (rank < 0 ? -rank - 1 : rank));
            int home = Table.of(12).ofKey(strategy, key);
            int chosen = strategy.choose(table, key, random);
            kept += chosen == home ? 1 : 0;
            table.row(chosen).inFlight++;
            inFlight[at] = chosen;
            worst = Math.max(worst, table.row(chosen).inFlight);
        }
        assertTrue(worst <= Math.ceil(1.25 * 34 / 12), "most in flight: " + worst);
        assertTrue(kept > 0.55 * 50_000, "kept: " + kept);
    }

    @Test
    void virtual_nodes_are_the_grain_of_weights() {
        Table table = Table.of(2);
        table.row(1).weight = 0.3;
        // one point each: a weight below 1 rounds up to it
        int[] coarse = counts(table.ofKeys(new ConsistentHash(1.25, 1), 10_000), 2);
        assertEquals(5000, coarse[1], 200);
        int[] fine = counts(table.ofKeys(new ConsistentHash(1.25, 100), 13_000), 2);
        assertEquals(3000, fine[1], 200);
    }

    @Test
    void settings_out_of_range_are_refused_by_name() {
        assertThrows(IllegalArgumentException.class, () -> new ConsistentHash(0.9, 100));
        assertThrows(IllegalArgumentException.class, () -> new ConsistentHash(Double.NaN, 100));
        assertThrows(IllegalArgumentException.class, () -> new ConsistentHash(1.25, 0));
        assertThrows(IllegalArgumentException.class, () -> new ConsistentHash(1.25, 1001));
    }

    @Test
    void closed_form_is_the_best_of_that_many_points() {
        // the same odds by brute force: 3 points against 1
        int won = 0;
        for (int n = 0; n < 40_000; n++) {
            double best =
                    IntStream.range(0, 3).mapToDouble(i -> random.nextDouble()).max().orElse(0);
            won += best > random.nextDouble() ? 1 : 0;
        }
        Table table = Table.of(2);
        table.row(0).weight = 3;
        int[] counts = counts(table.ofKeys(new ConsistentHash(1.25, 1), 40_000), 2);
        assertEquals(won, counts[0], 600);
    }
}
