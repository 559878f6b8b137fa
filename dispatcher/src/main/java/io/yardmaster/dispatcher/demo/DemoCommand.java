package io.yardmaster.dispatcher.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `demo`: the main job in one command. Exit code 0 only when every accepted request was settled.
@Command(
        mixinStandardHelpOptions = true,
        name = "demo",
        description =
                "A dispatcher, three unequal nodes and requests of all priorities on this machine, live.")
public final class DemoCommand implements Callable<Integer> {
    /// The program's main class, by name: the commands do not know what holds them.
    private static final String MAIN = "io.yardmaster.dispatcher.Main";

    private static final int MAX_REQUESTS = 100_000;

    @Option(
            names = "--requests",
            defaultValue = "1000",
            description = "How many requests (default: ${DEFAULT-VALUE}).")
    private int requests = 1000;

    @Option(
            names = "--exit",
            description = "Stop when all are settled; else it stays up until Ctrl-C.")
    private boolean exit;

    @Option(
            names = "--json",
            description = "Print the summary as one JSON object on the last line, too.")
    private boolean json;

    @Option(
            names = "--limit",
            description = "Give up after so many seconds (default: 600, and 0.05 a request).")
    private int limitSeconds;

    @Spec private @Nullable CommandSpec spec;

    private final Child.Program program;

    public DemoCommand() {
        this(Child.Program.running(MAIN));
    }

    DemoCommand(Child.Program program) {
        this.program = program;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (requests < 1 || requests > MAX_REQUESTS) {
            String message = "--requests: " + requests + " (expected: 1 to " + MAX_REQUESTS + ")";
            if (spec != null) {
                throw new ParameterException(spec.commandLine(), message);
            }
            throw new IllegalArgumentException(message);
        }
        Duration limit = Duration.ofSeconds(limitSeconds > 0 ? limitSeconds : 600 + requests / 20);
        PrintStream out = System.out;
        // JDK 25 has a console only on a terminal, 22 to 24 had one everywhere
        boolean terminal =
                Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
        House house = new House(program);
        Thread cleaner = Thread.ofPlatform().name("demo-cleaner").unstarted(house::close);
        Runtime.getRuntime().addShutdownHook(cleaner);
        try (house;
                DispatcherApi api = new DispatcherApi(house.url())) {
            introduce(out, house);
            Summary summary = new Demo(house, api, requests, out, terminal).run(limit);
            out.print(summary.text());
            out.println("  dashboard " + house.url() + "/");
            boolean settled = summary.unsettled() == 0 && summary.accepted() == requests;
            if (!exit) {
                suggest(out, house.url().toString());
            }
            if (json) {
                out.println(new ObjectMapper().writeValueAsString(summary.json()));
            }
            out.flush();
            if (!exit) {
                new CountDownLatch(1).await(); // until Ctrl-C; the hook cleans up
            }
            return settled ? 0 : 1;
        } catch (DemoFailure | IOException e) {
            System.err.println("demo: " + e.getMessage());
            return 1;
        }
    }

    private void introduce(PrintStream out, House house) {
        out.printf(
                Locale.ROOT,
                "Yardmaster demo: %d requests, one dispatcher, an embedded Redis and%n",
                requests);
        for (Machine machine : Machine.HOUSE) {
            out.printf(
                    Locale.ROOT,
                    "  %-8s %d cores, %.0f times the work time of the fastest%n",
                    machine.id(),
                    machine.cores(),
                    machine.slowness());
        }
        if (!house.preferredPort()) {
            out.println("  port 8080 is taken: listening on " + house.url().getPort());
        }
        out.println("  starting ...");
    }

    private static void suggest(PrintStream out, String url) {
        out.println(
                """

                Still running until Ctrl-C. To try:
                  scripts/yardmaster depth --watch --url %1$s
                  scripts/yardmaster nodes --url %1$s
                  scripts/yardmaster enqueue '{"units":50}' --wait --url %1$s
                  curl -s %1$s/v1/requests -H 'Content-Type: application/json' -d '{"priority":"critical","body":{"units":12}}'
                  curl -s %1$s/v1/queues
                """
                        .formatted(url));
    }
}
