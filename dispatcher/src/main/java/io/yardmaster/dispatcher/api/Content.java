package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import java.util.Locale;
import java.util.Optional;

/// The body of a call, which must be what it is said to be.
final class Content {
    private Content() {}

    /// The body, which must be JSON and say so: a page of another site can send other types without
    /// being asked.
    static byte[] json(HttpRequest<?> request, Optional<byte[]> body, long most) {
        byte[] bytes = plain(request, body, most);
        String type = type(request);
        if (!type.equals("application/json") && !type.endsWith("+json")) {
            throw wrong(type, "application/json");
        }
        return bytes;
    }

    /// The body in no encoding: what is decompressed here could be a bomb.
    static byte[] plain(HttpRequest<?> request, Optional<byte[]> body, long most) {
        byte[] bytes = body.orElseGet(() -> new byte[0]);
        if (bytes.length > most) {
            throw Problem.tooLarge(most).refused();
        }
        String encoding = request.getHeaders().get("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw Problem.unsupported(
                            "Content-Encoding: "
                                    + Refusals.shown(encoding)
                                    + " (expected: identity)")
                    .refused();
        }
        return bytes;
    }

    /// Lower case, without parameters; empty when it is not said.
    static String type(HttpRequest<?> request) {
        String header = request.getHeaders().get("Content-Type");
        if (header == null) {
            return "";
        }
        int semicolon = header.indexOf(';');
        return (semicolon < 0 ? header : header.substring(0, semicolon))
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    static Problem.Refused wrong(String type, String expected) {
        return Problem.unsupported(
                        "Content-Type: " + Refusals.shown(type) + " (expected: " + expected + ")")
                .refused();
    }
}
