package io.yardmaster.dispatcher.chaos;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// `scripts/chaos`: the long form of the fault suite.
final class ChaosMain {
    private ChaosMain() {}

    /// @param arguments `mutants`, `failover`, `list`, or: minutes, seed, names of faults
    ///   (comma-separated, empty: all), `json` or `table`
    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.exit(
                switch (arguments[0]) {
                    case "mutants" -> mutants(arguments.length > 1 ? arguments[1] : "");
                    case "list" -> list();
                    case "failover" -> failover();
                    default -> faults(arguments);
                });
    }

    private static int failover() throws IOException, InterruptedException {
        List<Checker.Violation> violations = new FailoverRun(System.out).run();
        violations.stream().limit(20).forEach(System.out::println);
        System.out.printf("chaos: failover: %d violations%n", violations.size());
        return violations.isEmpty() ? 0 : 1;
    }

    private static int list() {
        Faults.all().forEach(fault -> System.out.println(fault.name()));
        return 0;
    }

    private static int faults(String[] arguments) throws IOException, InterruptedException {
        Duration length = Duration.ofSeconds((long) (60 * Double.parseDouble(arguments[0])));
        long seed = Long.parseLong(arguments[1]);
        List<Fault> faults;
        try {
            faults =
                    arguments[2].isEmpty()
                            ? Faults.all()
                            : List.of(arguments[2].split(",", -1)).stream()
                                    .map(Faults::named)
                                    .toList();
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            return 2;
        }
        ChaosRun run =
                new ChaosRun(Schedule.draw(seed, faults, faults.size() > 1), length, System.out);
        // whoever stops it finds no processes, mounts or namespaces of ours afterwards
        Runtime.getRuntime().addShutdownHook(new Thread(run::close, "clean-up"));
        ChaosRun.Result result = run.run();
        ChaosRun.print(result, System.out);
        if (arguments[3].equals("json")) {
            System.out.println(json(result));
        }
        return result.passed() ? 0 : 1;
    }

    private static ObjectNode json(ChaosRun.Result result) {
        Evidence evidence = result.evidence();
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("seed", result.seed());
        json.put("passed", result.passed());
        json.put("accepted", Tally.ids(evidence, Kind.OK).size());
        json.put("refused", Tally.ids(evidence, Kind.FAIL).size());
        json.put("unknown", Tally.ids(evidence, Kind.UNKNOWN).size());
        json.put("recovered", Tally.recovered(evidence));
        json.put("sends", evidence.sends().size());
        ObjectNode again = json.putObject("sendsAgain");
        Tally.duplicateCauses(evidence).forEach(again::put);
        json.put("faults", evidence.episodes().size());
        json.put(
                "longestRecoverySeconds",
                evidence.episodes().stream()
                        .mapToDouble(episode -> ChaosRun.seconds(episode.recoveredNanos()))
                        .max()
                        .orElse(0));
        json.put("drainedSeconds", ChaosRun.seconds(result.drained().toNanos()));
        result.violations().forEach(each -> json.withArray("violations").add(each.toString()));
        return json;
    }

    /// @param text in the descriptions of those to plant
    private static int mutants(String text) throws IOException, InterruptedException {
        List<Mutant> mutants =
                Mutant.all().stream().filter(mutant -> mutant.what().contains(text)).toList();
        int survived = 0;
        for (Mutant mutant : mutants) {
            Path directory = Files.createTempDirectory("yardmaster-mutant");
            List<Checker.Violation> found;
            try {
                found = mutant.scenario().play(Optional.of(mutant.defect().plant(directory)));
            } finally {
                Site.delete(directory);
            }
            List<Checker.Violation> sound = mutant.scenario().play(Optional.empty());
            boolean caught = !found.isEmpty() && sound.isEmpty();
            survived += caught ? 0 : 1;
            System.out.printf("%-8s %s%n", caught ? "caught" : "SURVIVED", mutant);
            found.stream().limit(1).forEach(violation -> System.out.println("    " + violation));
            sound.forEach(violation -> System.out.println("    without it: " + violation));
        }
        System.out.printf("chaos: %d of %d caught%n", mutants.size() - survived, mutants.size());
        return survived == 0 ? 0 : 1;
    }
}
