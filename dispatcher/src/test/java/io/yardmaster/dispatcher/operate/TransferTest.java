package io.yardmaster.dispatcher.operate;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.RedisFixture;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A restore refuses a Redis on which a replica works, and only such a one.
class TransferTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private RedisFixture fixture;
    private RespLink redis;

    @BeforeEach
    void open() throws IOException {
        fixture = RedisFixture.start();
        redis = link();
    }

    @AfterEach
    void close() throws IOException {
        redis.close();
        fixture.close();
    }

    private RespLink link() throws IOException {
        return RespLink.open(RedisAddress.of(fixture.uri()), PATIENCE);
    }

    /// As a restore leaves it, or a replica: the clock was moved so many seconds ago.
    private static void moved(RespLink link, int secondsAgo) throws IOException {
        Object now = RespLink.items(link.call("TIME")).getFirst();
        long wall = (Long.parseLong(RespLink.text(now)) - secondsAgo) * 1000;
        link.call("SET", "{yard:0}:clock", (wall + 7) + " " + wall);
    }

    @Test
    void a_backup_that_was_restored_a_moment_ago_is_no_living_replica() throws IOException {
        moved(redis, 3);
        assertDoesNotThrow(() -> Transfer.refuseLiveReplicas(redis));
    }

    @Test
    void a_replica_that_moves_the_clock_is_refused() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        moved(redis, 0);
        Thread replica = Thread.ofVirtual().start(() -> work(over));
        Says.Stop stop = assertThrows(Says.Stop.class, () -> Transfer.refuseLiveReplicas(redis));
        over.set(true);
        replica.join();
        String said = String.valueOf(stop.getMessage());
        assertTrue(said.startsWith("a replica works on "), said);
    }

    private void work(AtomicBoolean over) {
        try (RespLink link = link()) {
            for (long tick = 0; !over.get(); tick++) {
                Object now = RespLink.items(link.call("TIME")).getFirst();
                link.call("SET", "{yard:0}:clock", tick + " " + RespLink.text(now) + "000");
                Thread.sleep(20);
            }
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void an_empty_redis_is_taken_at_once() {
        assertDoesNotThrow(() -> Transfer.refuseLiveReplicas(redis));
    }
}
