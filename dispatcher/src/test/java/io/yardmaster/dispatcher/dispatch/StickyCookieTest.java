package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.yardmaster.queue.Request.Header;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StickyCookieTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "YARDMASTER_NODE=nuc-1|nuc-1|-",
                "a=b; YARDMASTER_NODE=nuc-1; c=d|nuc-1|a=b; c=d",
                "a=b;YARDMASTER_NODE=pi.local:9|pi.local:9|a=b",
                "a=b|-|a=b",
                "a=YARDMASTER_NODE=nuc|-|a=YARDMASTER_NODE=nuc",
                "MY_YARDMASTER_NODE=nuc; x=1|-|MY_YARDMASTER_NODE=nuc; x=1",
                "YARDMASTER_NODE|-|YARDMASTER_NODE",
                "a=1; YARDMASTER_NODE=x; YARDMASTER_NODE=y|x|a=1",
            })
    void is_found_among_others_and_taken_out(String cookies, String node, String others) {
        List<Header> headers = List.of(new Header("X-A", "YARDMASTER_NODE=no"), cookie(cookies));
        assertEquals(Optional.ofNullable(node), StickyCookie.node(headers));
        assertEquals(Optional.ofNullable(others), StickyCookie.without(cookies));
    }

    private static Header cookie(String value) {
        return new Header("cookie", value);
    }

    @Test
    void second_cookie_header_counts_too() {
        assertEquals(
                Optional.of("nuc"),
                StickyCookie.node(List.of(cookie("a=b"), cookie("YARDMASTER_NODE=nuc"))));
    }
}
