package io.yardmaster.bench.simulate.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class RunTest {
    private static String played(int parallel) {
        List<Section> sections = new ArrayList<>();
        try (Run run = new Run(parallel, Run.Effort.QUICK, line -> {})) {
            for (Scenario scenario : Scenario.named(List.of("prio", "sticky", "storm"))) {
                sections.add(scenario.run(run));
            }
        }
        return Report.json(sections).toString();
    }

    @Test
    void figures_do_not_depend_on_how_many_threads_there_are() {
        assertEquals(played(1), played(4));
    }

    @Test
    void failure_of_one_run_is_thrown_with_its_place() {
        try (Run run = new Run(2, Run.Effort.QUICK, line -> {})) {
            List<Callable<Integer>> cells =
                    List.of(
                            () -> 1,
                            () -> {
                                throw new IllegalStateException("broken");
                            });
            Exception thrown =
                    assertThrows(IllegalStateException.class, () -> run.all("sink", cells));
            assertTrue(
                    String.valueOf(thrown.getMessage()).contains("sink: run 1"),
                    thrown.getMessage());
        }
    }

    @Test
    void unknown_scenario_is_refused_with_those_there_are() {
        Exception thrown =
                assertThrows(IllegalArgumentException.class, () -> Scenario.named(List.of("hc13")));
        assertTrue(
                String.valueOf(thrown.getMessage()).contains("hc12, p100, l11"),
                thrown.getMessage());
    }

    @Test
    void work_that_is_drawn_again_below_zero_has_the_mean_of_the_paper() {
        assertEquals(1.288, Normal.meanAboveZero(1, 1), .0005);
        assertEquals(10, Normal.meanAboveZero(10, 1), 1e-6);
    }
}
