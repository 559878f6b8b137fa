package io.yardmaster.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.concurrent.DefaultEventExecutor;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoopSchedulerTest {
    private final DefaultEventExecutor loop = new DefaultEventExecutor();
    private final LoopScheduler scheduler = new LoopScheduler(loop);
    private final CountDownLatch busy = new CountDownLatch(1);
    private final AtomicInteger steps = new AtomicInteger();

    @AfterEach
    @SuppressWarnings("FutureReturnValueIgnored") // nobody waits for its end
    void end() {
        busy.countDown();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private void holdUp() {
        loop.execute(() -> {
            try {
                assertTrue(busy.await(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void what_just_came_to_an_idle_loop_is_left_to_it() {
        scheduler.rescue();
        holdUp();
        scheduler.execute(steps::incrementAndGet);
        assertEquals(0, scheduler.rescue());
        assertEquals(0, steps.get());
    }

    @Test
    void what_was_ready_the_last_time_and_is_still_is_run_once() throws Exception {
        holdUp();
        scheduler.execute(steps::incrementAndGet);
        scheduler.execute(steps::incrementAndGet);
        assertEquals(0, scheduler.rescue());
        assertEquals(2, scheduler.rescue());
        assertEquals(0, scheduler.rescue());
        busy.countDown();
        loop.submit(() -> {}).get(20, TimeUnit.SECONDS);
        assertEquals(2, steps.get());
    }
}
