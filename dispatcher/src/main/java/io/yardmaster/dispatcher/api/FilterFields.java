package io.yardmaster.dispatcher.api;

import io.yardmaster.dispatcher.search.RequestFilter;
import io.yardmaster.dispatcher.search.RequestState;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads the fields of a filter, wherever they stand, and notes all that is wrong with them. Not
/// thread-safe.
final class FilterFields {
    static final List<String> NAMES =
            List.of(
                    "state",
                    "service",
                    "priority",
                    "node",
                    "id",
                    "minAgeMs",
                    "maxAgeMs",
                    "reason",
                    "cause",
                    "ids");
    static final int MOST_IDS = 1000;
    private static final int MOST_STATES = 20;
    private static final long LONGEST_AGE = 100L * 365 * 86_400_000;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final Pattern REASON = Pattern.compile("[a-z0-9-]{1,64}");
    private static final Pattern CAUSE = Pattern.compile("[A-Za-z0-9_-]{16}");

    private final String prefix;
    private final Refusals refusals;
    private final Set<RequestState> states = EnumSet.noneOf(RequestState.class);
    private Optional<String> service = Optional.empty();
    private Optional<String> priority = Optional.empty();
    private Optional<String> node = Optional.empty();
    private Optional<String> id = Optional.empty();
    private Optional<String> reason = Optional.empty();
    private Optional<String> cause = Optional.empty();
    private OptionalLong minAgeMs = OptionalLong.empty();
    private OptionalLong maxAgeMs = OptionalLong.empty();
    private List<String> ids = List.of();

    /// @param prefix before the names of fields in errors, such as `filter.`
    FilterFields(String prefix, Refusals refusals) {
        this.prefix = prefix;
        this.refusals = refusals;
    }

    /// @param name one of [#NAMES]
    void read(String name, String text) {
        switch (name) {
            case "state" -> states(text);
            case "service" -> service = service(name, text);
            case "priority" -> priority = priority(name, text);
            case "node" -> node = matching(name, text, ID, "a node's id");
            case "id" -> id = matching(name, text, ID, "[A-Za-z0-9._:-]{1,128}");
            case "reason" -> reason = matching(name, text, REASON, "a word such as timeout");
            case "cause" -> cause = matching(name, text, CAUSE, "the cause of a dead group");
            case "minAgeMs" -> minAgeMs = age(name, text);
            case "maxAgeMs" -> maxAgeMs = age(name, text);
            case "ids" -> ids(List.of(text.split(",", -1)));
            default -> throw new IllegalArgumentException("field: " + name + " (expected: known)");
        }
    }

    private void states(String text) {
        String[] names = text.split(",", MOST_STATES);
        for (String each : names) {
            RequestState.of(each)
                    .ifPresentOrElse(
                            states::add,
                            () ->
                                    refuse(
                                            "state",
                                            each,
                                            "queued, scheduled, in-flight, succeeded, dead,"
                                                    + " cancelled or expired, comma-separated"));
        }
    }

    private Optional<String> service(String name, String text) {
        if (QueueName.isService(text)) {
            return Optional.of(text);
        }
        refuse(name, text, "[A-Za-z0-9._-]{1,64}");
        return Optional.empty();
    }

    private Optional<String> priority(String name, String text) {
        if (Priority.of(text).isPresent()) {
            return Optional.of(text);
        }
        refuse(name, text, "critical, high, normal or low");
        return Optional.empty();
    }

    private Optional<String> matching(String name, String text, Pattern form, String expected) {
        if (form.matcher(text).matches()) {
            return Optional.of(text);
        }
        refuse(name, text, expected);
        return Optional.empty();
    }

    private OptionalLong age(String name, String text) {
        if (text.matches("\\d{1,13}") && Long.parseLong(text) <= LONGEST_AGE) {
            return OptionalLong.of(Long.parseLong(text));
        }
        refuse(name, text, "a whole number of milliseconds");
        return OptionalLong.empty();
    }

    void ids(List<String> given) {
        if (given.size() > MOST_IDS) {
            refuse("ids", given.size() + " ids", "at most " + MOST_IDS);
            return;
        }
        List<String> good = new ArrayList<>();
        for (String each : given) {
            if (Request.isId(each)) {
                good.add(each);
            } else {
                refuse("ids", each, "ids, each [A-Za-z0-9._:-]{1,128}");
            }
        }
        if (given.isEmpty()) {
            refuse("ids", "none", "at least one id");
        }
        ids = good;
    }

    void refuse(String name, Object value, String expected) {
        refusals.add(prefix + name, value, expected);
    }

    Set<RequestState> states() {
        return states;
    }

    RequestFilter filter() {
        if (minAgeMs.isPresent()
                && maxAgeMs.isPresent()
                && minAgeMs.getAsLong() > maxAgeMs.getAsLong()) {
            refuse("minAgeMs", minAgeMs.getAsLong(), "at most maxAgeMs");
        }
        return new RequestFilter(
                states, service, priority, node, id, minAgeMs, maxAgeMs, reason, cause, ids);
    }
}
