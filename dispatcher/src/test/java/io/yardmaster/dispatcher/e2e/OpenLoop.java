package io.yardmaster.dispatcher.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Producers that don't wait for each other: requests come when a Poisson process says so, however
/// long the earlier ones take, and each is timed from when it was due. (Clients that wait for an
/// answer before they ask again would send less to a slow server, and so hide that it is slow.)
final class OpenLoop implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(50);
    private static final Set<String> GOES_ON = Set.of("queued", "scheduled", "in-flight");
    private static final int CLIENTS = 500;

    private final List<Replica> replicas;
    private final double perSecond;
    private final double workMean;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(PATIENCE)
                    .build();

    /// One request's fate.
    ///
    /// @param dueSeconds when it was due, since the traffic began
    /// @param node the node that answered, or what went wrong
    record Sent(String id, double dueSeconds, double tookSeconds, boolean succeeded, String node) {}

    /// `perSecond` requests of `workMean` seconds of work, to the replicas in equal parts.
    OpenLoop(List<Replica> replicas, double perSecond, double workMean) {
        this.replicas = replicas;
        this.perSecond = perSecond;
        this.workMean = workMean;
    }

    /// Sends for so long, and gives what will have become of the requests once [#close] returns.
    /// The same seed gives the same requests at the same moments.
    Queue<Sent> run(String prefix, long seed, Duration length) {
        Queue<Sent> fates = new ConcurrentLinkedQueue<>();
        Random random = new Random(seed);
        long begin = System.nanoTime();
        double due = 0;
        for (int i = 0; ; i++) {
            due += -Math.log(1 - random.nextDouble()) / perSecond;
            double work = work(random);
            int client = random.nextInt(CLIENTS);
            Replica replica = replicas.get(random.nextInt(replicas.size()));
            if (due > length.toNanos() / 1e9) {
                return fates;
            }
            long at = begin + (long) (due * 1e9);
            for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            String id = prefix + i;
            double dueSeconds = due;
            threads.execute(() -> fates.add(send(replica, id, work, client, dueSeconds, at)));
        }
    }

    /// N(m, m) drawn again until it is above 0, whose mean is 1.2876 m: as in the simulator.
    private double work(Random random) {
        double m = workMean / 1.2876;
        double work;
        do {
            work = m + m * random.nextGaussian();
        } while (work <= 0);
        return work;
    }

    private Sent send(
            Replica replica, String id, double work, int client, double due, long dueNanos) {
        String json =
                String.format(
                        Locale.ROOT,
                        "{\"id\":\"%s\",\"path\":\"/work\",\"headers\":{\"%s\":\"%.6f\"},"
                                + "\"affinityKey\":\"client-%d\",\"clientIp\":\"10.0.%d.%d\"}",
                        id,
                        Machine.WORK,
                        work,
                        client,
                        client / 250,
                        client % 250 + 1);
        HttpRequest request =
                HttpRequest.newBuilder(URI.create(replica.url() + "/v1/requests"))
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .header("Prefer", "wait=" + PATIENCE.toSeconds())
                        .POST(HttpRequest.BodyPublishers.ofString(json))
                        .build();
        boolean succeeded = false;
        String node;
        try {
            HttpResponse<String> response =
                    http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode outcome = Replica.json(response.body());
            // A replica that could not ask Redis for a while answers 202: the request goes on.
            while (response.statusCode() == 202 && GOES_ON.contains(state(outcome))) {
                Thread.sleep(LOOK_AGAIN);
                outcome = replica.request(id);
            }
            succeeded = state(outcome).equals("succeeded");
            node = succeeded ? outcome.path("node").asText() : response.body();
        } catch (IOException e) {
            node = e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            node = "given up";
        }
        return new Sent(id, due, (System.nanoTime() - dueNanos) / 1e9, succeeded, node);
    }

    private static String state(JsonNode outcome) {
        return outcome.path("state").asText();
    }

    /// Waits for the answers that are still to come.
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                threads.shutdownNow();
            }
        } catch (InterruptedException e) {
            threads.shutdownNow();
            Thread.currentThread().interrupt();
        }
        http.close();
    }
}
