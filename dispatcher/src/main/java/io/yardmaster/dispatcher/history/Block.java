package io.yardmaster.dispatcher.history;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/// Some steps of the history: values of series at each, NaN where nobody measured.
///
/// @param names of the series, in the order of the values
/// @param rows values by step; a row may be shorter than the names
record Block(List<String> names, Map<Long, float[]> rows) {
    static final Block EMPTY = new Block(List.of(), Map.of());

    /// No block that we write is larger, unpacked.
    private static final int MOST_BYTES = 16 << 20;

    Block {
        names = List.copyOf(names);
    }

    static byte[] values(float[] row) {
        ByteBuffer bytes = ByteBuffer.allocate(row.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(row);
        return bytes.array();
    }

    static float[] values(byte[] bytes) {
        float[] row = new float[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(row);
        return row;
    }

    /// The column of each series.
    Map<String, Integer> columns() {
        Map<String, Integer> columns = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            columns.put(names.get(i), i);
        }
        return columns;
    }

    /// NaN where there is none.
    static float at(float[] row, int column) {
        return column < row.length ? row[column] : Float.NaN;
    }

    /// All of it, small: series by series, because neighbours in time are alike, and of each the
    /// first bytes of all values, then the second, because those are still more alike. Values are
    /// kept to 1 in 8,000.
    ///
    /// @param first step of the block
    byte[] packed(long first, int steps) {
        byte[] plain = new byte[names.size() * steps * 4];
        for (int column = 0; column < names.size(); column++) {
            for (int i = 0; i < steps; i++) {
                float[] row = rows.get(first + i);
                int bits = bits(row == null ? Float.NaN : at(row, column));
                for (int part = 0; part < 4; part++) {
                    plain[(column * 4 + part) * steps + i] = (byte) (bits >> (8 * part));
                }
            }
        }
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            deflater.setInput(plain);
            deflater.finish();
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            byte[] buffer = new byte[8192];
            while (!deflater.finished()) {
                out.write(buffer, 0, deflater.deflate(buffer));
            }
            return out.toByteArray();
        } finally {
            deflater.end();
        }
    }

    /// Rounded to 12 of 23 bits behind the first one: whole numbers below 8,192 stay as they are.
    private static int bits(float value) {
        return Float.isNaN(value)
                ? Float.floatToIntBits(value)
                : (Float.floatToIntBits(value) + 0x400) & ~0x7ff;
    }

    /// Nothing when somebody damaged it.
    static Block unpacked(List<String> names, byte[] packed, long first, int steps) {
        int size = names.size() * steps * 4;
        if (size > MOST_BYTES) {
            return EMPTY;
        }
        byte[] plain = new byte[size];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(packed);
            int filled = 0;
            while (filled < size && !inflater.finished()) {
                int more = inflater.inflate(plain, filled, size - filled);
                if (more == 0) {
                    return EMPTY;
                }
                filled += more;
            }
        } catch (DataFormatException e) {
            return EMPTY;
        } finally {
            inflater.end();
        }
        Map<Long, float[]> rows = new TreeMap<>();
        for (int i = 0; i < steps; i++) {
            float[] row = new float[names.size()];
            for (int column = 0; column < row.length; column++) {
                int bits = 0;
                for (int part = 0; part < 4; part++) {
                    bits |= (plain[(column * 4 + part) * steps + i] & 0xff) << (8 * part);
                }
                row[column] = Float.intBitsToFloat(bits);
            }
            rows.put(first + i, row);
        }
        return new Block(names, rows);
    }
}
