package io.yardmaster.dispatcher.api;

import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;

/// Keeps browsers from doing more with an answer than show it. Outside of all other filters, so
/// that their refusals carry these headers too.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ProtectiveHeaders {
    static final String POLICY =
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    @ResponseFilter
    void protect(MutableHttpResponse<?> response) {
        absent(response, "Content-Security-Policy", POLICY);
        absent(response, "X-Content-Type-Options", "nosniff");
        absent(response, "Referrer-Policy", "no-referrer");
        absent(response, "X-Frame-Options", "DENY");
        absent(response, HttpHeaders.CACHE_CONTROL, "no-store");
    }

    private static void absent(MutableHttpResponse<?> response, String name, String value) {
        if (!response.getHeaders().contains(name)) {
            response.header(name, value);
        }
    }
}
