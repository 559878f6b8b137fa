package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.yardmaster.dispatcher.dispatch.StickyCookie;
import io.yardmaster.queue.Found;
import java.io.IOException;
import java.io.UncheckedIOException;

/// The answer to a request of the raw form whose end was waited for: the node's own, as it is.
final class RawAnswer {
    /// What a node says must not run on our pages' origin, should a browser show it.
    static final String SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'";

    private RawAnswer() {}

    /// @param sticky whether the client is to come back to the same node
    static MutableHttpResponse<byte[]> of(String id, Found.Settled settled, boolean sticky) {
        ObjectNode outcome = Answers.read(settled.json());
        String node = outcome.path("node").asText("");
        MutableHttpResponse<byte[]> response;
        if (outcome.get("response") instanceof ObjectNode answer) {
            response = answer.path("truncated").asBoolean() ? cut(id) : asItIs(answer);
            if (sticky && !node.isEmpty()) {
                response.getHeaders().add("Set-Cookie", StickyCookie.set(node));
            }
        } else {
            response = failure(id, settled.end(), outcome).response();
        }
        response.header("X-Yardmaster-Id", id)
                .header("X-Yardmaster-Attempts", Long.toString(outcome.path("attempts").asLong()));
        if (!node.isEmpty()) {
            response.header("X-Yardmaster-Node", node);
        }
        return response;
    }

    private static MutableHttpResponse<byte[]> asItIs(ObjectNode answer) {
        MutableHttpResponse<byte[]> response = HttpResponse.ok();
        int status = answer.path("status").asInt(502);
        response.status(status, "");
        answer.path("headers")
                .properties()
                .forEach(header -> {
                    if (!ForwardedHeaders.hopByHop(header.getKey())
                            && !ForwardedHeaders.ours(header.getKey())) {
                        add(response, header.getKey(), header.getValue());
                    }
                });
        if (!response.getHeaders().contains("Content-Type")) {
            // Else the server would call it JSON. RFC 9110, 8.3: what bytes without a type are.
            response.header("Content-Type", "application/octet-stream");
        }
        response.getHeaders().remove("Content-Security-Policy");
        response.header("Content-Security-Policy", SANDBOX);
        return response.body(body(answer));
    }

    private static void add(MutableHttpResponse<byte[]> response, String name, JsonNode value) {
        if (value.isArray()) {
            value.forEach(one -> add(response, name, one));
        } else if (Texts.token(name) && Texts.headerValue(value.asText())) {
            response.getHeaders().add(name, value.asText());
        }
    }

    private static byte[] body(ObjectNode answer) {
        try {
            JsonNode base64 = answer.get("bodyBase64");
            return base64 == null
                    ? answer.path("body").asText("").getBytes(UTF_8)
                    : base64.binaryValue();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A part of the answer would pass for all of it.
    private static MutableHttpResponse<byte[]> cut(String id) {
        return Problem.of(
                        502,
                        "answer-too-large",
                        "Answer too large",
                        "the node's answer is longer than yardmaster.outcome.max-body;"
                                + " what was kept of it stands at /v1/requests/"
                                + id)
                .response();
    }

    private static Problem failure(String id, Found.End end, ObjectNode outcome) {
        JsonNode error = outcome.path("error");
        String why = error.path("message").asText("no answer of a node");
        return switch (end) {
            case CANCELLED -> Problem.of(502, "cancelled", "Cancelled", id + ": " + why);
            case EXPIRED -> Problem.of(504, "expired", "Expired", id + ": " + why);
            case SUCCEEDED, DEAD ->
                    error.path("reason").asText("").equals("timeout")
                            ? Problem.of(504, "node-timeout", "Node timeout", id + ": " + why)
                            : Problem.of(502, "node-failed", "Node failed", id + ": " + why);
        };
    }
}
