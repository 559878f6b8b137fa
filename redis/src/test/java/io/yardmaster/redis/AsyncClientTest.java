package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lettuce.core.RedisURI;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.resource.ClientResources;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Connections that came without the blocking and the reactive commands do all that ours are for.
class AsyncClientTest {
    private static RedisFixture fixture;
    private static ClientResources resources;
    private static AsyncClient client;

    @BeforeAll
    static void connect() {
        fixture = RedisFixture.start();
        resources = ClientResources.create();
        client = new AsyncClient(resources, RedisURI.create(fixture.uri()));
    }

    @AfterAll
    static void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
        var _ = resources.shutdown(0, 2, TimeUnit.SECONDS);
        fixture.close();
    }

    @Test
    void commands_are_answered() throws Exception {
        try (var connection = client.connect(ByteArrayCodec.INSTANCE)) {
            assertEquals("PONG", connection.async().ping().get(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void what_is_published_arrives_at_a_subscriber() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        try (var channels = client.connectPubSub(StringCodec.UTF8);
                var connection = client.connect(StringCodec.UTF8)) {
            channels.addListener(
                    new RedisPubSubAdapter<>() {
                        @Override
                        public void smessage(String channel, String message) {
                            heard.add(channel + " " + message);
                        }
                    });
            channels.async().ssubscribe("bell").get(10, TimeUnit.SECONDS);
            connection.async().spublish("bell", "rings").get(10, TimeUnit.SECONDS);
            assertEquals("bell rings", heard.poll(10, TimeUnit.SECONDS));
        }
    }

    @Test
    void whoever_asks_for_commands_that_wait_is_told_which_to_take() {
        try (var connection = client.connect(ByteArrayCodec.INSTANCE);
                var channels = client.connectPubSub(ByteArrayCodec.INSTANCE)) {
            assertThrows(UnsupportedOperationException.class, connection::sync);
            assertThrows(UnsupportedOperationException.class, connection::reactive);
            assertThrows(UnsupportedOperationException.class, channels::sync);
            assertThrows(UnsupportedOperationException.class, channels::reactive);
        }
    }
}
