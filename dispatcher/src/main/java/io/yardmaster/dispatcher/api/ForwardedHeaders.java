package io.yardmaster.dispatcher.api;

import java.util.Locale;
import java.util.Set;

/// Which header fields a producer may hand to a node, by lower-case name.
final class ForwardedHeaders {
    /// Those of one connection, and those that describe how the message travels (RFC 9110, 7.6.1).
    private static final Set<String> HOP_BY_HOP =
            Set.of(
                    "connection",
                    "keep-alive",
                    "proxy-connection",
                    "proxy-authenticate",
                    "proxy-authorization",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade",
                    "http2-settings",
                    "content-length",
                    "expect",
                    "host");

    /// Those that the dispatcher sets itself.
    private static final Set<String> OURS =
            Set.of("x-request-id", "idempotency-key", "x-instance-id");

    private ForwardedHeaders() {}

    static boolean hopByHop(String name) {
        return HOP_BY_HOP.contains(lower(name));
    }

    static boolean ours(String name) {
        String lower = lower(name);
        return OURS.contains(lower) || lower.startsWith("x-yardmaster-");
    }

    static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }
}
