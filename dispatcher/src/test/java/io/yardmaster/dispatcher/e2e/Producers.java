package io.yardmaster.dispatcher.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// Producers over REST that go on through a disturbance, and write down what they were answered.
///
/// Of three kinds: with an `Idempotency-Key` and with an own `id` (both repeat a call that failed,
/// with the same), and with neither (they do not repeat).
final class Producers implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(25);

    enum Kind {
        KEY,
        ID,
        BARE
    }

    private final String url;
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(5))
                    .build();
    private final Map<String, Kind> accepted = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Kind, Integer> failed = new ConcurrentHashMap<>();
    private final ConcurrentHashMap<Kind, Integer> calls = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Long> successes = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    Producers(String url, int ofEachKind) {
        this.url = url;
        for (Kind kind : Kind.values()) {
            for (int p = 0; p < ofEachKind; p++) {
                String prefix = kind + "-" + p + "-";
                threads.add(Thread.ofVirtual().start(() -> produce(kind, prefix)));
            }
        }
    }

    private void produce(Kind kind, String prefix) {
        try {
            for (int i = 0; !stopped; i++) {
                boolean done = false;
                for (int tries = 0; !done && tries < 400; tries++) {
                    done = call(kind, prefix + i) || kind == Kind.BARE;
                    Thread.sleep(PAUSE);
                }
                if (!done) {
                    failures.add(prefix + i + " was never accepted");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean call(Kind kind, String name) throws InterruptedException {
        String id = kind == Kind.ID ? "\"id\":\"" + name + "\"," : "";
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + "/v1/requests"))
                        .timeout(Duration.ofSeconds(10))
                        .header("Content-Type", "application/json")
                        .POST(
                                HttpRequest.BodyPublishers.ofString(
                                        "{" + id + "\"maxRetries\":5,\"body\":\"" + name + "\"}"));
        if (kind == Kind.KEY) {
            request.header("Idempotency-Key", name);
        }
        calls.merge(kind, 1, Integer::sum);
        String why;
        try {
            HttpResponse<String> answer =
                    http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 202) {
                successes.add(System.nanoTime());
                accepted.put(Replica.json(answer.body()).path("id").asText(), kind);
                return true;
            }
            why = answer.statusCode() + " " + answer.body().replaceAll("\\s+", " ");
        } catch (IOException e) {
            why = e.toString();
        }
        failed.merge(kind, 1, Integer::sum);
        failures.add(name + ": " + why);
        return false;
    }

    int accepted() {
        return accepted.size();
    }

    int accepted(Kind kind) {
        return (int) accepted.values().stream().filter(kind::equals).count();
    }

    List<String> ids() {
        return List.copyOf(accepted.keySet());
    }

    int failed(Kind kind) {
        return failed.getOrDefault(kind, 0);
    }

    /// The longest time without any accepted request since a moment.
    long longestGapMillis(long since) {
        long longest = 0;
        long last = since;
        for (long at : successes.stream().filter(at -> at > since).sorted().toList()) {
            longest = Math.max(longest, at - last);
            last = at;
        }
        return longest / 1_000_000;
    }

    String figures() {
        StringBuilder text = new StringBuilder();
        for (Kind kind : Kind.values()) {
            text.append(
                    "%s: %d accepted, %d of %d calls failed; "
                            .formatted(
                                    kind,
                                    accepted(kind),
                                    failed(kind),
                                    calls.getOrDefault(kind, 0)));
        }
        return text.toString();
    }

    String someFailures() {
        return failures.stream().limit(6).map(each -> "\n    " + each).reduce("", String::concat);
    }

    @Override
    public void close() {
        stopped = true;
        try {
            for (Thread thread : threads) {
                if (!thread.join(Duration.ofSeconds(60))) {
                    throw new AssertionError("a producer hangs");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        http.close();
    }
}
