package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// The wire form of server-sent events.
final class Frames {
    static final byte[] PING = text(": ping\n\n");

    /// Sent first: how soon to come back after a broken connection.
    static final byte[] HELLO = text("retry: 2000\n: hello\n\n");

    private Frames() {}

    static byte[] event(String name, JsonNode data) {
        return frame("event: " + name + "\n", data);
    }

    /// @param name empty for none
    static byte[] event(String name, String id, JsonNode data) {
        return frame((name.isEmpty() ? "" : "event: " + name + "\n") + "id: " + id + "\n", data);
    }

    private static byte[] frame(String head, JsonNode data) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(text(head + "data: "));
        out.writeBytes(Answers.bytes(data)); // one line: JSON escapes line ends
        out.writeBytes(text("\n\n"));
        return out.toByteArray();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
