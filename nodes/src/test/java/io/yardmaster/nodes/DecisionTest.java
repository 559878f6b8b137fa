package io.yardmaster.nodes;

import static io.yardmaster.nodes.FakeSource.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.nodes.Decision.LeftOut;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class DecisionTest {
    private final FakeSource source = new FakeSource();
    private long now = 1_000_000_000_000L;
    private final Nodes nodes =
            new Nodes(
                    source,
                    NodesConfig.defaults(),
                    () -> now,
                    RandomGeneratorFactory.of("L64X128MixRandom").create(5),
                    NodeListener.NONE);

    private Pass choose() {
        Choice choice = nodes.choose("default", ChoiceRequest.ANY);
        return assertInstanceOf(Choice.Chosen.class, choice, choice.toString()).pass();
    }

    private Decision decided() {
        return choose().decision().orElseThrow();
    }

    private static double compared(Explanation candidate) {
        return candidate.terms().values().stream().reduce((_, last) -> last).orElseThrow();
    }

    /// Nodes that answer in so many ms each, known to the strategy.
    private void measured(int... millis) {
        for (int i = 0; i < millis.length; i++) {
            source.put(node("n" + i, 10));
        }
        nodes.refresh();
        for (int turn = 0; turn < 10 * millis.length; turn++) {
            Pass pass = choose();
            now += 100_000_000;
            int number = Integer.parseInt(pass.node().id().substring(1));
            pass.succeeded(Duration.ofMillis(millis[number]));
        }
    }

    @Test
    void chosen_node_comes_first_and_the_others_from_best_to_worst() {
        source.strategy("default", "least_connections");
        measured(10, 10, 10);
        choose();
        choose();
        nodes.sampleDecisions(1);
        Pass pass = choose();
        Decision decision = pass.decision().orElseThrow();
        assertEquals("least_connections", decision.strategy());
        assertNull(decision.note());
        assertEquals(3, decision.of());
        List<Explanation> candidates = decision.candidates();
        assertEquals(pass.node().id(), candidates.getFirst().node());
        assertEquals(1, compared(candidates.get(0)), "as it stood before it got this one");
        assertEquals(2, compared(candidates.get(1)));
        assertEquals(2, compared(candidates.get(2)));
        assertEquals("cost", List.copyOf(candidates.getFirst().terms().keySet()).getLast());
    }

    @Test
    void share_is_better_when_larger() {
        source.strategy("default", "weighted_response");
        measured(1, 100, 10);
        nodes.sampleDecisions(1);
        List<Explanation> others = decided().candidates();
        assertTrue(compared(others.get(1)) >= compared(others.get(2)), others.toString());
    }

    @Test
    void nodes_that_were_left_out_are_told_by_reason() {
        nodes.sampleDecisions(1);
        source.put(node("busy", 1))
                .put(node("desk", 1).withDraining(true))
                .put(node("ill", 1))
                .put(node("worse", 1))
                .put(node("nuc", 5));
        nodes.refresh();
        for (String id : List.of("ill", "worse")) {
            nodes.checked(source.get(id), false);
        }
        while (!choose().node().id().equals("busy")) {
            // until the only slot of that one is taken
        }
        Decision decision = decided();
        assertEquals("nuc", decision.candidates().getFirst().node());
        assertEquals(1, decision.of());
        assertEquals(
                List.of(
                        new LeftOut("busy", List.of("busy"), 1),
                        new LeftOut("draining", List.of("desk"), 1),
                        new LeftOut("unhealthy", List.of("ill", "worse"), 2)),
                decision.leftOut());
    }

    @Test
    void backup_that_serves_says_that_no_other_could() {
        nodes.sampleDecisions(1);
        source.put(node("spare", 1, true, java.util.Map.of())).put(node("nuc", 1));
        nodes.refresh();
        Decision usual = decided();
        assertEquals("nuc", usual.candidates().getFirst().node());
        assertEquals(
                List.of(new LeftOut("backup, and others can serve", List.of("spare"), 1)),
                usual.leftOut());
        nodes.checked(source.get("nuc"), false);
        nodes.checked(source.get("nuc"), false);
        Decision rare = decided();
        assertEquals("spare", rare.candidates().getFirst().node());
        assertEquals("only backup nodes could serve", rare.note());
    }

    private Decision decided(String preferred) {
        ChoiceRequest request =
                new ChoiceRequest(
                        Map.of(), null, null, null, null, preferred, Set.of(), node -> true);
        Choice choice = nodes.choose("default", request);
        return assertInstanceOf(Choice.Chosen.class, choice, choice.toString())
                .pass()
                .decision()
                .orElseThrow();
    }

    @Test
    void affinity_that_decided_says_so_and_so_does_one_that_could_not() {
        nodes.sampleDecisions(1);
        source.put(node("desk", 1)).put(node("nuc", 5));
        source.services.put(
                "default",
                new ServiceSettings(
                        "adaptive", null, null, Map.of(), ServiceSettings.Sticky.COOKIE));
        nodes.refresh();
        Decision kept = decided("desk");
        assertEquals("desk", kept.candidates().getFirst().node());
        assertEquals("the caller's cookie names it", kept.note());
        Decision full = decided("desk");
        assertEquals("nuc", full.candidates().getFirst().node());
        assertEquals("the node of the caller's cookie could not serve", full.note());
        assertNull(decided().note());
    }

    @Test
    void decision_of_a_hundred_nodes_stays_small() {
        nodes.sampleDecisions(1);
        for (int i = 0; i < 100; i++) {
            source.put(node("n" + (100 + i), 1).withDraining(i % 4 == 0));
        }
        nodes.refresh();
        Decision decision = decided();
        assertEquals(75, decision.of());
        assertEquals(Decision.MOST_CANDIDATES, decision.candidates().size());
        assertEquals(
                List.of(new LeftOut("draining", List.of("n100", "n104", "n108", "n112"), 25)),
                decision.leftOut());
    }

    @Test
    void only_sampled_choices_carry_a_decision() {
        source.put(node("nuc", 1000));
        nodes.refresh();
        assertEquals(Optional.empty(), choose().decision(), "off until it is asked for");
        nodes.sampleDecisions(1);
        int carried = 0;
        for (int i = 0; i < 100; i++) {
            carried += choose().decision().isPresent() ? 1 : 0;
        }
        assertEquals(10, carried, "ten seconds' worth");
    }
}
