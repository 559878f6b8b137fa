package io.yardmaster.queue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.yardmaster.dispatcher.jmh.Bodies;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What the stored form of a request costs: to write it for an offer, to read it from a take, to
/// write how it ended. In the package of [RequestCodec], which nobody else needs.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RecordBenchmark {
    private static final String ID = "7Sbq2mA0123456789".substring(1);
    private static final String NONCE = "a1b2c3d4";

    private final Request request =
            new Request(
                    ID,
                    new QueueName("default", Priority.NORMAL),
                    "POST",
                    "/job",
                    List.of(new Request.Header("Content-Type", "application/json")),
                    Bodies.json(),
                    Optional.empty(),
                    OptionalInt.empty(),
                    Request.Routing.NONE);
    private final byte[] waiting = waiting(request);
    private final StoredRequest stored =
            RequestCodec.decode(ID, RequestCodec.leased(waiting.clone(), NONCE));
    private final Settlement succeeded = new Settlement.Succeeded("x".repeat(470));

    /// As Redis has it before a take (`1-record.lua`).
    private static byte[] waiting(Request request) {
        byte[] content = RequestCodec.content(request);
        return ByteBuffer.allocate(RequestCodec.HEADER_LENGTH + content.length)
                .put((byte) 1)
                .put((byte) 'q')
                .put(new byte[6])
                .putShort((short) 0x19a)
                .putInt(0x12345678)
                .put(new byte[6])
                .put("........".getBytes(UTF_8))
                .putInt(content.length)
                .put(content)
                .array();
    }

    @Benchmark
    public byte[] writeRecord() {
        return RequestCodec.content(request);
    }

    /// With the copy that stands for what Lettuce made of the reply.
    @Benchmark
    public StoredRequest readRecord() {
        return RequestCodec.decode(ID, RequestCodec.leased(waiting.clone(), NONCE));
    }

    /// With the fingerprint of the content.
    @Benchmark
    public byte[] writeEnding() {
        return RequestCodec.ending(stored, succeeded);
    }
}
