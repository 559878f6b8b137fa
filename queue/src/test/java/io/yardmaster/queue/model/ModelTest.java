package io.yardmaster.queue.model;

import io.yardmaster.redis.RedisFixture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The functions as they are shipped, against the model: 120,000 random steps without a difference.
///
/// `-Dmodel.seed=` and `-Dmodel.steps=` replay a walk that failed, or try another.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ModelTest {
    private static final Logger log = LoggerFactory.getLogger(ModelTest.class);
    private static final int STEPS = Integer.getInteger("model.steps", 20_000);

    private RedisFixture fixture;

    @BeforeAll
    void start() {
        fixture = RedisFixture.start();
    }

    @AfterAll
    void stop() {
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void whatever_happens_redis_holds_what_the_model_holds(long seed) {
        walk(seed, false);
    }

    @ParameterizedTest
    @ValueSource(longs = {11})
    void a_damaged_index_never_brings_a_request_back(long seed) {
        walk(seed, true);
    }

    private void walk(long given, boolean faults) {
        long seed = Long.getLong("model.seed", given);
        long begin = System.nanoTime();
        new Walk(new RealShard(fixture, RealShard.source()), seed, faults, 50).run(STEPS);
        double seconds = (System.nanoTime() - begin) / 1e9;
        log.info("seed {}: {} steps, {} a second", seed, STEPS, Math.round(STEPS / seconds));
    }
}
