package io.yardmaster.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads the fields of one JSON object by name and type. A field of the wrong type is noted and
/// read as absent; fields that nobody asked for are noted at the end. JSON's null is absent.
final class Fields {
    private final JsonNode object;
    private final String path;
    private final Faults faults;
    private final Set<String> known = new LinkedHashSet<>();

    private Fields(JsonNode object, String path, Faults faults) {
        this.object = object;
        this.path = path;
        this.faults = faults;
    }

    /// Reads a whole object with `reader`, and gives what it built or all that was wrong.
    static <T> Parsed<T> read(JsonNode json, String name, Function<Fields, @Nullable T> reader) {
        Faults faults = new Faults();
        if (!json.isObject()) {
            faults.add(name, json, "a JSON object");
            return new Parsed.Invalid<>(faults.errors());
        }
        T value = new Fields(json, "", faults).build(reader);
        return faults.none() && value != null
                ? new Parsed.Valid<>(value)
                : new Parsed.Invalid<>(faults.errors());
    }

    private <T> @Nullable T build(Function<Fields, @Nullable T> reader) {
        T value = guarded("", () -> reader.apply(this));
        for (Iterator<String> names = object.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!known.contains(name)) {
                faults.add(path + name, object.get(name), "one of " + String.join(", ", known));
            }
        }
        return value;
    }

    /// Builds a value and notes what its record refuses, with this object's path before it.
    private <T> @Nullable T guarded(String under, Supplier<@Nullable T> build) {
        try {
            return build.get();
        } catch (InvalidFields e) {
            for (FieldError error : e.errors()) {
                String at = path + under;
                faults.addAll(List.of(new FieldError(at + error.field(), at + error.message())));
            }
            return null;
        }
    }

    private @Nullable JsonNode get(String name) {
        known.add(name);
        JsonNode value = object.get(name);
        return value == null || value.isNull() ? null : value;
    }

    private void refuse(String name, JsonNode value, String expected) {
        faults.add(path + name, value, expected);
    }

    /// Notes an error of a value that the caller read itself.
    void refuse(String name, String value, String expected) {
        faults.add(path + name, value, expected);
    }

    void require(String name, String expected) {
        if (get(name) == null && !object.has(name)) {
            faults.add(path + name, "absent", expected);
        } else if (get(name) == null) {
            faults.add(path + name, "null", expected);
        }
    }

    @Nullable String text(String name) {
        JsonNode value = get(name);
        if (value == null || value.isTextual()) {
            return value == null ? null : value.textValue();
        }
        refuse(name, value, "a text");
        return null;
    }

    boolean flag(String name) {
        JsonNode value = get(name);
        if (value != null && !value.isBoolean()) {
            refuse(name, value, "true or false");
        }
        return value != null && value.booleanValue();
    }

    @Nullable Double number(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        if (value.isNumber() && Double.isFinite(value.doubleValue())) {
            return value.doubleValue();
        }
        refuse(name, value, "a number");
        return null;
    }

    double number(String name, double otherwise) {
        Double value = number(name);
        return value == null ? otherwise : value;
    }

    @Nullable Long whole(String name) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        // 1e999999999 is a legal JSON number, and asking BigDecimal for its digits takes for ever
        if (value.isNumber() && Math.abs(value.doubleValue()) <= 1e15) {
            BigDecimal exact = value.decimalValue();
            if (exact.signum() == 0 || exact.stripTrailingZeros().scale() <= 0) {
                return exact.longValue();
            }
        }
        refuse(name, value, "a whole number");
        return null;
    }

    @Nullable Integer integer(String name) {
        Long value = whole(name);
        if (value == null) {
            return null;
        }
        if (value < Integer.MIN_VALUE || value > Integer.MAX_VALUE) {
            refuse(name, value.toString(), "a whole number below 2147483648");
            return null;
        }
        return value.intValue();
    }

    int integer(String name, int otherwise) {
        Integer value = integer(name);
        return value == null ? otherwise : value;
    }

    Set<String> texts(String name) {
        Set<String> texts = new LinkedHashSet<>();
        JsonNode value = get(name);
        if (value == null) {
            return texts;
        }
        if (!value.isArray()) {
            refuse(name, value, "an array of texts");
            return texts;
        }
        for (JsonNode element : value) {
            if (element.isTextual()) {
                texts.add(element.textValue());
            } else {
                refuse(name, element, "an array of texts");
            }
        }
        return texts;
    }

    Map<String, String> textsByName(String name) {
        Map<String, String> texts = new LinkedHashMap<>();
        JsonNode value = get(name);
        if (value == null) {
            return texts;
        }
        if (!value.isObject()) {
            refuse(name, value, "an object of texts");
            return texts;
        }
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            if (field.getValue().isTextual()) {
                texts.put(field.getKey(), field.getValue().textValue());
            } else {
                refuse(name + "." + field.getKey(), field.getValue(), "a text");
            }
        }
        return texts;
    }

    Map<String, Double> numbersByName(String name) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        JsonNode value = get(name);
        if (value == null) {
            return numbers;
        }
        if (!value.isObject()) {
            refuse(name, value, "an object of numbers");
            return numbers;
        }
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            if (field.getValue().isNumber() && Double.isFinite(field.getValue().doubleValue())) {
                numbers.put(field.getKey(), field.getValue().doubleValue());
            } else {
                refuse(name + "." + field.getKey(), field.getValue(), "a number");
            }
        }
        return numbers;
    }

    /// Reads a nested object; null when it is absent or wrong.
    <T> @Nullable T object(String name, Function<Fields, @Nullable T> reader) {
        JsonNode value = get(name);
        if (value == null) {
            return null;
        }
        if (!value.isObject()) {
            refuse(name, value, "an object");
            return null;
        }
        return new Fields(value, path + name + ".", faults).build(reader);
    }

    /// Reads a nested object whose fields are themselves objects of one kind.
    <T> Map<String, T> objects(
            String name, Set<String> allowed, Function<Fields, @Nullable T> reader) {
        Map<String, T> values = new LinkedHashMap<>();
        object(
                name,
                fields -> {
                    for (String key : allowed) {
                        T value = fields.object(key, reader);
                        if (value != null) {
                            values.put(key, value);
                        }
                    }
                    return values;
                });
        return values;
    }
}
