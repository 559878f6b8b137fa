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

    /// All of it, small: series by series, because neighbours in time are alike.
    ///
    /// @param first step of the block
    byte[] packed(long first, int steps) {
        ByteBuffer plain =
                ByteBuffer.allocate(names.size() * steps * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int column = 0; column < names.size(); column++) {
            for (int i = 0; i < steps; i++) {
                float[] row = rows.get(first + i);
                plain.putFloat(row == null ? Float.NaN : at(row, column));
            }
        }
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        try {
            deflater.setInput(plain.array());
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
        ByteBuffer values = ByteBuffer.wrap(plain).order(ByteOrder.LITTLE_ENDIAN);
        Map<Long, float[]> rows = new TreeMap<>();
        for (int i = 0; i < steps; i++) {
            float[] row = new float[names.size()];
            for (int column = 0; column < row.length; column++) {
                row[column] = values.getFloat((column * steps + i) * 4);
            }
            rows.put(first + i, row);
        }
        return new Block(names, rows);
    }
}
