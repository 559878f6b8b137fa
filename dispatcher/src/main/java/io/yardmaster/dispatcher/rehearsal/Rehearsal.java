package io.yardmaster.dispatcher.rehearsal;

import io.yardmaster.dispatcher.Main;
import java.io.IOException;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/// Runs `serve` as a home would use it, and then ends this process: the JVM was told to write its
/// start-up cache at its end. Leaves the file `served` when everything was served.
public final class Rehearsal {
    /// The file that says that everything was served.
    private static final String SERVED = "served";

    private static final Duration START = Duration.ofMinutes(2);
    private static final Duration LONGEST = Duration.ofMinutes(2);
    private static final Duration GIVES_UP = Duration.ofMinutes(10);

    /// The JVM's record of how a method runs is taken over when the optimising compiler has seen
    /// it, after some 5,000 runs; most methods run once or more for each request.
    private static final int LEAST_ROUNDS = 6;

    private static final int BATCHES = 20;
    private static final int BATCH = 500;
    private static final int SINGLES = 200;

    /// A round that costs less compiling than this brings nothing new.
    private static final long SETTLED_MS = 500;

    private static final List<String> PRIORITIES = List.of("critical", "high", "normal", "low");
    private static final List<String> PAGES =
            List.of(
                    "/health",
                    "/health/readiness",
                    "/v1/queues",
                    "/v1/nodes",
                    "/v1/services",
                    "/v1/overview",
                    "/v1/requests?limit=10",
                    "/v1/requests/single-1",
                    "/v1/requests/single-1/why",
                    "/v1/dead",
                    "/prometheus",
                    "/");

    private final LongAdder served = new LongAdder();
    private final int port;
    private final long began = System.nanoTime();
    private long sent;

    private Rehearsal(int port) {
        this.port = port;
    }

    /// Rehearses, and ends the process.
    ///
    /// @param args the directory for the data, which is the caller's to remove
    public static void main(String[] args) throws Exception {
        Rehearsal rehearsal = new Rehearsal(freePort());
        rehearsal.serve(Path.of(args[0]));
        int code = 1;
        try {
            rehearsal.play();
            // The exit code gets lost where serve ends the process in its own order.
            Files.createFile(Path.of(args[0], SERVED));
            code = 0;
        } finally {
            System.exit(code); // serve ends in order, as on SIGTERM
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /// With patience: at the lowest priority beside others' work this process may stand still for
    /// seconds.
    private void serve(Path data) {
        List<String> settings = new ArrayList<>();
        settings.add("queues.max-size=1000000");
        settings.add("rate-limit.producer.rate=0");
        settings.add("lease=60s");
        settings.add("redis.timeout=20s");
        for (String each : PRIORITIES) {
            settings.add("queues.priorities." + each + ".timeout=60s");
            // one that is dead is never served, and all would wait for it in vain
            settings.add("queues.priorities." + each + ".max-retries=9");
        }
        String[] words =
                Stream.concat(
                                Stream.of(
                                        "serve",
                                        "--port",
                                        Integer.toString(port),
                                        "--data-dir",
                                        data.toString()),
                                settings.stream().flatMap(each -> Stream.of("--set", each)))
                        .toArray(String[]::new);
        Thread.ofPlatform().daemon().name("serve").start(() -> Main.main(words));
    }

    private void play() throws IOException, InterruptedException {
        awaitHealth();
        try (RestCaller caller = new RestCaller(port)) {
            for (int i = 0; i < 3; i++) {
                expect(
                        caller.json(
                                "PUT",
                                "/v1/nodes/cardboard-" + i,
                                "{\"url\":\"%s\",\"maxConnections\":100}"
                                        .formatted(new CardboardNode(served).url())));
            }
            CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
            long compiled = 0;
            for (int round = 0; ; round++) {
                round(caller, round);
                long now = compiler.getTotalCompilationTime();
                boolean settled = now - compiled < SETTLED_MS;
                if (round >= LEAST_ROUNDS && (settled || over(LONGEST))) {
                    return;
                }
                compiled = now;
            }
        }
    }

    private boolean over(Duration longest) {
        return System.nanoTime() - began > longest.toNanos();
    }

    private void awaitHealth() throws InterruptedException {
        while (true) {
            try (RestCaller caller = new RestCaller(port)) {
                expect(caller.get("/health"));
                return;
            } catch (IOException e) {
                if (over(START)) {
                    throw new IllegalStateException("serve does not answer", e);
                }
                Thread.sleep(50);
            }
        }
    }

    /// All doors of REST, then the pages that are looked at most.
    private void round(RestCaller caller, int round) throws IOException, InterruptedException {
        for (int i = 0; i < BATCHES; i++) {
            expect(caller.json("POST", "/v1/requests/batch", batch()));
            sent += BATCH;
        }
        awaitServed();
        for (int i = 0; i < SINGLES; i++) {
            String priority = PRIORITIES.get(i % PRIORITIES.size());
            String id = i == 1 ? "\"id\":\"single-1\"," : "";
            expect(
                    caller.call(
                            "POST",
                            "/v1/requests",
                            "Content-Type: application/json\r\n"
                                    + (i % 4 == 3 ? "Prefer: wait=5\r\n" : ""),
                            "{%s\"priority\":\"%s\",\"path\":\"/work\",\"body\":{\"n\":1}}"
                                    .formatted(id, priority)));
            expect(
                    caller.call(
                            "POST",
                            "/v1/services/default/forward/work?n=" + i,
                            "Content-Type: text/plain\r\nX-Yardmaster-Priority: "
                                    + priority
                                    + "\r\nPrefer: wait=5\r\n",
                            "work " + i));
            sent += round > 0 && i == 1 ? 1 : 2; // single-1 is known from the first round
        }
        awaitServed();
        for (String page : PAGES) {
            expect(caller.get(page));
        }
    }

    private static String batch() {
        StringBuilder all = new StringBuilder("[");
        for (int i = 0; i < BATCH; i++) {
            all.append(i == 0 ? "" : ",")
                    .append("{\"priority\":\"")
                    .append(PRIORITIES.get(i % PRIORITIES.size()))
                    .append("\",\"path\":\"/work\",\"bodyText\":\"")
                    .append("x".repeat(250))
                    .append("\"}");
        }
        return all.append(']').toString();
    }

    private void awaitServed() throws InterruptedException {
        while (served.sum() < sent) {
            if (over(GIVES_UP)) {
                throw new IllegalStateException(
                        "served: %d (expected: %d)".formatted(served.sum(), sent));
            }
            Thread.sleep(20);
        }
    }

    private static void expect(int status) throws IOException {
        if (status >= 400) {
            throw new IOException("status: " + status + " (expected: below 400)");
        }
    }
}
