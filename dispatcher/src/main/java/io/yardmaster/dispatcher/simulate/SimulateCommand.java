package io.yardmaster.dispatcher.simulate;

import io.yardmaster.bench.simulate.scenario.Report;
import io.yardmaster.bench.simulate.scenario.Run;
import io.yardmaster.bench.simulate.scenario.Scenario;
import io.yardmaster.bench.simulate.scenario.Section;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `simulate`: plays scenarios in virtual time and prints what came of them.
@Command(
        mixinStandardHelpOptions = true,
        name = "simulate",
        description = {
            "Tries the strategies out in virtual time: home cloud, failing machines, overload.",
            "Scenarios: hc12, p100, l11, sink, rejoin, herd, flap, storm, sticky, prio, geo."
        })
public final class SimulateCommand implements Callable<Integer> {
    private static final int MOST_SEEDS = 100;

    @Option(
            names = "--scenario",
            split = ",",
            description = "Which ones, separated by commas (default: all).")
    private List<String> scenarios = new ArrayList<>();

    @Option(
            names = {"--seeds", "--seed"},
            split = ",",
            description = "Seeds instead of each scenario's own, separated by commas.")
    private List<Long> seeds = new ArrayList<>();

    @Option(names = "--quick", description = "Shorter runs with fewer seeds: to look.")
    private boolean quick;

    @Option(names = "--json", description = "Print one JSON object, figures not rounded.")
    private boolean json;

    @Option(names = "--write", description = "Write the whole report to this file.")
    private @Nullable Path write;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        List<Scenario> wanted = wanted();
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        Run.Effort effort = new Run.Effort(quick, seeds.isEmpty() ? null : List.copyOf(seeds));
        int parallel = Runtime.getRuntime().availableProcessors();
        List<Section> sections = new ArrayList<>();
        try (Run run = new Run(parallel, effort, line -> System.err.println(line))) {
            for (Scenario scenario : wanted) {
                Section section = scenario.run(run);
                sections.add(section);
                if (!json && write == null) {
                    out.print(Report.markdown(section));
                    out.flush();
                }
            }
        }
        if (write != null) {
            Files.writeString(write, Report.document(sections));
            System.err.println("wrote " + write);
        }
        if (json) {
            out.println(Report.json(sections));
        }
        out.flush();
        return 0;
    }

    private List<Scenario> wanted() {
        if (seeds.size() > MOST_SEEDS) {
            throw refused("--seeds: " + seeds.size() + " (expected: at most " + MOST_SEEDS + ")");
        }
        if (write != null && !(scenarios.isEmpty() && seeds.isEmpty() && !quick)) {
            throw refused("--write: with --scenario, --seeds or --quick (expected: alone)");
        }
        try {
            return Scenario.named(scenarios);
        } catch (IllegalArgumentException e) {
            throw refused("--scenario: " + e.getMessage());
        }
    }

    private RuntimeException refused(String message) {
        return spec == null
                ? new IllegalArgumentException(message)
                : new ParameterException(spec.commandLine(), message);
    }
}
