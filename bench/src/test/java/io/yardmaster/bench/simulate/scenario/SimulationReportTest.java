package io.yardmaster.bench.simulate.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.bench.simulate.scenario.Section.Check;
import io.yardmaster.bench.simulate.scenario.Section.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Plays all scenarios once, compares the report with the committed one, and holds the simulator
/// and the product to what is expected of them.
///
/// After a change of a rule: `mvn test -pl bench -am -Dtest=SimulationReportTest
/// -Dsimulation.write=true -Dsurefire.failIfNoSpecifiedTests=false`, or `scripts/yardmaster
/// simulate --write docs/simulation.md`; the difference belongs to the change.
class SimulationReportTest {
    private static final Path PAGE = Path.of("../docs/simulation.md");
    private static List<Section> sections = List.of();

    @BeforeAll
    static void simulate() {
        List<Section> played = new ArrayList<>();
        int parallel = Runtime.getRuntime().availableProcessors();
        try (Run run = new Run(parallel, Run.Effort.FULL, line -> {})) {
            Scenario.ALL.forEach(scenario -> played.add(scenario.run(run)));
        }
        sections = List.copyOf(played);
    }

    @Test
    void committed_report_is_what_the_simulator_prints() throws IOException {
        String report = Report.document(sections);
        if (Boolean.getBoolean("simulation.write")) {
            Files.writeString(PAGE, report);
        }
        assertEquals(
                Files.readString(PAGE),
                report,
                "a rule or the simulator has changed: write docs/simulation.md again, see above");
    }

    @Test
    void simulator_reproduces_prequals_table() {
        expect("p100", check -> true);
    }

    @Test
    void simulator_reproduces_linkerds_comparison() {
        expect("l11", check -> true);
    }

    @Test
    void simulator_reproduces_the_published_home_cloud() {
        expect("hc12", check -> check.subject() == Subject.SIMULATOR);
    }

    @Test
    void home_cloud_is_served_as_well_as_promised() {
        expect("hc12", check -> check.subject() == Subject.PRODUCT);
    }

    @Test
    void machine_that_fails_a_third_of_its_requests_costs_next_to_nothing() {
        expect("sink", check -> true);
    }

    @Test
    void returning_machine_is_not_overrun() {
        expect("rejoin", check -> true);
    }

    @Test
    void storm_of_failures_is_not_made_worse_by_retries() {
        expect("storm", check -> true);
    }

    @Test
    void keys_stay_where_they_were() {
        expect("sticky", check -> true);
    }

    @Test
    void critical_requests_do_not_notice_an_overload() {
        expect("prio", check -> true);
    }

    @Test
    void region_is_left_only_when_it_is_full() {
        expect("geo", check -> true);
    }

    private static void expect(String scenario, Predicate<Check> which) {
        Section section =
                sections.stream()
                        .filter(one -> one.name().equals(scenario))
                        .findFirst()
                        .orElseThrow();
        List<Check> checks =
                section.checks().stream()
                        .filter(check -> check.subject() != Subject.TARGET)
                        .filter(which)
                        .toList();
        assertTrue(!checks.isEmpty(), "checks of " + scenario);
        List<Check> missed = checks.stream().filter(check -> !check.passed()).toList();
        assertTrue(missed.isEmpty(), () -> "not reached: " + missed);
    }
}
