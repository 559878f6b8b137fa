package io.yardmaster.nodes;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Reads the numbers of ORCA's protobuf message `OrcaLoadReport` by the wire format alone; unknown
/// fields are skipped, as protobuf wants it.
final class OrcaMessage {
    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    private final ByteBuffer in;

    private OrcaMessage(ByteBuffer in) {
        this.in = in.order(ByteOrder.LITTLE_ENDIAN);
    }

    /// The metrics in their order, named as in the text form; of a name that comes twice the last
    /// counts.
    static List<Map.Entry<String, Double>> read(byte[] message) throws LoadMetrics.Unreadable {
        return new OrcaMessage(ByteBuffer.wrap(message)).metrics();
    }

    private List<Map.Entry<String, Double>> metrics() throws LoadMetrics.Unreadable {
        List<Map.Entry<String, Double>> metrics = new ArrayList<>();
        while (in.hasRemaining()) {
            long tag = varint();
            switch ((int) (tag >>> 3)) {
                case 1 -> metrics.add(Map.entry("cpu_utilization", number(tag)));
                case 2 -> metrics.add(Map.entry("mem_utilization", number(tag)));
                case 5 -> metrics.add(entry("utilization.", tag));
                case 8 -> metrics.add(entry("named_metrics.", tag));
                case 9 -> metrics.add(Map.entry("application_utilization", number(tag)));
                default -> skip(tag);
            }
        }
        return metrics;
    }

    private Map.Entry<String, Double> entry(String under, long tag) throws LoadMetrics.Unreadable {
        if ((tag & 7) != BYTES) {
            throw broken();
        }
        OrcaMessage entry = new OrcaMessage(bytes());
        String name = "";
        double value = 0;
        while (entry.in.hasRemaining()) {
            long field = entry.varint();
            if (field == (1 << 3 | BYTES)) {
                name = StandardCharsets.UTF_8.decode(entry.bytes()).toString();
            } else if (field >>> 3 == 2) {
                value = entry.number(field);
            } else {
                entry.skip(field);
            }
        }
        return Map.entry(under + name, value);
    }

    private double number(long tag) throws LoadMetrics.Unreadable {
        if ((tag & 7) != FIXED64) {
            throw broken();
        }
        need(Double.BYTES);
        return in.getDouble();
    }

    private ByteBuffer bytes() throws LoadMetrics.Unreadable {
        long length = varint();
        if (length < 0 || length > in.remaining()) {
            throw broken();
        }
        ByteBuffer part = in.slice(in.position(), (int) length);
        in.position(in.position() + (int) length);
        return part;
    }

    private void skip(long tag) throws LoadMetrics.Unreadable {
        switch ((int) (tag & 7)) {
            case VARINT -> varint();
            case FIXED64 -> skipBytes(8);
            case BYTES -> bytes();
            case FIXED32 -> skipBytes(4);
            default -> throw broken();
        }
    }

    private void skipBytes(int count) throws LoadMetrics.Unreadable {
        need(count);
        in.position(in.position() + count);
    }

    private long varint() throws LoadMetrics.Unreadable {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            need(1);
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw broken();
    }

    private void need(int count) throws LoadMetrics.Unreadable {
        if (in.remaining() < count) {
            throw broken();
        }
    }

    private static LoadMetrics.Unreadable broken() {
        return new LoadMetrics.Unreadable(
                "a damaged message (expected: an OrcaLoadReport in protobuf)");
    }
}
