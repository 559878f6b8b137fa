package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteMatch;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Stands before every route: who calls, whether they may, whether another site's page makes them,
/// and how much they bring, all before the body is read.
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class Guard {
    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final String BEARER = "bearer ";

    private final ApiKeys keys;
    private final ServerLimits limits;

    Guard(ApiKeys keys, ServerLimits limits) {
        this.keys = keys;
        this.limits = limits;
    }

    @RequestFilter
    @Nullable HttpResponse<?> admit(HttpRequest<?> request) {
        @Nullable RouteMatch<?> route = RouteAttributes.getRouteMatch(request).orElse(null);
        try {
            refuseOtherSites(request, route);
            authorize(request, route);
            refuseTooMuch(request, route);
            return null;
        } catch (Problem.Refused refused) {
            return refused.problem().response();
        }
    }

    private void authorize(HttpRequest<?> request, @Nullable RouteMatch<?> route) {
        if (!keys.asked()) {
            return;
        }
        Access access = access(route);
        boolean outside = route == null && !request.getPath().startsWith("/v1");
        if (access == Access.OPEN || outside) {
            return;
        }
        Caller caller = authenticate(request);
        if (route != null && !access.allows(caller.role())) {
            String role = caller.role().name().toLowerCase(Locale.ROOT);
            throw Problem.forbidden("keys of role " + role + " may not do this").refused();
        }
        if (route != null) {
            narrow(caller, access, route);
        }
        caller.accompany(request);
    }

    static Access access(@Nullable RouteMatch<?> route) {
        return route == null
                ? Access.OPERATE
                : route.getAnnotationMetadata()
                        .enumValue(Allow.class, Access.class)
                        .orElse(Access.OPERATE);
    }

    private Caller authenticate(HttpRequest<?> request) {
        String header = request.getHeaders().get(HttpHeaders.AUTHORIZATION);
        if (header == null || !header.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            throw Problem.unauthorized("send a key as Authorization: Bearer ...").refused();
        }
        return keys.caller(header.substring(BEARER.length()).strip())
                .orElseThrow(() -> Problem.unauthorized("this key is not known").refused());
    }

    private static void narrow(Caller caller, Access access, RouteMatch<?> route) {
        if (route.getVariableValues().get("service") instanceof String service) {
            caller.demand(service);
        }
        boolean ofNode = access == Access.REPORT || access == Access.READ_NODE;
        if (ofNode
                && route.getVariableValues().get("node") instanceof String node
                && !caller.maySpeakFor(node)) {
            throw Problem.forbidden("this key is for another node").refused();
        }
    }

    /// A page of another site can send requests with the network position of whoever looks at it.
    private static void refuseOtherSites(HttpRequest<?> request, @Nullable RouteMatch<?> route) {
        boolean changes =
                !SAFE.contains(request.getMethodName())
                        || (route != null
                                && route.getAnnotationMetadata()
                                        .booleanValue(Allow.class, "changes")
                                        .orElse(false));
        if (!changes) {
            return;
        }
        String site = request.getHeaders().get("Sec-Fetch-Site");
        boolean crossSite = site != null && site.equalsIgnoreCase("cross-site");
        String origin = request.getHeaders().get(HttpHeaders.ORIGIN);
        if (crossSite || (origin != null && !sameHost(origin, request))) {
            throw Problem.forbidden("pages of other sites may not do this").refused();
        }
    }

    private static boolean sameHost(String origin, HttpRequest<?> request) {
        String host = request.getHeaders().get(HttpHeaders.HOST);
        int authority = origin.indexOf("://");
        return host != null
                && authority > 0
                && withoutDefaultPort(origin.substring(authority + 3))
                        .equalsIgnoreCase(withoutDefaultPort(host));
    }

    private static String withoutDefaultPort(String authority) {
        return authority.replaceFirst(":(80|443)$", "");
    }

    private void refuseTooMuch(HttpRequest<?> request, @Nullable RouteMatch<?> route) {
        if (route == null) {
            return;
        }
        long most =
                limits.most(
                        route.getAnnotationMetadata()
                                .enumValue(Allow.class, "most", Allow.Size.class)
                                .orElse(Allow.Size.SMALL));
        if (request.getContentLength() > most) {
            throw Problem.tooLarge(most).refused();
        }
    }
}
