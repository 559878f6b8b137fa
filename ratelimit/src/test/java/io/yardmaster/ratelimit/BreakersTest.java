package io.yardmaster.ratelimit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BreakersTest {

    private static final RandomGenerator NO_JITTER = () -> 1L << 63;
    private static final List<String> NODES = List.of("a", "b", "c", "d", "e");

    private final TestClock clock = new TestClock();
    private final Breakers breakers =
            new Breakers(BreakerConfig.DEFAULTS, clock, NO_JITTER, (_, _, _, _) -> {});

    private Permit admitted(String node) {
        return assertInstanceOf(Admission.Admitted.class, breakers.acquire("default", node))
                .permit();
    }

    private void open(String node) {
        for (int i = 0; i < 10; i++) {
            admitted(node).failed();
        }
        clock.pass(Duration.ofSeconds(1));
    }

    @Test
    void failing_node_is_ejected_for_its_service_only() {
        open("b");
        assertEquals(Set.of("b"), breakers.ejected("default", NODES));
        assertEquals(Set.of(), breakers.ejected("other", NODES));
    }

    @Test
    void at_most_half_are_ejected_and_those_open_the_longest_already_are_let_through() {
        for (String node : List.of("c", "a", "e", "b")) {
            open(node);
        }
        assertEquals(Set.of("b", "e"), breakers.ejected("default", NODES));
        assertFalse(admitted("c").trial());
        admitted("c").succeeded();
        assertEquals("open", breakers.state("default", "c").name());
        assertInstanceOf(Admission.Refused.class, breakers.acquire("default", "b"));
    }

    @Test
    void only_node_of_a_service_is_never_ejected() {
        open("a");
        assertEquals(Set.of(), breakers.ejected("default", List.of("a")));
        admitted("a").ignored();
    }

    @Test
    void node_is_held_back_again_when_the_panic_is_over() {
        open("a");
        open("b");
        breakers.ejected("default", List.of("a", "b"));
        admitted("a").ignored();
        breakers.ejected("default", NODES);
        assertInstanceOf(Admission.Refused.class, breakers.acquire("default", "a"));
    }

    @Test
    void service_with_own_rules_goes_by_them_until_it_uses_the_defaults_again() {
        breakers.configure(
                "default",
                new BreakerConfig(0.5, 1, Duration.ofSeconds(10), Duration.ofSeconds(30), 1, 0));
        admitted("a").failed();
        assertEquals("open", breakers.state("default", "a").name());
        breakers.useDefaults("default");
        admitted("b").failed();
        assertEquals("closed", breakers.state("default", "b").name());
    }

    @Test
    void list_names_every_breaker_and_a_removed_node_begins_closed() {
        open("b");
        admitted("a").succeeded();
        assertEquals(
                List.of("a closed", "b open"),
                breakers.list().stream().map(e -> e.node() + " " + e.state().name()).toList());
        breakers.forgetNode("b");
        assertEquals("closed", breakers.state("default", "b").name());
    }

    @Test
    void ten_thousand_breakers_are_remembered_and_no_more() {
        for (int i = 0; i < Breakers.MAX_BREAKERS + 5; i++) {
            breakers.state("default", "node-" + i);
        }
        assertEquals(Breakers.MAX_BREAKERS, breakers.list().size());
    }

    @Test
    void time_until_the_next_trial_is_known_and_asking_takes_none() {
        assertEquals(Duration.ZERO, breakers.untilTrial("default", "a"));
        open("a"); // and a second has passed
        assertEquals(Duration.ofSeconds(29), breakers.untilTrial("default", "a"));
        clock.pass(Duration.ofSeconds(29));
        assertEquals(Duration.ZERO, breakers.untilTrial("default", "a"));
        for (int i = 0; i < BreakerConfig.DEFAULTS.halfOpenRequests(); i++) {
            assertInstanceOf(
                    Admission.Admitted.class,
                    breakers.acquire("default", "a", Duration.ofSeconds(7)));
        }
        assertEquals("half-open", breakers.state("default", "a").name());
        assertEquals(Duration.ofSeconds(7), breakers.untilTrial("default", "a"));
    }
}
