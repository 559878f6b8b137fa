package io.yardmaster.dispatcher.e2e;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A collector that takes OTLP over HTTP and keeps the spans: reads as much of protobuf as that
/// takes.
final class Collector implements AutoCloseable {
    private final HttpServer server;
    private final ConcurrentLinkedQueue<Span> spans = new ConcurrentLinkedQueue<>();

    /// @param kind 3 client, 4 producer, 5 consumer
    /// @param attributes as text
    /// @param failed whether its status is an error
    record Span(
            String trace,
            String id,
            String parent,
            String state,
            String name,
            int kind,
            Map<String, String> attributes,
            boolean failed,
            String replica) {}

    Collector() {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/v1/traces", this::take);
        server.start();
    }

    String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
    }

    List<Span> spans() {
        return List.copyOf(spans);
    }

    private void take(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            fields(
                    ByteBuffer.wrap(body),
                    (number, resource) -> resourceSpans((ByteBuffer) resource));
            exchange.getResponseHeaders().set("Content-Type", "application/x-protobuf");
            exchange.sendResponseHeaders(200, -1);
        }
    }

    private void resourceSpans(ByteBuffer message) {
        Map<String, String> resource = new TreeMap<>();
        List<ByteBuffer> scopes = new ArrayList<>();
        fields(
                message,
                (number, value) -> {
                    if (number == 1) {
                        fields((ByteBuffer) value, (_, pair) -> pair(pair, resource));
                    } else if (number == 2) {
                        scopes.add((ByteBuffer) value);
                    }
                });
        String replica = resource.getOrDefault("service.instance.id", "");
        for (ByteBuffer scope : scopes) {
            fields(
                    scope,
                    (number, value) -> {
                        if (number == 2) {
                            spans.add(span((ByteBuffer) value, replica));
                        }
                    });
        }
    }

    private static Span span(ByteBuffer message, String replica) {
        Map<Integer, Object> fields = new TreeMap<>();
        Map<String, String> attributes = new TreeMap<>();
        fields(
                message,
                (number, value) -> {
                    if (number == 9) {
                        pair(value, attributes);
                    } else {
                        fields.put(number, value);
                    }
                });
        boolean[] failed = {false};
        if (fields.get(15) instanceof ByteBuffer status) {
            fields(status, (number, value) -> failed[0] |= number == 3 && value.equals(2L));
        }
        return new Span(
                hex(fields.get(1)),
                hex(fields.get(2)),
                hex(fields.get(4)),
                text(fields.get(3)),
                text(fields.get(5)),
                fields.get(6) instanceof Long kind ? kind.intValue() : 0,
                attributes,
                failed[0],
                replica);
    }

    private static void pair(Object message, Map<String, String> into) {
        String[] pair = {"", ""};
        fields(
                (ByteBuffer) message,
                (number, value) -> {
                    if (number == 1) {
                        pair[0] = text(value);
                    } else {
                        fields(
                                (ByteBuffer) value,
                                (kind, any) -> pair[1] = kind == 1 ? text(any) : any.toString());
                    }
                });
        into.put(pair[0], pair[1]);
    }

    private static String hex(@Nullable Object bytes) {
        return bytes instanceof ByteBuffer buffer ? HexFormat.of().formatHex(array(buffer)) : "";
    }

    private static String text(@Nullable Object bytes) {
        return bytes instanceof ByteBuffer buffer
                ? new String(array(buffer), StandardCharsets.UTF_8)
                : "";
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    /// Each field of a message: a Long, or the bytes of a text or of another message.
    private static void fields(ByteBuffer message, BiConsumer<Integer, Object> each) {
        ByteBuffer in = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            long tag = varint(in);
            Object value =
                    switch ((int) (tag & 7)) {
                        case 0 -> varint(in);
                        case 1 -> in.getLong();
                        case 5 -> (long) in.getInt();
                        default -> {
                            int length = (int) varint(in);
                            ByteBuffer part = in.slice(in.position(), length);
                            in.position(in.position() + length);
                            yield part;
                        }
                    };
            each.accept((int) (tag >>> 3), value);
        }
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
