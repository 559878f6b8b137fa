package io.yardmaster.dispatcher.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.yardmaster.dispatcher.jmh.Bodies;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.StoredRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What writing the outcome of a request costs that the first node answered, as nginx does.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class OutcomeBenchmark {
    private final StoredRequest stored =
            new StoredRequest(
                    Request.of(
                            "Sbq2mA0123456789",
                            new QueueName("default", Priority.NORMAL),
                            "/job",
                            Bodies.json()),
                    StoredRequest.State.LEASED,
                    1,
                    0,
                    0,
                    Instant.ofEpochMilli(1_800_000_000_000L),
                    false,
                    "a1b2c3d4",
                    List.of(),
                    new byte[0],
                    0);
    private final OutcomeJson.Attempt answered =
            new OutcomeJson.Attempt(
                    1,
                    "nuc",
                    1_800_000_000_100L,
                    7,
                    new Forwarder.Answer.Responded(
                            200,
                            List.of(
                                    new Request.Header("Server", "nginx/1.22.1"),
                                    new Request.Header("Date", "Sun, 29 Nov 2026 12:00:00 GMT"),
                                    new Request.Header("Content-Type", "application/json"),
                                    new Request.Header("Content-Length", "15")),
                            "{\"status\":\"ok\"}".getBytes(UTF_8),
                            false),
                    "success",
                    Optional.empty());

    @Benchmark
    public String writeOutcome() {
        return OutcomeJson.outcome(stored, answered, null, 1_800_000_000_110L);
    }
}
