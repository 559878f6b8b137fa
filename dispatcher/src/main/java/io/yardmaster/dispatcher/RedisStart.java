package io.yardmaster.dispatcher;

import io.yardmaster.dispatcher.dispatch.Loop;
import io.yardmaster.redis.EmbeddedRedis;
import io.yardmaster.redis.EventLoops;
import io.yardmaster.redis.FunctionLibrary;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisConfig;
import io.yardmaster.redis.RedisFailure;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Redis at the start of a replica: waited for, because programs of one installation start in any
/// order.
final class RedisStart {
    private static final Logger log = LoggerFactory.getLogger(RedisStart.class);
    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final Duration LOOK_AT_EMBEDDED = Duration.ofMillis(500);

    private RedisStart() {}

    /// Connects, and tries again while Redis is absent, loading or failing over. What only an
    /// operator can mend (a password, a certificate) ends it at once.
    ///
    /// @param ended the wait ends with it
    /// @throws RedisFailure the last one
    static Redis connect(
            RedisConfig config,
            FunctionLibrary library,
            EventLoops loops,
            Duration longest,
            CountDownLatch ended)
            throws InterruptedException {
        long deadline = System.nanoTime() + longest.toNanos();
        boolean said = false;
        while (true) {
            try {
                return Redis.connect(config, library, loops);
            } catch (RedisFailure e) {
                boolean refused = e instanceof RedisFailure.NotExecuted no && no.refused();
                boolean over = System.nanoTime() + PAUSE.toNanos() - deadline > 0;
                if (refused || over || e instanceof RedisFailure.Rejected) {
                    throw e;
                }
                if (!said) {
                    log.warn("{}; waiting for it, up to {} s", e.getMessage(), longest.toSeconds());
                    said = true;
                }
                if (ended.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw e;
                }
            }
        }
    }

    /// An embedded server that dies alone is started again with its data. It is looked at only
    /// while there is no connection to it.
    static Loop keepAlive(EmbeddedRedis server, Redis redis) {
        return new Loop(
                        "start the embedded Redis again",
                        LOOK_AT_EMBEDDED,
                        () -> {
                            if (!redis.trouble().isEmpty()) {
                                server.revive();
                            }
                        })
                .start();
    }
}
