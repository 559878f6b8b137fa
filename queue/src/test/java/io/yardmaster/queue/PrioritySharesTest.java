package io.yardmaster.queue;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrioritySharesTest {
    private static final long PLENTY = 1_000_000;
    private static final List<PriorityShares.Share> DEFAULTS =
            List.of(
                    new PriorityShares.Share(1.0, 0.10),
                    new PriorityShares.Share(0.8, 0.05),
                    new PriorityShares.Share(0.5, 0),
                    new PriorityShares.Share(0.2, 0));
    private static final List<PriorityShares.Share> NO_RESERVES =
            DEFAULTS.stream().map(share -> new PriorityShares.Share(share.weight(), 0)).toList();

    /// A service with some slots in virtual time: every request of a priority takes as long as
    /// `serviceMs` says.
    private static final class Service {
        private record Running(Priority priority, double charged, long ms, long endsAt) {}

        private final PriorityShares shares;
        private final int slots;
        private final long[] serviceMs;
        private final long[] waiting;
        private final int[] busy = new int[4];
        private final double[] servedMs = new double[4];
        private final long[] served = new long[4];
        private final PriorityQueue<Running> running =
                new PriorityQueue<>(Comparator.comparingLong(Running::endsAt));
        private long now;

        Service(PriorityShares shares, int slots, long[] serviceMs, long[] waiting) {
            this.shares = shares;
            this.slots = slots;
            this.serviceMs = serviceMs.clone();
            this.waiting = waiting.clone();
        }

        int[] start() {
            int[] plan = shares.plan(slots, busy.clone(), waiting.clone(), 100);
            for (Priority priority : Priority.values()) {
                int p = priority.number();
                for (int i = 0; i < plan[p]; i++) {
                    double charged = shares.charge(priority);
                    shares.started(priority);
                    busy[p]++;
                    waiting[p]--;
                    running.add(new Running(priority, charged, serviceMs[p], now + serviceMs[p]));
                }
            }
            return plan;
        }

        void runUntil(long end) {
            start();
            while (!running.isEmpty() && running.element().endsAt() <= end) {
                Running ended = running.remove();
                now = ended.endsAt();
                int p = ended.priority().number();
                busy[p]--;
                servedMs[p] += ended.ms();
                served[p]++;
                shares.finished(ended.priority(), ended.charged(), Duration.ofMillis(ended.ms()));
                start();
            }
            now = end;
        }

        double share(Priority priority) {
            return servedMs[priority.number()] / Arrays.stream(servedMs).sum();
        }
    }

    private static long[] all(long value) {
        return new long[] {value, value, value, value};
    }

    @Test
    void weights_are_shares_of_service_time_though_low_requests_are_a_hundred_times_slower() {
        Service service =
                new Service(
                        new PriorityShares(NO_RESERVES, false),
                        20,
                        new long[] {10, 20, 50, 1000},
                        all(PLENTY));
        service.runUntil(600_000);
        assertEquals(1.0 / 2.5, service.share(Priority.CRITICAL), 0.02);
        assertEquals(0.8 / 2.5, service.share(Priority.HIGH), 0.02);
        assertEquals(0.5 / 2.5, service.share(Priority.NORMAL), 0.02);
        assertEquals(0.2 / 2.5, service.share(Priority.LOW), 0.02);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void few_slots_are_all_used_and_nothing_starves(int slots) {
        Service service =
                new Service(
                        new PriorityShares(DEFAULTS, false),
                        slots,
                        new long[] {10, 10, 10, 100},
                        all(PLENTY));
        service.runUntil(100_000);
        assertEquals(slots * 100_000.0, Arrays.stream(service.servedMs).sum(), slots * 1000.0);
        for (Priority priority : Priority.values()) {
            assertTrue(
                    service.share(priority) > 0.04, priority + " got " + service.share(priority));
        }
    }

    @Test
    void idle_shares_are_lent() {
        Service service =
                new Service(
                        new PriorityShares(NO_RESERVES, false),
                        10,
                        all(100),
                        new long[] {0, 0, 0, PLENTY});
        service.runUntil(10_000);
        assertEquals(1.0, service.share(Priority.LOW), 0.001);
        assertEquals(10, service.busy[Priority.LOW.number()]);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 10, 20, 100})
    void critical_request_starts_at_once_though_low_ones_fill_everything_else(int slots) {
        Service service =
                new Service(
                        new PriorityShares(DEFAULTS, false),
                        slots,
                        new long[] {10, 10, 10, 60_000},
                        new long[] {0, 0, 0, PLENTY});
        int[] low = service.start();
        int reserved = (int) Math.min(slots - 1, Math.ceil(0.15 * slots - 1e-9));
        assertArrayEquals(new int[] {0, 0, 0, slots - reserved}, low);
        service.waiting[0] = 1;
        assertArrayEquals(new int[] {1, 0, 0, 0}, service.start());
    }

    @Test
    void reserve_of_high_is_kept_from_normal_and_open_to_critical() {
        PriorityShares shares = new PriorityShares(DEFAULTS, false);
        assertArrayEquals(
                new int[] {0, 0, 17, 0},
                shares.plan(20, new int[4], new long[] {0, 0, 99, 0}, 100));
        assertArrayEquals(
                new int[] {0, 18, 0, 0},
                shares.plan(20, new int[4], new long[] {0, 99, 0, 0}, 100));
        assertArrayEquals(
                new int[] {20, 0, 0, 0},
                shares.plan(20, new int[4], new long[] {99, 0, 0, 0}, 100));
    }

    @Test
    void single_slot_is_nobodys_reserve() {
        PriorityShares shares = new PriorityShares(DEFAULTS, false);
        assertArrayEquals(
                new int[] {0, 0, 0, 1}, shares.plan(1, new int[4], new long[] {0, 0, 0, 5}, 9));
    }

    @Test
    void plan_keeps_to_what_waits_what_is_free_and_what_was_asked() {
        PriorityShares shares = new PriorityShares(NO_RESERVES, false);
        assertArrayEquals(new int[4], shares.plan(10, new int[4], new long[4], 9));
        assertArrayEquals(new int[4], shares.plan(0, new int[4], all(9), 9));
        assertArrayEquals(new int[4], shares.plan(4, new int[] {2, 2, 2, 2}, all(9), 9));
        assertEquals(3, Arrays.stream(shares.plan(10, new int[4], all(9), 3)).sum());
        assertArrayEquals(
                new int[] {1, 0, 2, 0}, shares.plan(10, new int[4], new long[] {1, 0, 2, 0}, 100));
    }

    @Test
    void strict_order_serves_the_most_urgent_first_whatever_the_weights() {
        PriorityShares shares = new PriorityShares(NO_RESERVES, true);
        assertArrayEquals(
                new int[] {2, 3, 5, 0}, shares.plan(10, new int[4], new long[] {2, 3, 9, 9}, 100));
        Service service =
                new Service(new PriorityShares(NO_RESERVES, true), 4, all(10), all(1_000));
        service.runUntil(2_500);
        assertArrayEquals(new long[] {1_000, 0, 0, 0}, service.served);
    }

    @Test
    void time_spent_alone_is_neither_saved_up_nor_held_against_anybody() {
        PriorityShares shares = new PriorityShares(NO_RESERVES, false);
        long[] waiting = {0, 0, 0, PLENTY};
        Service service = new Service(shares, 10, new long[] {1000, 1000, 1000, 1000}, waiting);
        service.runUntil(600_000);
        service.waiting[0] = PLENTY;
        double before = service.servedMs[3];
        service.runUntil(900_000);
        double low = (service.servedMs[3] - before) / (300_000 * 10);
        assertEquals(0.2 / 1.2, low, 0.05);
    }

    @Test
    void first_slow_requests_of_a_priority_do_not_shut_it_out() {
        PriorityShares shares = new PriorityShares(NO_RESERVES, false);
        Service service =
                new Service(
                        shares,
                        10,
                        new long[] {1000, 1000, 1000, 60_000},
                        new long[] {0, 0, 0, 10});
        service.runUntil(60_000);
        // The ten, charged 1 ms each, took a minute each: shares that nobody else wanted.
        service.waiting[3] = PLENTY;
        service.waiting[0] = PLENTY;
        service.runUntil(180_000);
        assertTrue(service.busy[3] >= 1, "low holds " + service.busy[3] + " of 10 slots");
    }

    @Test
    void impossible_shares_are_refused() {
        assertThrows(IllegalArgumentException.class, () -> new PriorityShares.Share(0, 0));
        assertThrows(IllegalArgumentException.class, () -> new PriorityShares.Share(Double.NaN, 0));
        assertThrows(IllegalArgumentException.class, () -> new PriorityShares.Share(1, 1));
        assertThrows(IllegalArgumentException.class, () -> new PriorityShares.Share(1, -0.1));
        assertThrows(
                IllegalArgumentException.class,
                () -> new PriorityShares(DEFAULTS.subList(0, 3), false));
    }

    @Test
    void slots_that_are_kept_from_a_priority_are_those_that_no_plan_gives_it() {
        PriorityShares shares = new PriorityShares(DEFAULTS, false);
        int[] busy = {0, 0, 0, 17};
        int kept = shares.keptFrom(Priority.LOW, 20, busy);
        assertEquals(3, kept, "two for critical, one for high");
        assertEquals(0, shares.plan(20, busy, new long[] {0, 0, 0, PLENTY}, 20)[3]);
        assertEquals(0, shares.keptFrom(Priority.CRITICAL, 20, busy));
        int[] less = {0, 0, 0, 16};
        assertEquals(1, shares.plan(20, less, new long[] {0, 0, 0, PLENTY}, 20)[3]);
    }
}
