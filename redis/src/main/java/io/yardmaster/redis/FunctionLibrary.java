package io.yardmaster.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;

/// Yardmaster's one Redis Function library, put together from the Lua parts of the modules.
///
/// One library, because functions of different libraries cannot call each other: taking a request
/// and spending the service's token must be the same atomic step.
///
/// @param code Lua source with its `#!lua` line
/// @param digest first 12 hex digits of the source's SHA-256
public record FunctionLibrary(String code, String digest) {
    public static final String NAME = "yardmaster";

    /// Raised whenever a function's meaning, arguments or stored form change. Of two replicas the
    /// one with the higher number brings its library; equal numbers with different code take the
    /// later one's.
    public static final int VERSION = 4;

    /// The parts are class path resources, in this order after `yardmaster/clock.lua`. They share
    /// one scope: Lua allows it 200 locals, and a part may use the locals of those before it.
    public static FunctionLibrary of(String... parts) {
        StringBuilder body = new StringBuilder(read("yardmaster/clock.lua"));
        for (String part : parts) {
            body.append('\n').append(read(part));
        }
        return ofSource(body.toString());
    }

    /// For tests that plant a defect in the functions.
    public static FunctionLibrary ofSource(String body) {
        String digest = digest(body);
        String version =
                "\nredis.register_function{function_name='yard_version', flags={'no-writes'},\n"
                        + "  callback=function() return {"
                        + VERSION
                        + ", '"
                        + digest
                        + "'} end}\n";
        return new FunctionLibrary("#!lua name=" + NAME + "\n" + body + version, digest);
    }

    private static String read(String resource) {
        ClassLoader loader = Objects.requireNonNull(FunctionLibrary.class.getClassLoader());
        try (InputStream in = loader.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException(
                        "resource: " + resource + " (expected: on the class path)");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + resource, e);
        }
    }

    private static String digest(String body) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(body.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
