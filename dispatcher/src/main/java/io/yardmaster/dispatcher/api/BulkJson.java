package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.yardmaster.dispatcher.search.BulkOrders.Action;
import io.yardmaster.dispatcher.search.RequestFilter;
import io.yardmaster.dispatcher.search.RequestState;
import io.yardmaster.dispatcher.search.Walk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads the JSON of `POST /v1/requests/bulk`, as strictly as that of requests, because an order
/// that was misread would hit the wrong ones. Not thread-safe.
final class BulkJson {
    private static final JsonMapper MAPPER =
            JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build();

    static {
        MAPPER.getFactory()
                .setStreamReadConstraints(
                        StreamReadConstraints.builder().maxNestingDepth(10).build());
    }

    private static final int MOST = 10_000;
    private static final String FIELDS = "one of action, filter, dryRun, limit, cursor";

    private final Refusals refusals = new Refusals();
    private @Nullable Action action;
    private @Nullable RequestFilter filter;
    private Set<RequestState> states = EnumSet.noneOf(RequestState.class);
    private boolean dryRun;
    private int limit = MOST;
    private Optional<Walk.Place> from = Optional.empty();

    private BulkJson() {}

    /// What is to be done with which requests.
    ///
    /// @param limit most orders of this call
    record Order(
            Action action,
            RequestFilter filter,
            boolean dryRun,
            int limit,
            Optional<Walk.Place> from) {}

    /// @throws Problem.Refused with every error
    static Order read(byte[] json) {
        return new BulkJson().order(json);
    }

    private Order order(byte[] json) {
        JsonNode root = tree(json);
        if (root != null && !root.isObject()) {
            refusals.add("request", root, "a JSON object");
        } else if (root != null) {
            root.properties().forEach(this::field);
            require(root, "action", "retry, cancel or drop");
            require(root, "filter", "an object with at least one field");
        }
        Action wanted = action;
        RequestFilter which = filter;
        if (wanted != null) {
            checkStates(wanted);
        }
        if (!refusals.none() || wanted == null || which == null) {
            throw Problem.invalid(refusals.errors()).refused();
        }
        return new Order(
                wanted, which.in(states.isEmpty() ? wanted.states() : states), dryRun, limit, from);
    }

    private @Nullable JsonNode tree(byte[] json) {
        if (!JsonBytes.wellFormed(json)) {
            refusals.add("request", json.length + " bytes", JsonBytes.EXPECTED);
            return null;
        }
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            refusals.add("request", e.getOriginalMessage(), "a JSON object");
            return null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void require(JsonNode root, String name, String expected) {
        if (!root.has(name)) {
            refusals.add(name, "absent", expected);
        }
    }

    private void field(Map.Entry<String, JsonNode> field) {
        JsonNode value = field.getValue();
        switch (field.getKey()) {
            case "action" -> action(value);
            case "filter" -> filter(value);
            case "dryRun" -> {
                if (value.isBoolean()) {
                    dryRun = value.booleanValue();
                } else {
                    refusals.add("dryRun", value, "true or false");
                }
            }
            case "limit" -> {
                if (value.isInt() && value.intValue() >= 1 && value.intValue() <= MOST) {
                    limit = value.intValue();
                } else {
                    refusals.add("limit", value, "a whole number from 1 to " + MOST);
                }
            }
            case "cursor" -> cursor(value);
            default -> refusals.add(field.getKey(), value, FIELDS);
        }
    }

    private void action(JsonNode value) {
        action = value.isTextual() ? Action.of(value.textValue()).orElse(null) : null;
        if (action == null) {
            refusals.add("action", value, "retry, cancel or drop");
        }
    }

    /// The cursor of an answer can be sent back as it is, also when it is null.
    private void cursor(JsonNode value) {
        from = value.isTextual() ? Walk.Place.of(value.textValue()) : Optional.empty();
        if (from.isEmpty() && !value.isNull()) {
            refusals.add("cursor", value, "the cursor of an earlier answer");
        }
    }

    private void filter(JsonNode value) {
        if (!value.isObject() || value.isEmpty()) {
            refusals.add("filter", value, "an object with at least one field");
            return;
        }
        FilterFields fields = new FilterFields("filter.", refusals);
        value.properties().forEach(each -> filterField(fields, each.getKey(), each.getValue()));
        filter = fields.filter();
        states = fields.states();
    }

    private void filterField(FilterFields fields, String name, JsonNode value) {
        if (!FilterFields.NAMES.contains(name)) {
            fields.refuse(name, value, "one of " + String.join(", ", FilterFields.NAMES));
        } else if (name.equals("ids")) {
            ids(fields, value);
        } else if (name.equals("minAgeMs") || name.equals("maxAgeMs")) {
            if (value.isIntegralNumber()) {
                fields.read(name, value.asText());
            } else {
                fields.refuse(name, value, "a whole number of milliseconds");
            }
        } else if (name.equals("state") && value.isArray()) {
            texts(value)
                    .ifPresentOrElse(
                            each -> fields.read(name, String.join(",", each)),
                            () -> fields.refuse(name, value, "texts"));
        } else if (value.isTextual()) {
            fields.read(name, value.textValue());
        } else {
            fields.refuse(name, value, "a text");
        }
    }

    private static void ids(FilterFields fields, JsonNode value) {
        texts(value)
                .ifPresentOrElse(
                        fields::ids, () -> fields.refuse("ids", value, "an array of texts"));
    }

    private static Optional<List<String>> texts(JsonNode value) {
        List<String> texts = new ArrayList<>();
        for (JsonNode each : value) {
            if (!each.isTextual()) {
                return Optional.empty();
            }
            texts.add(each.textValue());
        }
        return value.isArray() ? Optional.of(texts) : Optional.empty();
    }

    private void checkStates(Action wanted) {
        for (RequestState state : states) {
            if (!wanted.states().contains(state)) {
                refusals.add(
                        "filter.state",
                        state.text(),
                        wanted.states().stream()
                                        .map(RequestState::text)
                                        .collect(Collectors.joining(", "))
                                + " for "
                                + wanted.text());
            }
        }
    }
}
