package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.yardmaster.dispatcher.dispatch.StickyCookie;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.TraceContext;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads a request of the raw form: what comes is what goes to the node, but for what belongs to
/// the connection or to the dispatcher.
final class RawRequest {
    static final String PRIORITY = "X-Yardmaster-Priority";

    /// RFC 9218: a dictionary whose `u` is the urgency, 0 to 7, most urgent first.
    private static final Pattern URGENCY = Pattern.compile("(?:^|,)\\s*u=([0-7])\\s*(?=,|;|$)");

    private RawRequest() {}

    /// @param authorized whether `Authorization` is a key of ours, which no node may see
    static void read(
            HttpRequest<?> request,
            String service,
            byte[] body,
            boolean authorized,
            RequestDraft draft) {
        draft.service(service);
        draft.method(request.getMethodName());
        draft.path(target(request.getUri()));
        HttpHeaders headers = request.getHeaders();
        priority(headers, draft);
        Set<String> dropped = named(headers.getAll("Connection"));
        dropped.add("prefer");
        if (authorized) {
            dropped.add("authorization");
        }
        // With a key for repeating it, the request must be the same from wherever and whenever it
        // is
        // repeated: neither its connection's address nor the cookie that an answer of ours set may
        // be part of it.
        boolean repeatable = headers.contains("Idempotency-Key");
        for (Map.Entry<String, List<String>> header : headers) {
            String name = header.getKey();
            if (!dropped.contains(ForwardedHeaders.lower(name))
                    && !TraceContext.isField(name) // goes beside the request, see Origin
                    && !ForwardedHeaders.hopByHop(name)
                    && !ForwardedHeaders.ours(name)) {
                header.getValue().forEach(value -> header(name, value, repeatable, draft));
            }
        }
        String address = Door.address(request);
        if (!repeatable && !address.isEmpty()) {
            int zone = address.indexOf('%');
            draft.clientIp(zone < 0 ? address : address.substring(0, zone));
        }
        draft.body("body", body, null);
    }

    private static void header(String name, String value, boolean repeatable, RequestDraft draft) {
        if (repeatable && StickyCookie.isCookie(name)) {
            StickyCookie.without(value).ifPresent(others -> draft.header(name, others));
        } else {
            draft.header(name, value);
        }
    }

    /// What stands behind `/v1/services/{service}/forward`, undecoded.
    private static String target(URI uri) {
        String path = uri.getRawPath();
        int begin = 0;
        for (int slashes = 0; begin < path.length(); begin++) {
            if (path.charAt(begin) == '/' && ++slashes == 5) {
                break;
            }
        }
        String rest = path.substring(begin);
        String query = uri.getRawQuery();
        return (rest.isEmpty() ? "/" : rest) + (query == null ? "" : "?" + query);
    }

    private static void priority(HttpHeaders headers, RequestDraft draft) {
        String own = headers.get(PRIORITY);
        if (own != null) {
            draft.priority(PRIORITY, own);
            return;
        }
        Matcher urgency = URGENCY.matcher(String.join(",", headers.getAll("Priority")));
        if (urgency.find()) {
            draft.priority(
                    switch (urgency.group(1)) {
                        case "0", "1" -> Priority.CRITICAL;
                        case "2" -> Priority.HIGH;
                        case "3", "4" -> Priority.NORMAL;
                        default -> Priority.LOW;
                    });
        }
    }

    /// `Connection` names further fields that end at this hop.
    private static Set<String> named(List<String> connection) {
        Set<String> names = new HashSet<>();
        for (String header : connection) {
            for (String name : header.split(",", -1)) {
                names.add(ForwardedHeaders.lower(name.strip()));
            }
        }
        return names;
    }
}
