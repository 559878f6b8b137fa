package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The dashboard as its users have it: a real server and a real browser. Each check is a test.
class DashboardIT {
    @TempDir Path directory;
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private Replica serve(String data, String... more) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--data-dir",
                                directory.resolve(data).toString(),
                                "--set",
                                "yardmaster.queues.max-size=200000",
                                "--set",
                                "yardmaster.rate-limit.producer.rate=0"));
        arguments.addAll(List.of(more));
        Replica replica = Replica.serve(arguments.toArray(String[]::new));
        opened.add(replica);
        return replica;
    }

    private static String nothing(String asked) {
        throw new AssertionError("asked for " + asked + " (expected: nothing)");
    }

    private static Stream<DynamicTest> tests(List<Browser.Check> checks) {
        assertTrue(!checks.isEmpty(), "no check ran");
        return checks.stream()
                .map(check ->
                        DynamicTest.dynamicTest(
                                check.name(),
                                () ->
                                        assertTrue(
                                                check.passed(),
                                                () -> check.name() + ": " + check.message())));
    }

    @TestFactory
    Stream<DynamicTest> every_page_and_action_works_in_a_browser() {
        Browser.need("node", "npm", "chromium");
        Replica replica = serve("small");
        return tests(
                Browser.suite(
                        Duration.ofMinutes(8),
                        DashboardIT::nothing,
                        "--suite",
                        "everyday",
                        "--url",
                        replica.url()));
    }

    @Test
    void modules_of_the_dashboard_do_what_their_tests_say() {
        Browser.need("node");
        String said =
                Browser.run(Path.of("."), Duration.ofMinutes(3), "node", "--test", "src/test/js");
        assertTrue(said.contains("# fail 0"), said);
    }

    /// All pages in three widths, two themes and at three sizes of the backlog; below another path,
    /// without streaming, and while the server restarts.
    @TestFactory
    @Tag("long")
    Stream<DynamicTest> the_dashboard_holds_at_every_width_theme_and_size() {
        Browser.need("node", "npm", "chromium");
        Replica ten = serve("ten");
        Replica empty = serve("empty");
        Replica many = serve("many");
        UnaryOperator<String> restart =
                asked -> {
                    assertTrue(asked.equals("restart"), asked);
                    opened.remove(ten);
                    ten.close();
                    return "{\"url\":\"" + serve("ten").url() + "\"}";
                };
        return tests(
                Browser.suite(
                        Duration.ofMinutes(30),
                        restart,
                        "--suite",
                        "long",
                        "--can-restart",
                        "--url",
                        ten.url(),
                        "--empty",
                        empty.url(),
                        "--many",
                        many.url(),
                        "--out",
                        Path.of("target/screenshots").toAbsolutePath().toString()));
    }
}
