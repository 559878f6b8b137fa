package io.yardmaster.dispatcher.api;

import io.yardmaster.dispatcher.settings.Settings;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the HTTP server bears with.
@Singleton
public final class ServerLimits {
    static final int BATCH = 16 << 20;
    static final int BATCH_ELEMENTS = 1000;
    private static final int SMALL = 64 << 10;

    /// Fields beside the body in one request's JSON.
    private static final int FIELDS = 1 << 20;

    private final int maxBody;

    public ServerLimits(Settings settings) {
        this.maxBody = settings.server().maxBody();
    }

    long most(Allow.Size size) {
        return switch (size) {
            case SMALL -> SMALL;
            case BODY -> maxBody;
            case REQUEST -> request(maxBody);
            case BATCH -> Math.max(BATCH, request(maxBody));
        };
    }

    /// Twice the body, because base64 and escapes make it longer.
    private static long request(int maxBody) {
        return 2L * maxBody + FIELDS;
    }

    /// The properties that Micronaut's server must be started with.
    ///
    /// - Bodies are not decompressed: the raw form forwards them as they are, and a bomb stays
    ///   small.
    /// - Idle and half-sent connections are closed, so that a slow client holds nothing for long.
    ///   The idle time is longer than the longest `Prefer: wait`.
    /// - Foreign origins are the business of [Guard] alone, which also says why it refuses them.
    /// - `OPTIONS` reaches the routes, because the raw form forwards it.
    /// - Sockets are served by epoll where there is one (a tenth less work for each call), by a
    ///   loop for each core; one more accepts connections.
    public static Map<String, Object> properties(Settings settings) {
        ServerLimits limits = new ServerLimits(settings);
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("micronaut.server.max-request-size", limits.most(Allow.Size.BATCH));
        properties.put("micronaut.server.max-request-buffer-size", limits.most(Allow.Size.BATCH));
        properties.put("micronaut.server.read-idle-timeout", "75s");
        properties.put("micronaut.server.write-idle-timeout", "75s");
        properties.put("micronaut.server.idle-timeout", "75s");
        properties.put("micronaut.server.dispatch-options-requests", true);
        properties.put("micronaut.server.cors.localhost-pass-through", true);
        properties.put("micronaut.server.date-header", true);
        properties.put("micronaut.server.netty.max-header-size", 64 << 10);
        properties.put("micronaut.server.netty.max-initial-line-length", 16 << 10);
        properties.put("micronaut.server.netty.validate-headers", true);
        properties.put("micronaut.server.netty.request-decompression-enabled", false);
        List<String> transports = List.of("epoll", "nio"); // the first that is there
        properties.put("micronaut.netty.event-loops.default.transport", transports);
        properties.put("micronaut.netty.event-loops.parent.transport", transports);
        properties.put("micronaut.netty.event-loops.parent.num-threads", 1);
        return properties;
    }
}
