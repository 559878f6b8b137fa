package io.yardmaster.dispatcher;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.yardmaster.dispatcher.net.AllowedNetworks;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.NodeJson;
import io.yardmaster.nodes.NodeRegistry;
import io.yardmaster.nodes.Parsed;
import io.yardmaster.nodes.ServiceSettings;
import io.yardmaster.nodes.Stats;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// Registers the nodes and services that the configuration names, as if they had come over REST.
final class KnownFromFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final NodeRegistry registry;
    private final AllowedNetworks networks;

    KnownFromFile(NodeRegistry registry, AllowedNetworks networks) {
        this.registry = registry;
        this.networks = networks;
    }

    /// @throws IllegalArgumentException naming the entry that is wrong
    void register(Settings.Known known) {
        for (Map<String, Object> tree : known.nodes()) {
            Map<String, Object> rest = new LinkedHashMap<>(tree);
            String id = String.valueOf(rest.remove("id"));
            Node node = valid("yardmaster.nodes." + id, NodeJson.parseNode(id, json(rest)));
            check("yardmaster.nodes." + id + ".", node.url());
            Stats stats = node.stats();
            if (stats != null) {
                check("yardmaster.nodes." + id + ".stats.", stats.url());
            }
            registry.put(node);
        }
        known.services()
                .forEach((name, tree) -> {
                    Map<String, Object> rest = new LinkedHashMap<>(tree);
                    Object breaker = rest.remove("circuitBreaker"); // REST says breaker
                    if (breaker != null) {
                        rest.put("breaker", breaker);
                    }
                    ServiceSettings settings =
                            valid("yardmaster.services." + name, NodeJson.parseService(json(rest)));
                    registry.putService(name, settings);
                });
    }

    private void check(String where, URI url) {
        Optional<String> refusal = networks.refusal(url);
        if (refusal.isPresent()) {
            throw new IllegalArgumentException(where + refusal.get());
        }
    }

    private static <T> T valid(String where, Parsed<T> parsed) {
        return switch (parsed) {
            case Parsed.Valid<T>(T value) -> value;
            case Parsed.Invalid<T>(var errors) ->
                    throw new IllegalArgumentException(
                            where
                                    + "."
                                    + errors.getFirst().field()
                                    + ": "
                                    + errors.getFirst().message());
        };
    }

    private static byte[] json(Map<String, Object> tree) {
        try {
            return JSON.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "configuration: " + tree + " (expected: plain values)", e);
        }
    }
}
