package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Request;
import java.util.List;
import java.util.Optional;

/// The cookie that brings a client back to the node that answered it last. It travels to the choice
/// of a node as the producer sent it, within the request's own `Cookie` header, and goes no
/// further. What it names is a wish of the client: it counts only among the nodes that could be
/// chosen anyway.
public final class StickyCookie {
    private static final String NAME = "YARDMASTER_NODE";

    private StickyCookie() {}

    /// The header that has the client come back to this node within the hour.
    public static String set(String node) {
        return NAME + "=" + node + "; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax";
    }

    /// The node that the request asks for.
    static Optional<String> node(List<Request.Header> headers) {
        for (Request.Header header : headers) {
            if (isCookie(header.name())) {
                for (String pair : header.value().split(";", -1)) {
                    if (ours(pair)) {
                        return Optional.of(pair.substring(pair.indexOf('=') + 1).strip());
                    }
                }
            }
        }
        return Optional.empty();
    }

    public static boolean isCookie(String headerName) {
        return headerName.equalsIgnoreCase("Cookie");
    }

    /// A `Cookie` header's value without this cookie; empty when nothing is left of it.
    public static Optional<String> without(String cookies) {
        if (!cookies.contains(NAME)) {
            return Optional.of(cookies);
        }
        StringBuilder others = new StringBuilder();
        for (String pair : cookies.split(";", -1)) {
            if (!ours(pair) && !pair.isBlank()) {
                others.append(others.isEmpty() ? "" : "; ").append(pair.strip());
            }
        }
        return others.isEmpty() ? Optional.empty() : Optional.of(others.toString());
    }

    private static boolean ours(String pair) {
        int end = pair.indexOf('=');
        return end > 0 && pair.substring(0, end).strip().equals(NAME);
    }
}
