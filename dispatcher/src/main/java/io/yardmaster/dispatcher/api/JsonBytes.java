package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// What holds for any JSON that a stranger sends.
final class JsonBytes {
    static final String EXPECTED = "UTF-8 without byte order mark and NUL";

    private JsonBytes() {}

    /// Whether the bytes are UTF-8 that begins with text. A NUL never stands in JSON, but makes
    /// Jackson take the bytes for UTF-16.
    static boolean wellFormed(byte[] json) {
        if (json.length >= 3
                && json[0] == (byte) 0xef
                && json[1] == (byte) 0xbb
                && json[2] == (byte) 0xbf) {
            return false;
        }
        boolean ascii = true;
        for (byte b : json) {
            if (b == 0) {
                return false;
            }
            ascii &= b >= 0;
        }
        if (ascii) {
            return true;
        }
        try {
            var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    /// The value at the parser, as an error shows it.
    static String value(JsonParser in) throws IOException {
        return switch (in.currentToken()) {
            case null -> "nothing";
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> '"' + in.getText() + '"';
            default -> in.getText();
        };
    }

    /// Notes that the JSON itself is at fault, with the field and the place where.
    static void refuse(Refusals refusals, JsonProcessingException e, String expected) {
        String field = "request";
        if (e.getProcessor() instanceof JsonParser in) {
            String path = in.getParsingContext().pathAsPointer().toString();
            field = path.isEmpty() ? field : path.substring(1).replace('/', '.');
        }
        String what = e.getOriginalMessage();
        int end = what.indexOf('\n');
        refusals.add(
                field,
                (end < 0 ? what : what.substring(0, end)) + at(e),
                e instanceof StreamConstraintsException ? "within the bounds" : expected);
    }

    private static String at(JsonProcessingException e) {
        return e.getLocation() == null || e.getLocation().getByteOffset() < 0
                ? ""
                : " at byte " + e.getLocation().getByteOffset();
    }
}
