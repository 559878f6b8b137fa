package io.yardmaster.queue;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a batch costs Redis, counted in commands that the functions run: a time would say something
/// of the machine, a command more for each request is seen here.
class CommandsTest {
    private static final int BATCH = 100;

    /// What a call does once, whatever its batch: clock, checks of keys, counters.
    private static final int ONCE = 20;

    private static final String COMPRESS = "list-compress-depth";
    private static final Pattern CALLS = Pattern.compile("cmdstat_(?!info)[^:]+:calls=(\\d+)");
    private static Yard yard;

    @BeforeAll
    static void open() {
        yard = new Yard();
    }

    @AfterAll
    static void close() {
        yard.close();
    }

    @BeforeEach
    void clear() {
        yard.clear();
    }

    private static long commands(Runnable call) {
        long before = commands();
        call.run();
        return commands() - before;
    }

    private static long commands() {
        Matcher calls = CALLS.matcher(yard.redis.run(c -> c.info("commandstats")));
        long sum = 0;
        while (calls.find()) {
            sum += Long.parseLong(calls.group(1));
        }
        return sum;
    }

    private static void assertAtMost(long most, long commands) {
        assertTrue(commands <= most, commands + " commands (expected: at most " + most + ")");
    }

    private static void offerBatch() {
        List<Offer> offers = new ArrayList<>();
        for (int i = 0; i < BATCH; i++) {
            offers.add(Yard.offer("a" + i));
        }
        var _ = yard.queue.offer(offers);
    }

    @Test
    void offer_of_a_batch_runs_no_command_for_each_request() {
        assertAtMost(ONCE, commands(CommandsTest::offerBatch));
    }

    @Test
    void take_runs_one_command_for_each_request() {
        offerBatch();
        assertAtMost(BATCH + ONCE, commands(() -> yard.take("nonce001", BATCH)));
    }

    @Test
    void settling_runs_two_commands_for_each_request() {
        offerBatch();
        List<WorkQueue.Ending> endings =
                yard.take("nonce001", BATCH).stream()
                        .map(lease -> new WorkQueue.Ending(lease, new Settlement.Succeeded("{}")))
                        .toList();
        assertAtMost(2 * BATCH + ONCE, commands(() -> yard.queue.settle(endings)));
    }

    /// Their ids have most of their letters in common, which is what Redis packs them by.
    @Test
    void tickets_of_a_long_queue_are_packed() {
        int waiting = 5000;
        Map<String, String> before = yard.redis.run(c -> c.configGet(COMPRESS));
        var _ = yard.redis.run(c -> c.configSet(COMPRESS, "1"));
        for (int i = 0; i < waiting; i++) {
            yard.call("yard_enqueue", "BODY", "x");
        }
        long bytes = yard.redis.run(c -> c.memoryUsage(Yard.key("q:default:normal")));
        var _ = yard.redis.run(c -> c.configSet(before));
        assertTrue(bytes <= 10L * waiting, bytes + " bytes");
    }

    @Test
    void single_enqueue_reads_eight_times_and_writes_three_times() {
        yard.call("yard_enqueue", "BODY", "x");
        assertAtMost(1 + 8 + 3, commands(() -> yard.call("yard_enqueue", "BODY", "x")));
    }
}
