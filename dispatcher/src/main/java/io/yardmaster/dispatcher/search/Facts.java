package io.yardmaster.dispatcher.search;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// What the beginning of an outcome, or of a line of history, says before it breaks off. Not
/// thread-safe.
final class Facts {
    private static final JsonFactory JSON = new JsonFactory();

    @Nullable String service;
    @Nullable String priority;
    @Nullable String node;
    @Nullable String method;
    @Nullable String path;
    @Nullable String reason;
    @Nullable String message;
    @Nullable String cause;
    int attempts;
    int status;
    long enqueuedAtMs;
    long settledAtMs;

    private Facts() {}

    static Facts of(String json) {
        Facts facts = new Facts();
        if (!json.isEmpty()) {
            try (JsonParser in = JSON.createParser(json)) {
                facts.read(in);
            } catch (IOException e) {
                // it broke off: what was read before holds
            }
        }
        return facts;
    }

    private void read(JsonParser in) throws IOException {
        if (in.nextToken() != JsonToken.START_OBJECT) {
            return;
        }
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            JsonToken value = in.nextToken();
            switch (field) {
                case "error" -> error(in, value);
                case "response" -> response(in, value);
                default -> plain(in, field, value);
            }
        }
    }

    private void plain(JsonParser in, String field, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) {
            switch (field) {
                case "service" -> service = in.getText();
                case "priority" -> priority = in.getText();
                case "node" -> node = in.getText();
                case "method" -> method = in.getText();
                case "path" -> path = in.getText();
                case "cause" -> cause = in.getText();
                default -> {}
            }
        } else if (value == JsonToken.VALUE_NUMBER_INT) {
            switch (field) {
                case "attempts" -> attempts = in.getIntValue();
                case "status" -> status = in.getIntValue();
                case "enqueuedAt" -> enqueuedAtMs = in.getLongValue();
                case "settledAt" -> settledAtMs = in.getLongValue();
                default -> {}
            }
        } else {
            in.skipChildren();
        }
    }

    /// The error of an outcome is an object, that of an attempt a text.
    private void error(JsonParser in, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING) {
            message = in.getText();
            return;
        }
        if (value != JsonToken.START_OBJECT) {
            in.skipChildren();
            return;
        }
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            in.nextToken();
            switch (field) {
                case "reason" -> reason = in.getText();
                case "message" -> message = in.getText();
                default -> in.skipChildren();
            }
        }
    }

    private void response(JsonParser in, JsonToken value) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            in.skipChildren();
            return;
        }
        while (in.nextToken() == JsonToken.FIELD_NAME) {
            String field = in.currentName();
            JsonToken inner = in.nextToken();
            if (field.equals("status") && inner == JsonToken.VALUE_NUMBER_INT) {
                status = in.getIntValue();
            } else {
                in.skipChildren();
            }
        }
    }
}
