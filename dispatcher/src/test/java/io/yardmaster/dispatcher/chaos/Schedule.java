package io.yardmaster.dispatcher.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/// Which faults come, in which order, at whom and for how long: drawn from the seed alone, so that
/// the same seed gives the same schedule.
///
/// Every fault comes once before any comes again. One in four brings a second one of another family
/// along.
record Schedule(long seed, List<Step> steps) {
    private static final Duration SHORTEST_GAP = Duration.ofMillis(500);
    private static final int MOST_STEPS = 10_000;

    /// Faults that are on at the same time, and the pause before them.
    record Step(List<Part> parts, Duration gap) {
        String name() {
            return String.join("+", parts.stream().map(part -> part.fault().name()).toList());
        }
    }

    record Part(Fault fault, int target, Duration length) {}

    /// @param faults to draw from, at least one
    /// @param together whether two may come together
    static Schedule draw(long seed, List<Fault> faults, boolean together) {
        return draw(seed, faults, together, MOST_STEPS);
    }

    static Schedule draw(long seed, List<Fault> faults, boolean together, int steps) {
        Random random = new Random(seed);
        List<Step> drawn = new ArrayList<>();
        List<Fault> deck = new ArrayList<>();
        while (drawn.size() < steps) {
            if (deck.isEmpty()) {
                deck.addAll(faults);
                Collections.shuffle(deck, random);
            }
            Fault first = deck.removeLast();
            List<Part> parts = new ArrayList<>(List.of(part(first, random)));
            boolean second = random.nextInt(4) == 0;
            int which = random.nextInt(faults.size());
            if (together && second) {
                Fault other = faults.get(which);
                if (other.family() != first.family()) {
                    parts.add(part(other, random));
                }
            }
            drawn.add(new Step(parts, SHORTEST_GAP.plusMillis(random.nextInt(1_500))));
        }
        return new Schedule(seed, List.copyOf(drawn));
    }

    private static Part part(Fault fault, Random random) {
        long range = fault.longest().minus(fault.shortest()).toMillis();
        return new Part(
                fault,
                random.nextInt(100),
                fault.shortest().plusMillis((long) (random.nextDouble() * (double) range)));
    }
}
