package io.yardmaster.dispatcher.api;

import io.micronaut.core.annotation.Order;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpMethod;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.web.router.RouteAttributes;

/// Answers `OPTIONS` of an address that has no such method with 204 and `Allow`. Micronaut turns
/// the refusal of the method into 200 by itself, and leaves the problem of 405 in the body.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
@Order(Ordered.HIGHEST_PRECEDENCE)
final class OptionsAnswers {
    @ResponseFilter
    void empty(HttpRequest<?> request, MutableHttpResponse<?> response) {
        if (request.getMethod() == HttpMethod.OPTIONS
                && response.code() == HttpStatus.OK.getCode()
                && RouteAttributes.getRouteMatch(request).isEmpty()) {
            response.status(HttpStatus.NO_CONTENT).body(null);
            response.getHeaders().remove("Content-Type");
        }
    }
}
