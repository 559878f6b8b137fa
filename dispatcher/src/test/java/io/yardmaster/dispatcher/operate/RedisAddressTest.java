package io.yardmaster.dispatcher.operate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAddressTest {
    @Test
    void an_address_is_read_with_everything_that_may_be_in_it() {
        RedisAddress plain = RedisAddress.of("redis://nas");
        assertEquals("[nas:6379]", plain.toString());
        assertFalse(plain.tls() || plain.sentinel() || plain.login().given());
        RedisAddress full = RedisAddress.of("rediss://ops:p%40ss:w@[::1]:7000/3?timeout=1s");
        assertEquals(new RedisAddress.Host("::1", 7000), full.hosts().getFirst());
        assertEquals(new RedisAddress.Login("ops", "p@ss:w"), full.login());
        assertTrue(full.tls());
        assertEquals(3, full.database());
        RedisAddress sentinels = RedisAddress.of("redis-sentinel://:pw@a:1,b,c:3/0#yard");
        assertEquals("yard", sentinels.master());
        assertEquals("pw", sentinels.login().password());
        assertEquals("[a:1, b:26379, c:3] (Sentinels of yard)", sentinels.toString());
        assertTrue(RedisAddress.of("rediss-sentinel://a#m").tls());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "nas:6379",
                "http://nas",
                "redis://a:1,b:2",
                "redis://a:1,redis://b:2",
                "redis-sentinel://a:1",
                "redis://nas#name",
                "redis://nas:123456"
            })
    void what_is_no_address_of_one_redis_is_refused_without_its_password(String text) {
        String uri = text.replace("://", "://u:secret-4711@");
        Exception refused =
                assertThrows(IllegalArgumentException.class, () -> RedisAddress.of(uri));
        assertTrue(String.valueOf(refused.getMessage()).contains("expected"), "" + refused);
        assertFalse(String.valueOf(refused.getMessage()).contains("4711"), "" + refused);
    }
}
