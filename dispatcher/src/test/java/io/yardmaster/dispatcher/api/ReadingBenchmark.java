package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.yardmaster.dispatcher.jmh.Bodies;
import io.yardmaster.queue.RequestIds;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What reading a request that came over REST costs: alone, and as one of a batch of 500.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReadingBenchmark {
    private static final int BATCH = 500;

    private final RequestParser parser =
            new RequestParser(
                    1 << 20,
                    new RequestIds(InstantSource.system(), new Random(1)),
                    InstantSource.system(),
                    Destinations.ANY);
    private final byte[] one = Bodies.request().getBytes(UTF_8);
    private final byte[] batch =
            Collections.nCopies(BATCH, Bodies.request()).toString().getBytes(UTF_8);

    @Benchmark
    public Object readOneRequest() {
        return parser.parse(one, Origin.REDIS);
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public Object readBatchOf500() {
        return parser.parseAll(batch, BATCH, Origin.REDIS).orElseThrow();
    }
}
