package io.yardmaster.dispatcher.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.yardmaster.dispatcher.chaos.Checker.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each planted defect is found, in a scenario in which the product as it is does nothing wrong.
/// Here a few; all of them with `scripts/chaos --mutants` (`-Dchaos.mutants=all`).
class MutantsIT {
    static Stream<Mutant> mutants() {
        boolean all = System.getProperty("chaos.mutants", "").equals("all");
        return Mutant.all().stream().filter(mutant -> all || mutant.everyday());
    }

    /// Those that are seldom played must not rot when the code they change moves on.
    @Test
    void every_defect_can_still_be_planted(@TempDir Path directory) throws IOException {
        for (Mutant mutant : Mutant.all()) {
            mutant.defect().plant(Files.createTempDirectory(directory, "defect"));
        }
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void a_planted_defect_is_found_and_nothing_else(Mutant mutant, @TempDir Path directory)
            throws IOException, InterruptedException {
        long began = System.nanoTime();
        Path classes = mutant.defect().plant(directory);
        List<Violation> found = mutant.scenario().play(Optional.of(classes));
        assertFalse(found.isEmpty(), mutant + ": survived");
        System.out.printf("%s: %s%n", mutant, found.getFirst());
        assertEquals(List.of(), mutant.scenario().play(Optional.empty()), "without the defect");
        System.out.printf("    (%.0f s)%n", ChaosRun.seconds(System.nanoTime() - began));
    }
}
