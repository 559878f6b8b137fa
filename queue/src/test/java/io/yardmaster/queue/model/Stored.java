package io.yardmaster.queue.model;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// The stored forms as text that is equal when the meaning is equal: wall-clock times, which
/// nothing depends on, become `T`.
final class Stored {
    private static final int HEADER_LENGTH = 32;
    private static final int FINGERPRINT_NONCE_END = 49;
    private static final Pattern TIME = Pattern.compile("(At|at)\":\\d{12,}");

    private Stored() {}

    static String request(byte[] record) {
        ByteBuffer in = ByteBuffer.wrap(record);
        int version = in.get();
        char state = Character.toUpperCase((char) in.get());
        int flags = in.get();
        int lost = in.get();
        int attempts = in.getShort();
        int forgiven = in.getShort();
        int48(in); // when it was enqueued
        long expires = int48(in);
        byte[] nonce = new byte[8];
        in.get(nonce);
        int length = in.getInt();
        String rest = new String(record, HEADER_LENGTH, record.length - HEADER_LENGTH, ISO_8859_1);
        String history = withoutTimes(rest.substring(length));
        return (version == 1 ? "" : "version " + version + " ")
                + text(
                        state,
                        flags % 2 == 1,
                        flags >= 2,
                        lost,
                        attempts,
                        forgiven,
                        expires,
                        latin(nonce),
                        rest.substring(0, length),
                        history.lines().toList());
    }

    /// Writes into a record that waits that it was leased.
    static void lease(byte[] record, byte[] nonce) {
        ByteBuffer in = ByteBuffer.wrap(record);
        if (in.get(1) == 'q') {
            in.put(1, (byte) 'l').put(2, (byte) (in.get(2) & 1));
            in.putShort(4, (short) (in.getShort(4) + 1)).put(20, nonce);
        }
    }

    static String text(
            char state,
            boolean notify,
            boolean sent,
            int lost,
            int attempts,
            int forgiven,
            long expires,
            String nonce,
            String content,
            List<String> history) {
        return state
                + (notify ? " notify" : "")
                + (sent ? " sent" : "")
                + " lost="
                + lost
                + " attempts="
                + attempts
                + "-"
                + forgiven
                + " expires="
                + expires
                + " nonce="
                + nonce
                + " content="
                + content
                + " history="
                + history;
    }

    static String outcome(byte[] outcome) {
        String text = latin(outcome);
        return text.length() < FINGERPRINT_NONCE_END
                ? text
                : text.substring(0, FINGERPRINT_NONCE_END)
                        + withoutTimes(text.substring(FINGERPRINT_NONCE_END));
    }

    static String withoutTimes(String json) {
        return TIME.matcher(json).replaceAll("$1\":T");
    }

    static String latin(byte[] bytes) {
        return new String(bytes, ISO_8859_1);
    }

    /// Bytes that are not printable show as `\xHH`.
    static String printable(String latin) {
        StringBuilder text = new StringBuilder();
        latin.chars()
                .forEach(c -> {
                    if ((c >= 0x20 && c < 0x7f) || c == '\n') {
                        text.append((char) c);
                    } else {
                        text.append(String.format(Locale.ROOT, "\\x%02x", c));
                    }
                });
        return text.toString();
    }

    private static long int48(ByteBuffer in) {
        return ((long) (in.getShort() & 0xffff) << 32) | (in.getInt() & 0xffffffffL);
    }
}
