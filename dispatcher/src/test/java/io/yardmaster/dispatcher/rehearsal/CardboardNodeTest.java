package io.yardmaster.dispatcher.rehearsal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/// The two ends of the rehearsal. The whole of it runs in `LauncherIT`.
final class CardboardNodeTest {
    @Test
    void a_node_of_cardboard_answers_and_counts_every_request_of_a_connection() throws Exception {
        LongAdder served = new LongAdder();
        CardboardNode node = new CardboardNode(served);
        try (RestCaller caller = new RestCaller(node.url().getPort())) {
            assertEquals(200, caller.json("POST", "/work", "{\"body\":\"ä\"}"));
            assertEquals(200, caller.call("PUT", "/", "X-A: b\r\n", ""));
            assertEquals(200, caller.get("/health"));
        }
        assertEquals(3, served.sum());
    }
}
