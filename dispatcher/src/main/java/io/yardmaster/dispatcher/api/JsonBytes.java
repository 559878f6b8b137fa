package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.BufferRecycler;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.core.util.RecyclerPool;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// What holds for any JSON that a stranger sends.
final class JsonBytes {
    static final String EXPECTED = "UTF-8 without byte order mark and NUL";
    private static final int DEEPEST_NAMED = 5;

    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long LOWEST_BITS = 0x0101010101010101L;
    private static final long HIGHEST_BITS = 0x8080808080808080L;

    /// Jackson keeps its buffers with the thread by default, and every call here has a thread of
    /// its own: 18 of the 44 KiB that a request allocated. More than 64 calls at once make new
    /// ones.
    static final RecyclerPool<BufferRecycler> BUFFERS = JsonRecyclerPools.newBoundedPool(64);

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
        // Eight bytes at a time: one after the other takes five times as long, for each body.
        long seen = 0;
        int i = 0;
        for (; i + Long.BYTES <= json.length; i += Long.BYTES) {
            long eight = (long) LONGS.get(json, i);
            if (((eight - LOWEST_BITS) & ~eight & HIGHEST_BITS) != 0) {
                return false; // one of them is 0
            }
            seen |= eight;
        }
        for (; i < json.length; i++) {
            if (json[i] == 0) {
                return false;
            }
            seen |= json[i];
        }
        if ((seen & HIGHEST_BITS) == 0) {
            return true; // ASCII
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

    /// The value at the parser as it stands in the source; the parser is at its end then.
    static byte[] slice(JsonParser in, byte[] json) throws IOException {
        int start = (int) in.currentTokenLocation().getByteOffset();
        in.finishToken();
        in.skipChildren();
        int end = (int) in.currentLocation().getByteOffset();
        return Arrays.copyOfRange(json, start, end);
    }

    /// Notes that the JSON itself is at fault, with the place, and the field there or before.
    static void refuse(
            Refusals refusals, JsonParser in, JsonProcessingException e, String expected) {
        String what = e.getOriginalMessage();
        int end = what.indexOf('\n');
        refusals.add(
                field(in),
                (end < 0 ? what : what.substring(0, end)) + at(e),
                e instanceof StreamConstraintsException ? "less of it" : expected);
    }

    private static String field(JsonParser in) {
        String path = in.getParsingContext().pathAsPointer().toString();
        if (path.isEmpty()) {
            return "request";
        }
        String[] names = path.substring(1).split("/", -1);
        return names.length <= DEEPEST_NAMED ? String.join(".", names) : names[0];
    }

    private static String at(JsonProcessingException e) {
        return e.getLocation() == null || e.getLocation().getByteOffset() < 0
                ? ""
                : " at byte " + e.getLocation().getByteOffset();
    }
}
