package io.yardmaster.dispatcher.net;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes small databases in the MaxMind DB format, version 2.0: a binary tree over the bits of
/// addresses with records of 24 bits, the data section, and the metadata.
final class Mmdb {
    private static final int ABSENT = -1;
    private static final byte[] MARKER = {(byte) 0xab, (byte) 0xcd, (byte) 0xef};

    /// For both bits: a node of the tree, [#ABSENT], or the data at `-2 - offset`.
    private final List<int[]> tree = new ArrayList<>();

    private final ByteArrayOutputStream data = new ByteArrayOutputStream();
    private final int ipVersion;

    Mmdb(int ipVersion) {
        this.ipVersion = ipVersion;
        tree.add(new int[] {ABSENT, ABSENT});
    }

    /// @param bits of the network's prefix; IPv4 addresses stand at ::/96 in a tree of IPv6
    Mmdb put(byte[] address, int bits, Map<String, Object> entry) {
        byte[] full = address;
        int length = bits;
        if (ipVersion == 6 && address.length == 4) {
            full = new byte[16];
            System.arraycopy(address, 0, full, 12, 4);
            length += 96;
        }
        int offset = data.size();
        write(data, entry);
        int at = 0;
        for (int i = 0; i < length; i++) {
            int bit = full[i / 8] >> (7 - i % 8) & 1;
            if (i == length - 1) {
                tree.get(at)[bit] = -2 - offset;
            } else {
                int next = tree.get(at)[bit];
                if (next < 0) {
                    next = tree.size();
                    tree.add(new int[] {ABSENT, ABSENT});
                    tree.get(at)[bit] = next;
                }
                at = next;
            }
        }
        return this;
    }

    byte[] bytes() {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        for (int[] node : tree) {
            for (int record : node) {
                int value =
                        record == ABSENT
                                ? tree.size()
                                : record < 0 ? tree.size() + 16 + (-2 - record) : record;
                file.write(value >> 16);
                file.write(value >> 8);
                file.write(value);
            }
        }
        file.writeBytes(new byte[16]);
        file.writeBytes(data.toByteArray());
        file.writeBytes(MARKER);
        file.writeBytes("MaxMind.com".getBytes(UTF_8));
        Map<String, Object> metadata = new HashMap<>();
        metadata.put("binary_format_major_version", 2);
        metadata.put("binary_format_minor_version", 0);
        metadata.put("build_epoch", 1_700_000_000L);
        metadata.put("database_type", "Test-City");
        metadata.put("description", Map.of("en", "written by a test"));
        metadata.put("ip_version", ipVersion);
        metadata.put("languages", List.of("en"));
        metadata.put("node_count", (long) tree.size());
        metadata.put("record_size", 24);
        write(file, metadata);
        return file.toByteArray();
    }

    /// Type in the upper three bits and size in the lower five; types above 7 in a byte more. All
    /// that is written here is shorter than 29.
    private static void write(ByteArrayOutputStream out, Object value) {
        switch (value) {
            case Map<?, ?> map -> {
                out.write(7 << 5 | map.size());
                map.forEach((key, item) -> {
                    write(out, key);
                    write(out, item);
                });
            }
            case List<?> list -> {
                out.write(list.size());
                out.write(11 - 7);
                list.forEach(item -> write(out, item));
            }
            case String text -> {
                out.write(2 << 5 | text.length());
                out.writeBytes(text.getBytes(UTF_8));
            }
            case Double number -> {
                out.write(3 << 5 | 8);
                out.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
            }
            case Integer number -> {
                out.write(5 << 5 | 2);
                out.write(number >> 8);
                out.write(number);
            }
            case Long number -> {
                out.write(8);
                out.write(9 - 7);
                out.writeBytes(ByteBuffer.allocate(8).putLong(number).array());
            }
            default -> throw new IllegalArgumentException("value: " + value);
        }
    }
}
