package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Cuts a batch into the bytes of its elements, without reading what stands in them.
final class Batch {
    private static final String EXPECTED = "a JSON array of requests";

    /// Lenient on purpose: what is wrong inside an element is told for that element.
    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .recyclerPool(JsonBytes.BUFFERS)
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxNestingDepth(1000)
                                    .maxNumberLength(Integer.MAX_VALUE)
                                    .maxStringLength(Integer.MAX_VALUE)
                                    .maxNameLength(Integer.MAX_VALUE)
                                    .build())
                    .build();

    private Batch() {}

    /// The elements of an array.
    ///
    /// @throws Problem.Refused when the array is cut off or broken: then none of it is taken
    static List<byte[]> array(byte[] json) {
        Refusals refusals = new Refusals();
        List<byte[]> elements = new ArrayList<>();
        if (!JsonBytes.wellFormed(json)) {
            refusals.add("request", json.length + " bytes", JsonBytes.EXPECTED);
            throw Problem.invalid(refusals.errors()).refused();
        }
        try (JsonParser in = JSON.createParser(json)) {
            if (in.nextToken() != JsonToken.START_ARRAY) {
                refusals.add("request", JsonBytes.value(in), EXPECTED);
            } else {
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    elements.add(JsonBytes.slice(in, json));
                    bounded(elements);
                }
                if (in.nextToken() != null) {
                    refusals.add("request", "text after the array", EXPECTED + " and nothing else");
                }
            }
        } catch (JsonProcessingException e) {
            refusals.add("request", e.getOriginalMessage(), EXPECTED);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!refusals.none()) {
            throw Problem.invalid(refusals.errors()).refused();
        }
        return elements;
    }

    /// The lines that are not blank; how they end doesn't matter.
    static List<byte[]> lines(byte[] text) {
        List<byte[]> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= text.length; i++) {
            if (i == text.length || text[i] == '\n') {
                byte[] line = Arrays.copyOfRange(text, start, i);
                if (!blank(line)) {
                    lines.add(line);
                    bounded(lines);
                }
                start = i + 1;
            }
        }
        return lines;
    }

    private static boolean blank(byte[] line) {
        for (byte b : line) {
            if (b != ' ' && b != '\t' && b != '\r') {
                return false;
            }
        }
        return true;
    }

    private static void bounded(List<byte[]> elements) {
        if (elements.size() > ServerLimits.BATCH_ELEMENTS) {
            throw Problem.of(
                            413,
                            "too-large",
                            "Too large",
                            "expected: at most "
                                    + ServerLimits.BATCH_ELEMENTS
                                    + " requests in a batch")
                    .refused();
        }
    }
}
