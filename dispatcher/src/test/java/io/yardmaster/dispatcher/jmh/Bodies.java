package io.yardmaster.dispatcher.jmh;

import static java.nio.charset.StandardCharsets.UTF_8;

/// The requests of `scripts/bench`: 250 bytes of JSON.
public final class Bodies {
    private static final String JSON =
            """
            {"id":"job-00000042","ts":0,"w":0,"p":2,"kind":"render","tenant":"acme-7","pad":"%s"}\
            """
                    .formatted("x".repeat(167));

    private Bodies() {}

    public static byte[] json() {
        return JSON.getBytes(UTF_8);
    }

    /// As `POST /v1/requests` takes it.
    public static String request() {
        return "{\"path\":\"/job\",\"priority\":\"normal\",\"body\":" + JSON + "}";
    }
}
