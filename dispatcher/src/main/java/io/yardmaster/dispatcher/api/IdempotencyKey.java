package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// The `Idempotency-Key` header: a text in quotes, as the draft of the IETF's httpapi group wants
/// it, or bare, as most clients send it.
///
/// @param value without quotes
record IdempotencyKey(String value) {
    static final String EXPECTED = "1 to 255 printable ASCII characters";

    /// Null when it is none.
    static @Nullable IdempotencyKey of(String header) {
        String value = header.strip();
        if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
            value = value.substring(1, value.length() - 1);
        }
        boolean good =
                !value.isEmpty()
                        && value.length() <= 255
                        && value.chars().allMatch(c -> c >= 0x20 && c < 0x7f);
        return good ? new IdempotencyKey(value) : null;
    }

    /// The id that the same key of the same producer always gives: `k` and 22 characters (132 bits
    /// of SHA-256). Producers with keys of their own can't meet each other's requests by it.
    String requestId(String producer) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(producer.getBytes(UTF_8));
            sha256.update((byte) 0);
            byte[] hash = sha256.digest(value.getBytes(UTF_8));
            return "k" + Base64.getUrlEncoder().encodeToString(hash).substring(0, 22);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
