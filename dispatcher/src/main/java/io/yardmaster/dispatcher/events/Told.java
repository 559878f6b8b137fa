package io.yardmaster.dispatcher.events;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.Optional;

/// An event as it stands in the log.
///
/// @param type such as `node_registered`
/// @param source the replica that told it
public record Told(EventId id, String type, ObjectNode data, String source) {

    /// As the contract has it, for all who listen.
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("event_type", type);
        json.set("event_data", data);
        return json.put("timestamp", Instant.ofEpochMilli(id.ms()).toString())
                .put("source", source);
    }

    /// The service that it is about; empty when it is about none.
    public Optional<String> service() {
        String service = data.path("service").asText("");
        return service.isEmpty() ? Optional.empty() : Optional.of(service);
    }
}
