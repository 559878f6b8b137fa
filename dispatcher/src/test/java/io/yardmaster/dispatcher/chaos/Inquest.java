package io.yardmaster.dispatcher.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.chaos.Evidence.Attempt;
import io.yardmaster.dispatcher.chaos.Evidence.Counts;
import io.yardmaster.dispatcher.chaos.Evidence.Ending;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Reads the end of every request and the queues' figures, as REST tells them.
final class Inquest {
    private static final int READERS = 8;
    private static final int MOST_TRIES = 20;

    private final String url;
    private final Redis redis;

    /// One command to Redis.
    interface Redis {
        @Nullable Object ask(String... words) throws IOException;
    }

    Inquest(String url, Redis redis) {
        this.url = url;
        this.redis = redis;
    }

    /// Waits until nothing is waiting, in flight, scheduled or pushed and not admitted.
    ///
    /// @return how long it took; negative when it did not come about
    Duration drain(Duration longest) throws InterruptedException {
        long began = System.nanoTime();
        while (System.nanoTime() - began < longest.toNanos()) {
            try {
                long left = 0;
                for (Counts queue : counts()) {
                    left += queue.depth() + queue.inFlight() + queue.scheduled();
                }
                if (left == 0 && Long.valueOf(0).equals(redis.ask("LLEN", "{yard:0}:in"))) {
                    return Duration.ofNanos(System.nanoTime() - began);
                }
            } catch (IOException e) {
                // it may still be recovering
            }
            Thread.sleep(100);
        }
        return Duration.ofNanos(-1);
    }

    List<Counts> counts() throws IOException, InterruptedException {
        List<Counts> counts = new ArrayList<>();
        for (Object each :
                (List<?>)
                        java.util.Objects.requireNonNull(
                                redis.ask("FCALL_RO", "yard_depth", "1", "{yard:0}"))) {
            Map<String, Object> figures = new java.util.HashMap<>();
            List<?> words = (List<?>) each;
            for (int i = 0; i < words.size(); i += 2) {
                figures.put(String.valueOf(words.get(i)), words.get(i + 1));
            }
            counts.add(
                    new Counts(
                            String.valueOf(figures.get("priority")),
                            number(figures, "enqueued"),
                            number(figures, "depth"),
                            number(figures, "inFlight"),
                            number(figures, "scheduled"),
                            number(figures, "succeeded"),
                            number(figures, "failed"),
                            number(figures, "cancelled"),
                            number(figures, "expired")));
        }
        return counts;
    }

    private static long number(Map<String, Object> figures, String name) {
        return figures.get(name) instanceof Long value ? value : 0;
    }

    /// Of all these requests.
    Map<String, Ending> endings(Collection<String> ids) throws InterruptedException {
        Map<String, Ending> endings = new ConcurrentHashMap<>();
        ConcurrentLinkedQueue<String> open = new ConcurrentLinkedQueue<>(ids);
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                running.add(
                        readers.submit(() -> {
                            for (String id = open.poll(); id != null; id = open.poll()) {
                                endings.put(id, ending(id));
                            }
                            return null;
                        }));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("reading the ends", e);
        }
        return endings;
    }

    private Ending ending(String id) throws IOException, InterruptedException {
        Rest.Answer answer = Rest.get(url + "/v1/requests/" + id);
        for (int tries = 1; answer.status() != 200 && answer.status() != 404; tries++) {
            if (tries == MOST_TRIES) {
                throw new IOException(id + ": " + answer);
            }
            Thread.sleep(250);
            answer = Rest.get(url + "/v1/requests/" + id);
        }
        if (answer.status() == 404) {
            return Ending.missing(id);
        }
        JsonNode json = answer.json();
        List<Attempt> history = new ArrayList<>();
        for (JsonNode line : json.path("history")) {
            history.add(new Attempt(line.path("attempt").asInt(), line.path("cause").asText("")));
        }
        return new Ending(
                id,
                json.path("state").asText(),
                json.path("priority").asText(),
                json.path("attempts").asInt(),
                json.path("error").path("reason").asText(""),
                json.path("settledAt").asText(""),
                history);
    }
}
