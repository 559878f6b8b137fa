package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.yardmaster.dispatcher.settings.Settings;
import jakarta.inject.Singleton;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// The API keys, known by their SHA-256 alone. Thread-safe.
@Singleton
final class ApiKeys {
    @SuppressWarnings("ArrayRecordComponent") // compared in constant time, never changed
    private record Known(byte[] sha256, Caller caller) {}

    private final List<Known> known = new ArrayList<>();
    private final boolean asked;

    ApiKeys(Settings settings) {
        this.asked = settings.security().enabled();
        for (Settings.Key key : settings.security().keys()) {
            known.add(new Known(HexFormat.of().parseHex(key.sha256()), Caller.of(key)));
        }
    }

    /// Whether keys are asked for at all.
    boolean asked() {
        return asked;
    }

    /// Whose key this is. Takes as long for a wrong key as for any right one.
    Optional<Caller> caller(String key) {
        byte[] presented = sha256(key);
        Optional<Caller> found = Optional.empty();
        for (Known one : known) {
            if (MessageDigest.isEqual(one.sha256(), presented)) {
                found = Optional.of(one.caller());
            }
        }
        return found;
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
