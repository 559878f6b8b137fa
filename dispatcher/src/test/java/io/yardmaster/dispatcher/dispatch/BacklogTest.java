package io.yardmaster.dispatcher.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueDepth;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Taken;
import java.time.Duration;
import java.util.AbstractList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BacklogTest {
    private static final QueueName QUEUE = new QueueName("default", Priority.NORMAL);

    private long now = 1_000;
    private final Backlog backlog = new Backlog(1, () -> now);

    private long time() {
        now += 10;
        return now;
    }

    private static Map<QueueName, Taken.Left> left(long waiting) {
        return Map.of(QUEUE, new Taken.Left(waiting, new Taken.Hold.None()));
    }

    private static QueueDepth depth(long waiting) {
        return new QueueDepth(QUEUE, waiting, 0, 0, 0, 0, false, 0, 0, 0, 0, 0, 0);
    }

    @Test
    void what_came_while_a_take_was_on_its_way_is_not_forgotten_over_its_older_answer() {
        backlog.woke(0, QUEUE);
        long asked = time();
        time();
        backlog.woke(0, QUEUE); // behind the take, which found the list empty
        time();
        backlog.taken(0, left(0), asked);
        assertEquals(1, backlog.ready(0, QUEUE));
    }

    @Test
    void what_came_while_a_look_was_on_its_way_is_not_forgotten_over_its_older_answer() {
        long asked = time();
        time();
        backlog.woke(0, QUEUE);
        backlog.looked(0, List.of(depth(0)), asked);
        assertEquals(1, backlog.ready(0, QUEUE));
    }

    @Test
    void a_queue_that_was_resumed_while_a_take_was_on_its_way_is_not_held_by_its_older_answer() {
        backlog.woke(0, QUEUE);
        long asked = time();
        time();
        backlog.woke(0, QUEUE); // resumed, behind the take that found it paused
        time();
        backlog.taken(0, Map.of(QUEUE, new Taken.Left(3, new Taken.Hold.Paused())), asked);
        assertEquals(3, backlog.ready(0, QUEUE));
    }

    @Test
    void a_take_that_was_asked_for_after_the_wake_up_says_what_is_left() {
        backlog.woke(0, QUEUE);
        backlog.taken(0, left(0), time());
        assertEquals(0, backlog.ready(0, QUEUE));
        backlog.looked(0, List.of(depth(7)), time());
        assertEquals(7, backlog.ready(0, QUEUE));
    }

    @Test
    void a_slot_that_gets_free_wakes_only_who_has_something_for_it() throws InterruptedException {
        backlog.woke(0, QUEUE);
        backlog.await(Backlog.UNTIL_RUNG);
        backlog.slotFreed();
        assertTimeoutPreemptively(
                Duration.ofSeconds(30), () -> backlog.await(Backlog.UNTIL_RUNG), "it was rung");
        backlog.taken(0, left(0), time());
        backlog.slotFreed();
        backlog.await(Duration.ofMillis(1)); // ends by its time
        backlog.woke(0, QUEUE);
        assertTimeoutPreemptively(
                Duration.ofSeconds(30), () -> backlog.await(Backlog.UNTIL_RUNG), "it was rung");
    }

    /// An event loop that waited for the lock could wait behind a thread that only it runs.
    @Test
    void who_tells_of_news_does_not_wait_for_somebody_that_reads_a_long_list() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch end = new CountDownLatch(1);
        List<QueueDepth> endless =
                new AbstractList<>() {
                    @Override
                    public QueueDepth get(int index) {
                        reading.countDown();
                        awaited(end);
                        return depth(0);
                    }

                    @Override
                    public int size() {
                        return 1;
                    }
                };
        Thread looking = Thread.ofPlatform().start(() -> backlog.looked(0, endless, 0));
        awaited(reading);
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                    backlog.woke(0, QUEUE);
                    backlog.ring();
                });
        end.countDown();
        looking.join();
        assertEquals(1, backlog.ready(0, QUEUE));
    }

    private static void awaited(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
