package io.yardmaster.dispatcher.cli;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The rehearsal from which `scripts/warm` makes the start-up cache: runs the common commands once,
/// against a dispatcher of cardboard in this process. Nothing is printed, and nothing outside is
/// reached.
final class WarmUp {
    private static final String QUEUE =
            "{\"service\":\"default\",\"priority\":\"high\",\"depth\":7,\"inFlight\":1,\"scheduled\":0,\"dead\":2,"
                    + "\"oldestMs\":61000,\"paused\":true,\"weight\":0.8,\"timeoutMs\":1000,\"maxRetries\":2,"
                    + "\"enqueued\":10,\"succeeded\":3,\"failed\":0}";
    private static final String NODE =
            "{\"id\":\"nuc\",\"url\":\"http://n:1\",\"services\":[\"default\"],\"state\":\"healthy\",\"inFlight\":2,"
                    + "\"maxConnections\":10,\"latencyMs\":12.4,\"errorRate\":0.02,\"healthScore\":98.6,"
                    + "\"report\":{\"cpu\":0.41,\"memory\":0.5,\"io\":0.1}}";
    private static final String REQUEST =
            "{\"id\":\"r1\",\"service\":\"default\",\"priority\":\"high\",\"state\":\"succeeded\",\"attempts\":1,"
                    + "\"node\":\"nuc\",\"enqueuedAt\":\"2026-01-01T00:00:00Z\",\"settledAt\":\"2026-01-01T00:00:01Z\","
                    + "\"response\":{\"status\":200,\"headers\":{\"A\":\"b\"},\"body\":\"ok\"},\"history\":[{\"at\":\"2026-01-01T00:00:00Z\",\"event\":\"enqueued\"}],\"sentence\":\"It"
                    + " has ended.\"}";

    /// By the start of the path; the first that fits.
    private static final Map<String, String> ANSWERS =
            Map.of(
                    "/v1/queues", "{\"queues\":[" + QUEUE + "]}",
                    "/v1/nodes", "{\"nodes\":[" + NODE + "]}",
                    "/v1/services",
                            "{\"services\":[{\"name\":\"default\",\"strategy\":\"adaptive\",\"healthScore\":100}]}",
                    "/v1/dead",
                            "{\"dead\":[{\"id\":\"d1\",\"service\":\"s\",\"priority\":\"low\",\"attempts\":3,\"diedAt\":\"2026-01-01T00:00:00Z\",\"error\":\"HTTP"
                                    + " 500\"}],\"cursor\":null}",
                    "/v1/requests?",
                            "{\"requests\":["
                                    + REQUEST
                                    + "],\"cursor\":null,\"searched\":1,\"complete\":true}",
                    "/v1/requests/", REQUEST);

    private static final List<String> COMMANDS =
            List.of(
                    "depth",
                    "depth --json",
                    "nodes",
                    "nodes list --json",
                    "services",
                    "dead list",
                    "requests",
                    "get r1",
                    "why r1",
                    "enqueue {\"n\":1} --priority high",
                    "pause default/low",
                    "cancel r1",
                    "--version",
                    "--help",
                    "depth --help",
                    "dpeth");

    private WarmUp() {}

    /// Rehearses.
    public static void main(String[] args) throws IOException {
        try (ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().name("cardboard").start(() -> serve(door));
            Map<String, String> env = new HashMap<>(System.getenv());
            env.put("YARDMASTER_URL", "http://127.0.0.1:" + door.getLocalPort());
            for (boolean screen : new boolean[] {true, false}) {
                for (String command : COMMANDS) {
                    Cli.run(command.split(" ", -1), shell(env, screen));
                }
            }
        }
        Shell.system().out().flush(); // how a real command begins
    }

    private static Shell shell(Map<String, String> env, boolean screen) {
        Shell.Streams nowhere =
                new Shell.Streams(
                        new ByteArrayInputStream(new byte[0]),
                        new PrintWriter(Writer.nullWriter()),
                        new PrintWriter(Writer.nullWriter()));
        return new Shell(nowhere, env, new Shell.Tty(true, screen), Shell.system().time());
    }

    private static void serve(ServerSocket door) {
        while (!door.isClosed()) {
            try (Socket caller = door.accept()) {
                answer(caller);
            } catch (IOException e) {
                // the caller sees it as a failure, and the rehearsal goes on
            }
        }
    }

    private static void answer(Socket caller) throws IOException {
        caller.setSoTimeout(10_000);
        BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(caller.getInputStream(), StandardCharsets.UTF_8));
        String first = in.readLine();
        String path = first == null ? "" : first.substring(first.indexOf(' ') + 1);
        for (String line = in.readLine(); line != null && !line.isEmpty(); ) {
            line = in.readLine();
        }
        String body = "{}";
        for (var answer : ANSWERS.entrySet()) {
            body = path.startsWith(answer.getKey()) ? answer.getValue() : body;
        }
        String head =
                "HTTP/1.1 200 OK\r\n"
                        + "Content-Type: application/json\r\n"
                        + "Connection: close\r\n"
                        + "Content-Length: "
                        + body.length()
                        + "\r\n\r\n";
        caller.getOutputStream().write((head + body).getBytes(StandardCharsets.US_ASCII));
    }
}
