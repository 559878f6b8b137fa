package io.yardmaster.dispatcher.cli;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One call of the REST interface.
///
/// @param method HTTP method
/// @param path below the dispatcher's address, with its query; already encoded
/// @param content the body, or null
/// @param headers further header fields
/// @param patience how much longer than usual the answer may take
record Call(
        String method,
        String path,
        @Nullable Content content,
        Map<String, String> headers,
        Duration patience) {

    /// What a call brings along.
    ///
    /// @param type media type
    /// @param bytes the body
    @SuppressWarnings("ArrayRecordComponent") // only handed on, never compared
    record Content(String type, byte[] bytes) {
        static Content json(String text) {
            return new Content("application/json", text.getBytes(StandardCharsets.UTF_8));
        }
    }

    static Call get(String path) {
        return new Call("GET", path, null, Map.of(), Duration.ZERO);
    }

    static Call post(String path) {
        return new Call("POST", path, null, Map.of(), Duration.ZERO);
    }

    static Call put(String path, String json) {
        return new Call("PUT", path, Content.json(json), Map.of(), Duration.ZERO);
    }

    static Call delete(String path) {
        return new Call("DELETE", path, null, Map.of(), Duration.ZERO);
    }

    Call with(Content body) {
        return new Call(method, path, body, headers, patience);
    }

    Call with(Map<String, String> fields, Duration longer) {
        return new Call(method, path, content, fields, longer);
    }

    /// One path segment or query value, percent-encoded.
    static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /// A query from name and value pairs; pairs without a value are left out.
    static String query(@Nullable String... pairs) {
        StringBuilder query = new StringBuilder();
        for (int i = 0; i + 1 < pairs.length; i += 2) {
            String value = pairs[i + 1];
            if (value != null) {
                query.append(query.isEmpty() ? '?' : '&').append(pairs[i]).append('=');
                query.append(encode(value));
            }
        }
        return query.toString();
    }
}
