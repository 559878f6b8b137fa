package io.yardmaster.dispatcher.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Producers at every door, and somebody who looks at requests and cancels some, until it is
/// stopped.
final class Workload implements AutoCloseable {
    /// Mean pause between two offers of one producer: about 160 requests a second in all.
    private static final Map<String, Duration> PAUSES =
            Map.of(
                    "rest", Duration.ofMillis(40),
                    "batch", Duration.ofMillis(600),
                    "raw", Duration.ofMillis(60),
                    "call", Duration.ofMillis(30),
                    "push", Duration.ofMillis(50));

    private static final Duration LAST_WORDS = Duration.ofSeconds(15);

    private final List<String> urls;
    private final History history;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> broken = new AtomicReference<>();
    private volatile boolean stopping;
    private volatile long giveUpAt = Long.MAX_VALUE;

    private interface Job {
        void run() throws Exception;
    }

    /// @param urls of replicas, for who looks at requests
    /// @param doors made once for each set of producers, as none is thread-safe
    Workload(
            List<String> urls,
            History history,
            Function<RandomGenerator, Map<String, Door>> doors,
            long seed) {
        this.urls = urls;
        this.history = history;
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 2; i++) {
            SplittableRandom own = random.split();
            int number = i;
            doors.apply(own.split())
                    .forEach((name, door) -> {
                        Producer producer =
                                new Producer(
                                        name + number,
                                        name,
                                        door,
                                        history,
                                        own.split(),
                                        PAUSES.getOrDefault(name, Duration.ofMillis(50)));
                        start(name + number, () -> producer.run(() -> stopping, this::hasGivenUp));
                    });
        }
        SplittableRandom readers = random.split();
        start("reader", () -> read(readers));
    }

    private boolean hasGivenUp() {
        return System.nanoTime() - giveUpAt > 0;
    }

    private void start(String name, Job job) {
        threads.add(
                Thread.ofVirtual()
                        .name(name)
                        .start(() -> {
                            try {
                                job.run();
                            } catch (InterruptedException e) {
                                // the run is over
                            } catch (Exception | AssertionError e) {
                                broken.compareAndSet(null, e);
                            }
                        }));
    }

    /// Looks at requests of the last seconds. What it saw settled must stay so; what was accepted
    /// must be there.
    private void read(SplittableRandom random) throws InterruptedException {
        ConcurrentLinkedDeque<String> accepted = new ConcurrentLinkedDeque<>();
        int known = 0;
        while (!stopping) {
            List<Evidence.Event> events = history.events();
            for (Evidence.Event event : events.subList(known, events.size())) {
                // what was pushed is on a list until a replica admits it
                if (event.kind() == Kind.OK && !event.client().startsWith("push")) {
                    accepted.add(event.id());
                }
            }
            known = events.size();
            while (accepted.size() > 500) {
                accepted.poll();
            }
            List<String> ids = List.copyOf(accepted);
            for (int i = 0; i < 10 && !ids.isEmpty() && !stopping; i++) {
                boolean cancel = random.nextInt(20) == 0;
                // what came just now is the likeliest to be cancelled in time
                int among = cancel ? Math.min(30, ids.size()) : ids.size();
                String id = ids.get(ids.size() - 1 - random.nextInt(among));
                String url = urls.get(random.nextInt(urls.size()));
                try {
                    look(url + "/v1/requests/" + id, id, cancel);
                } catch (IOException e) {
                    // a replica that isn't there
                }
                Thread.sleep(20);
            }
            Thread.sleep(20);
        }
    }

    private void look(String url, String id, boolean cancel)
            throws IOException, InterruptedException {
        if (cancel) {
            if (Rest.send("DELETE", url, "").status() / 100 == 2) {
                history.add("reader", Kind.CANCELLED, id, "");
            }
            return;
        }
        Rest.Answer answer = Rest.get(url);
        if (answer.status() == 404) {
            history.add("reader", Kind.UNSEEN, id, "");
        } else if (answer.status() == 200) {
            JsonNode seen = answer.json();
            String state = seen.path("state").asText();
            // a request whose time is over reads as expired before it is taken off its queue
            boolean recorded = !seen.path("settledAt").isNull();
            if (recorded && new Evidence.Ending(id, state, "", 0, "", "", List.of()).isSettled()) {
                history.add(
                        "reader", Kind.SEEN, id, state + " " + seen.path("settledAt").asText(""));
            }
        }
    }

    /// Nothing new any more; what is open is asked for again for a while.
    void stop() throws InterruptedException {
        giveUpAt = System.nanoTime() + LAST_WORDS.toNanos();
        stopping = true;
        for (Thread thread : threads) {
            if (!thread.join(LAST_WORDS.multipliedBy(3))) {
                throw new IllegalStateException(thread.getName() + " does not end");
            }
        }
        Throwable failure = broken.get();
        if (failure != null) {
            throw new IllegalStateException("the harness failed", failure);
        }
    }

    @Override
    public void close() {
        stopping = true;
        threads.forEach(Thread::interrupt);
    }
}
