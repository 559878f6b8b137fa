package io.yardmaster.bench.simulate.baseline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.bench.simulate.Balancer.Ending;
import io.yardmaster.bench.simulate.Balancer.MachineReport;
import io.yardmaster.bench.simulate.Job;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The baselines against the figures that their sources give.
class BaselinesTest {
    private static Probing.Config probes(double probes, double removals) {
        return new Probing.Config(Probing.Rule.HOT_COLD, 16, probes, removals, .84, 16);
    }

    private static Job job() {
        return Job.probe(Job.Mark.NONE, 0);
    }

    @Test
    void prequal_reuses_probes_as_often_as_its_paper_says() {
        assertEquals(1.32, Probing.reuse(probes(3, 1), 100), .005);
        assertEquals(3.39, Probing.reuse(probes(1, .25), 100), .005);
        assertEquals(11.8, Probing.reuse(probes(.5, .25), 100), .05);
    }

    @Test
    void prequal_in_a_small_fleet_does_not_reuse_probes_without_end() {
        assertEquals(16, Probing.reuse(Probing.Config.small(Probing.Rule.HOT_COLD), 12));
        assertEquals(16, Probing.reuse(probes(3, 1), 12));
    }

    @Test
    void prequal_takes_the_quickest_of_the_cold_and_the_emptiest_when_all_are_hot() {
        Bench bench = new Bench(3);
        bench.inFlight[0] = 1;
        bench.latency[0] = .5;
        bench.inFlight[1] = 2;
        bench.latency[1] = .1;
        bench.inFlight[2] = 50;
        bench.latency[2] = .01;
        var config = new Probing.Config(Probing.Rule.HOT_COLD, 3, 3, 0, .5, 1);
        Probing rule = new Probing(bench, config);
        rule.choose(job()); // draws at random, and probes all three
        // half of what was seen is at most 2 in flight: 50 is hot, and of the cold 1 is quicker
        assertEquals(1, rule.choose(job()));
        Probing onlyCounts =
                new Probing(bench, new Probing.Config(Probing.Rule.HOT_COLD, 3, 3, 0, 0, 1));
        onlyCounts.choose(job());
        assertEquals(0, onlyCounts.choose(job()));
    }

    @Test
    void static_stride_gives_grpcs_sequence() {
        // from the second generation on, where gRPC's own test enters the cycle
        Weights weights = new Weights(new double[] {2, 3, 6}, 6);
        List<Integer> picks = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            picks.add(weights.next());
        }
        assertEquals(List.of(0, 1, 2, 2, 1, 2, 0, 2, 1, 2, 2), picks);
    }

    @Test
    void machine_without_a_weight_gets_the_mean_and_extremes_are_clamped() {
        assertEquals(List.of(500, 500, 500, 500), counts(new double[] {0, 5, 5, 5}, 2000));
        List<Integer> clamped = counts(new double[] {1, 1, 1, 1_000_000}, 4000);
        assertTrue(clamped.getFirst() > 90, "share of the least: " + clamped);
    }

    private static List<Integer> counts(double[] shares, int picks) {
        Weights weights = new Weights(shares, 0);
        Integer[] counts = new Integer[shares.length];
        java.util.Arrays.fill(counts, 0);
        for (int i = 0; i < picks; i++) {
            counts[weights.next()]++;
        }
        return List.of(counts);
    }

    @Test
    void weight_by_utilisation_is_requests_for_each_share_of_use() {
        ReportedWeights rule = new ReportedWeights(new Bench(2));
        rule.reported(new MachineReport(0, 10, 1, 4, .5, .5, 100));
        assertEquals(0, rule.weight(0), "in its blackout");
        rule.reported(new MachineReport(0, 20, 1, 4, .5, .5, 100));
        assertEquals(200, rule.weight(0));
    }

    @Test
    void peak_ewma_believes_a_bad_latency_at_once_and_forgets_it_slowly() {
        Bench bench = new Bench(2);
        PeakEwma rule = new PeakEwma(bench);
        rule.choose(job());
        Job job = Job.probe(Job.Mark.NONE, 0);
        rule.sent(at(job));
        rule.ended(at(job), Ending.SERVED, 2);
        assertEquals(2, rule.cost(0));
        bench.now = 10;
        rule.sent(at(job));
        rule.ended(at(job), Ending.SERVED, .1);
        double kept = Math.exp(-1);
        assertEquals(2 * kept + .1 * (1 - kept), rule.cost(0), 1e-9);
    }

    private static Job at(Job job) {
        return job.atMachine(0);
    }

    @Test
    void seed_hardly_tells_a_machine_that_is_ten_times_slower() {
        SeedWeights rule = new SeedWeights(new Bench(2));
        rule.ended(job().atMachine(0), Ending.SERVED, .05);
        rule.ended(job().atMachine(1), Ending.SERVED, .5);
        assertEquals(.952, rule.weight(0), .001);
        assertEquals(.667, rule.weight(1), .001);
    }

    @Test
    void highest_score_sends_everything_to_one_machine_until_the_next_report() {
        HighestScore rule = new HighestScore(new Bench(3));
        rule.reported(new MachineReport(0, 1, 4, 4, .9, 1, 1));
        rule.reported(new MachineReport(1, 1, 0, 4, .1, 0, 1));
        rule.reported(new MachineReport(2, 1, 2, 4, .5, 0, 1));
        for (int i = 0; i < 100; i++) {
            assertEquals(1, rule.choose(job()));
        }
    }

    @Test
    void least_loaded_goes_where_it_has_fewest_and_draws_among_equals() {
        LeastLoaded rule = new LeastLoaded(new Bench(3), LeastLoaded.Rule.ALL);
        rule.sent(job().atMachine(0));
        int first = rule.choose(job());
        assertNotEquals(0, first);
        rule.sent(job().atMachine(first));
        assertEquals(3 - first, rule.choose(job()));
    }
}
