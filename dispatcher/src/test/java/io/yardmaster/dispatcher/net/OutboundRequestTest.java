package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.queue.Request.Header;
import java.net.URI;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The fields of a request are made without Netty's check: ours must be as strict.
final class OutboundRequestTest {
    private static final URI NODE = URI.create("http://127.0.0.1:8080");

    private static boolean taken(Header header) {
        Outgoing outgoing = new Outgoing("GET", "/", List.of(header), new byte[0]);
        try {
            var request = new OutboundRequest(NODE, outgoing, new Exchange(0, () -> true));
            assertEquals(header.value(), request.getHeaders().get(header.name()));
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static boolean takenByNetty(Header header) {
        try {
            new DefaultHttpHeaders().add(header.name(), header.value());
            return true;
        } catch (IllegalArgumentException _) {
            return false;
        }
    }

    private static void same(Header header) {
        boolean octets = header.value().chars().allMatch(c -> c <= 0xff);
        assertEquals(octets && takenByNetty(header), taken(header), header::toString);
    }

    @Test
    void every_character_is_taken_or_refused_as_by_netty() {
        // of those far above 255 some, with each low byte that there is
        for (int at = 0; at < Character.MAX_VALUE; at += at < 0x400 ? 1 : 0xff) {
            char c = (char) at;
            for (String text : List.of("" + c, c + "ab", "a" + c + "b", "ab" + c)) {
                same(new Header(text, "value"));
                same(new Header("X-Name", text));
            }
        }
        same(new Header("", "value"));
        same(new Header("X-Name", ""));
    }

    @Test
    void generated_fields_are_taken_or_refused_as_by_netty() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 50_000; i++) {
            same(new Header("X-" + text(random, 3), text(random, 8)));
        }
    }

    private static String text(SplittableRandom random, int most) {
        String often = " \t\r\n\u0000\u007f:,;\"()azAZ09-_\u00e9\u010d\u010a";
        StringBuilder text = new StringBuilder();
        for (int left = random.nextInt(most + 1); left > 0; left--) {
            text.append(
                    random.nextInt(3) == 0
                            ? often.charAt(random.nextInt(often.length()))
                            : (char) random.nextInt(0x21, 0x7f));
        }
        return text.toString();
    }
}
