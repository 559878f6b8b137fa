package io.yardmaster.dispatcher.search;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Pattern;

/// What dead requests have in common that died of the same: queue, reason, status, and a message
/// that differs in numbers and ids only.
///
/// @param key the same for the same cause, on every replica; opaque
public record Cause(
        String key, String service, String priority, String reason, int status, String message) {
    private static final Pattern UUID =
            Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    /// Long words with a digit in them are ids or hashes.
    private static final Pattern ID = Pattern.compile("\\b(?=[A-Za-z]*\\d)[A-Za-z0-9]{8,}\\b");

    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final int KEY_BYTES = 12;

    public static Cause of(Entry dead) {
        String reason = dead.reason() == null ? "unknown" : dead.reason();
        String message = dead.message() == null ? "" : dead.message();
        String same =
                String.join(
                        "\0",
                        dead.service(),
                        dead.priority(),
                        reason,
                        Integer.toString(dead.status()),
                        normalised(message));
        return new Cause(
                key(same), dead.service(), dead.priority(), reason, dead.status(), message);
    }

    static String normalised(String message) {
        String plain = UUID.matcher(message).replaceAll("#");
        plain = ID.matcher(plain).replaceAll("#");
        return NUMBER.matcher(plain).replaceAll("#");
    }

    private static String key(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(Arrays.copyOf(hash, KEY_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
