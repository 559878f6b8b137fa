package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// How long a request takes to its node when nothing else is going on. Printed and not asserted: it
/// is the machine's figure as much as ours.
class IdleLatencyIT {
    private static final int WARM_UP = 300;
    private static final int MEASURED = 200;

    @Test
    void enqueue_to_node_is_measured() {
        try (RedisProcess redis = new RedisProcess();
                Node node = new Node("n1");
                Replica replica = Replica.serve("--redis", redis.uri())) {
            replica.register(node);
            long[] took = new long[MEASURED];
            for (int i = 0; i < WARM_UP + MEASURED; i++) {
                int before = i;
                long began = System.nanoTime();
                replica.enqueue("idle-" + i, "");
                Await.until("it arrived", () -> node.ledger().size() > before);
                if (i >= WARM_UP) {
                    took[i - WARM_UP] = node.ledger().getLast().nanos() - began;
                }
                String id = "idle-" + i;
                Await.until("it is settled", () -> replica.state(id).equals("succeeded"));
            }
            Arrays.sort(took);
            System.out.printf(
                    "idle, REST call to receipt at the node: median %.2f ms, p99 %.2f ms%n",
                    took[MEASURED / 2] / 1e6, took[MEASURED * 99 / 100] / 1e6);
            assertEquals(WARM_UP + MEASURED, node.ledger().size());
        }
    }
}
