package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Redis is away while many producers knock and requests are at a node.
///
/// `-Dyardmaster.outage.seconds=60` makes each outage a minute.
class LongOutageIT {
    private static final int SECONDS = Integer.getInteger("yardmaster.outage.seconds", 6);
    private static final int CLIENTS = 200;
    private static final int AT_THE_NODE = 40;

    /// Young and old generation of the serial collector.
    private static final Pattern HEAP_PART =
            Pattern.compile("(?:DefNew|Tenured)\\s+total \\d+K, used (\\d+)K");

    /// A client that waits for the whole command timeout with others in front of it.
    private static final double AT_ONCE_MS = 10_000;

    /// Besides those that a quiet replica has: the HTTP server's and the JVM's.
    private static final int MORE_THREADS = 100;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final RedisProcess redis = open(new RedisProcess());
    private final Node node = open(new Node("n1"));
    private final Replica replica = open(Replica.serve("--redis", redis.uri()));

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    @Test
    void redis_that_is_dead_for_long_piles_nothing_up_and_work_goes_on_when_it_is_back()
            throws Exception {
        outage(redis::kill, redis::restart);
    }

    @Test
    void redis_that_stands_still_for_long_piles_nothing_up_and_work_goes_on_when_it_is_back()
            throws Exception {
        outage(redis::freeze, redis::thaw);
    }

    private interface Step {
        void run() throws Exception;
    }

    private void outage(Step begin, Step end) throws Exception {
        node.hold();
        replica.register(node);
        for (int i = 0; i < AT_THE_NODE; i++) {
            replica.enqueue("before-" + i, ",\"maxRetries\":3,\"timeoutMs\":120000");
        }
        Await.until("they are at the node", () -> node.ledger().size() == AT_THE_NODE);
        int quietThreads = threads();
        long quietHeap = heapKiB();

        begin.run();
        long began = System.nanoTime();
        int mostThreads = 0;
        long mostHeap = 0;
        Knocking knocking = new Knocking();
        try {
            Await.until(
                    "readiness turns false",
                    () -> replica.get("/health/readiness").statusCode() == 503);
            System.out.println("not ready after " + millisSince(began) + " ms");
            boolean released = false;
            while (millisSince(began) < SECONDS * 1_000L) {
                mostThreads = Math.max(mostThreads, threads());
                mostHeap = Math.max(mostHeap, heapKiB());
                assertEquals(200, replica.get("/health/liveness").statusCode());
                if (!released && millisSince(began) > SECONDS * 500L) {
                    released = true;
                    node.release(); // the work ends while nobody can be told
                }
            }
            assertEquals(503, replica.get("/health/readiness").statusCode());
        } finally {
            knocking.stop();
        }
        Figures answers = new Figures(knocking.took);
        System.out.printf(
                "%s of %d clients: %s; threads %d, before %d; heap %d KiB, before %d%n",
                knocking.answers, CLIENTS, answers, mostThreads, quietThreads, mostHeap, quietHeap);

        end.run();
        long back = System.nanoTime();
        recovers(back);
        assertEquals(1, knocking.answers.size(), "all were refused alike: " + knocking.answers);
        assertTrue(knocking.answers.containsKey("503 redis-unavailable, Retry-After"));
        assertTrue(answers.p99() < AT_ONCE_MS, answers.toString());
        assertTrue(
                mostThreads <= quietThreads + MORE_THREADS,
                mostThreads + " threads, " + quietThreads + " before");
        assertTrue(mostHeap < 200 * 1024, mostHeap + " KiB of heap");
    }

    private void recovers(long back) throws Exception {
        int before = node.ledger().size();
        AtomicBoolean dispatched = new AtomicBoolean();
        Thread knock =
                Thread.ofVirtual()
                        .start(() -> {
                            for (int i = 0; !dispatched.get(); i++) {
                                replica.post("/v1/requests", "{\"id\":\"after-" + i + "\"}");
                                sleep(20);
                            }
                        });
        Await.until(
                "something new is sent",
                () ->
                        node.ledger().stream()
                                .skip(before)
                                .anyMatch(sent -> sent.id().startsWith("after-")),
                () -> replica.program().said());
        dispatched.set(true);
        Node.Received first =
                node.ledger().stream()
                        .skip(before)
                        .filter(sent -> sent.id().startsWith("after-"))
                        .findFirst()
                        .orElseThrow();
        long recovery = (first.nanos() - back) / 1_000_000;
        Await.until("it is ready", () -> replica.get("/health/readiness").statusCode() == 200);
        long ready = millisSince(back);
        knock.join();
        for (int i = 0; i < AT_THE_NODE; i++) {
            String id = "before-" + i;
            Await.until(id + " succeeded", () -> replica.state(id).equals("succeeded"));
        }
        long settled = millisSince(back);
        Await.until("nothing is in flight", () -> replica.total("inFlight") == 0);
        long again =
                node.ledger().stream()
                        .filter(sent -> sent.id().startsWith("before-") && sent.attempt() > 1)
                        .count();
        System.out.printf(
                "back: first new request sent after %d ms, ready after %d ms, all of before settled"
                        + " after %d ms, %d of %d sent again%n",
                recovery, ready, settled, again, AT_THE_NODE);
        eachSendHasACause();
        assertTrue(
                recovery <= 5_000 + 5_000, "recovery took " + recovery + " ms on a busy machine");
    }

    private void eachSendHasACause() {
        Node.byId(node)
                .forEach((id, sends) -> {
                    JsonNode request = replica.request(id);
                    long lost = 0;
                    for (JsonNode line : request.path("history")) {
                        lost += line.path("cause").asText().equals("lease-lost") ? 1 : 0;
                    }
                    assertTrue(
                            sends.size() <= 1 + lost,
                            "sent again without a cause on record: " + request + " " + sends);
                    assertEquals(
                            sends.size(),
                            sends.stream().map(Node.Received::attempt).distinct().count(),
                            "an attempt was sent twice: " + sends);
                });
    }

    /// Producers who all try again and again, and what they are told.
    private final class Knocking {
        private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
        private final Queue<Long> took = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean enough = new AtomicBoolean();
        private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
        private final List<Future<?>> running = new ArrayList<>();

        Knocking() {
            for (int i = 0; i < CLIENTS; i++) {
                String id = "knock-" + i;
                running.add(clients.submit(() -> knock(id)));
            }
        }

        private void knock(String id) {
            while (!enough.get()) {
                long began = System.nanoTime();
                HttpResponse<String> answer =
                        replica.post("/v1/requests", "{\"id\":\"" + id + "\"}");
                took.add(System.nanoTime() - began);
                answers.computeIfAbsent(told(answer), _ -> new LongAdder()).increment();
                sleep(250);
            }
        }

        private static String told(HttpResponse<String> answer) {
            String type = Replica.json(answer.body()).path("type").asText("");
            return answer.statusCode()
                    + " "
                    + type.substring(type.lastIndexOf(':') + 1)
                    + (answer.headers().firstValue("Retry-After").isPresent()
                            ? ", Retry-After"
                            : "");
        }

        void stop() throws Exception {
            enough.set(true);
            for (Future<?> each : running) {
                each.get(90, TimeUnit.SECONDS);
            }
            clients.close();
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(Duration.ofMillis(millis));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }

    /// Of the operating system: virtual threads are objects on the heap.
    private int threads() throws IOException {
        return Files.readAllLines(Path.of("/proc/" + replica.program().pid() + "/status")).stream()
                .filter(line -> line.startsWith("Threads:"))
                .map(line -> Integer.parseInt(line.substring(8).strip()))
                .findFirst()
                .orElseThrow();
    }

    private long heapKiB() throws IOException, InterruptedException {
        Process jcmd =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                Long.toString(replica.program().pid()),
                                "GC.heap_info")
                        .redirectErrorStream(true)
                        .start();
        String said = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(jcmd.waitFor(30, TimeUnit.SECONDS), said);
        long used = 0;
        for (Matcher part = HEAP_PART.matcher(said); part.find(); ) {
            used += Long.parseLong(part.group(1));
        }
        assertTrue(used > 0, said);
        return used;
    }
}
