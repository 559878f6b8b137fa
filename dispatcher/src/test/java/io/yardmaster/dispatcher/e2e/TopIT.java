package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `yardmaster top` in a real terminal: tmux is the person.
class TopIT {
    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir private Path dir;

    private final RedisProcess redis = new RedisProcess();
    private final Node node = new Node("n1");
    private Replica replica;

    @BeforeEach
    void start() throws Exception {
        Assumptions.assumeTrue(tmuxIsThere(), "tmux is not installed");
        replica = Replica.serve("--redis", redis.uri());
        replica.register(node);
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        if (replica != null) {
            tmux("kill-server");
            replica.close();
        }
        node.close();
        redis.close();
    }

    private static boolean tmuxIsThere() throws InterruptedException {
        try {
            return new ProcessBuilder("tmux", "-V").start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private String tmux(String... words) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "tmux",
                                "-u",
                                "-f",
                                "/dev/null",
                                "-S",
                                dir.resolve("tmux").toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().remove("NO_COLOR");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS), "tmux hangs");
        return said;
    }

    private void type(String... keys) throws Exception {
        for (String key : keys) {
            tmux("send-keys", key);
        }
    }

    private String screen() throws Exception {
        return tmux("capture-pane", "-p");
    }

    private void awaitScreen(String text) {
        String[] last = {""};
        Await.until(
                "the screen shows " + text,
                () -> {
                    last[0] = screen();
                    return last[0].contains(text);
                },
                () -> last[0]);
    }

    /// A shell that tells the terminal's settings before and after, and the exit code.
    private void openTop(String environment) throws Exception {
        Path script = dir.resolve("top.sh");
        Files.writeString(
                script,
                """
                stty -a | cksum >%1$s/before
                %2$s "%3$s" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx128m -cp "%4$s" \\
                    io.yardmaster.dispatcher.Main top --url %5$s 2>%1$s/err
                echo "top ended with $?"
                stty -a | cksum >%1$s/after
                sleep 1000
                """
                        .formatted(
                                dir,
                                environment,
                                JAVA,
                                System.getProperty("java.class.path"),
                                replica.url()));
        tmux("new-session", "-d", "-x", "80", "-y", "24", "sh " + script);
        awaitScreen("[1 Overview]");
    }

    private void assertTerminalIsAsBefore() throws Exception {
        Await.until(
                "the shell goes on",
                () -> Files.exists(dir.resolve("after")) && Files.size(dir.resolve("after")) > 0);
        assertEquals(
                Files.readString(dir.resolve("before")), Files.readString(dir.resolve("after")));
        assertEquals("", Files.readString(dir.resolve("err")));
        assertEquals("1", tmux("display-message", "-p", "#{cursor_flag}").strip());
        assertEquals("0", tmux("display-message", "-p", "#{alternate_on}").strip());
    }

    @Test
    void a_person_looks_around_pauses_a_queue_and_leaves_the_terminal_as_it_was() throws Exception {
        replica.enqueue("o-1", ",\"service\":\"nobody\",\"priority\":\"low\"");
        openTop("env");
        awaitScreen("nobody   low");
        type("g", "q");
        awaitScreen("[2 Queues]");
        type("P");
        awaitScreen("Pause nobody/low? y/N");
        type("y");
        awaitScreen("paused: 1");
        assertTrue(
                replica.get("/v1/queues").body().contains("\"paused\":true"),
                replica.get("/v1/queues").body());
        type("4");
        awaitScreen("n1");
        type("D", "y");
        awaitScreen("draining");
        type("?");
        awaitScreen("Capital letters change something");
        type("Escape", "/", "z", "z");
        awaitScreen("/zz_  0 match");
        type("Escape", "q");
        awaitScreen("top ended with 0");
        assertTerminalIsAsBefore();
    }

    @Test
    void it_lives_through_odd_sizes_and_ends_with_ctrl_c() throws Exception {
        openTop("env NO_COLOR=1");
        for (String size : List.of("5x2", "1x1", "200x60", "30x6", "80x24")) {
            String[] parts = size.split("x", -1);
            tmux("resize-window", "-x", parts[0], "-y", parts[1]);
            type("Tab", "j", "x");
        }
        type("1");
        awaitScreen("[1 Overview] 2 Queues");
        assertTrue(!tmux("capture-pane", "-p", "-e").contains("\u001b["), "colour");
        type("C-c");
        awaitScreen("top ended with 0");
        assertTerminalIsAsBefore();
    }

    @Test
    void a_dispatcher_that_is_away_is_said_and_waited_for() throws Exception {
        openTop("env");
        Program.signal("STOP", Long.toString(replica.program().pid()));
        awaitScreen("! unreachable");
        Program.signal("CONT", Long.toString(replica.program().pid()));
        Await.until("the banner goes", () -> !screen().contains("! unreachable"));
        type("q");
        awaitScreen("top ended with 0");
    }

    @Test
    void one_that_is_killed_gives_the_terminal_back() throws Exception {
        openTop("env");
        String shell = tmux("display-message", "-p", "#{pane_pid}").strip();
        ProcessHandle top =
                ProcessHandle.of(Long.parseLong(shell))
                        .orElseThrow()
                        .descendants()
                        .findFirst()
                        .orElseThrow();
        Program.signal("TERM", Long.toString(top.pid()));
        awaitScreen("top ended with 143");
        assertTerminalIsAsBefore();
    }
}
