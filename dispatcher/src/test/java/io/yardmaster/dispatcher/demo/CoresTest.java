package io.yardmaster.dispatcher.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class CoresTest {
    private static long nanosOf(Cores cores, int units) throws InterruptedException {
        long start = System.nanoTime();
        cores.work(units, () -> {});
        return System.nanoTime() - start;
    }

    @Test
    void slow_machine_needs_longer_for_the_same_work() throws InterruptedException {
        long slow = nanosOf(new Cores(new Machine("slow", 1, 10), System::nanoTime), 4);
        // 4 units of 5 ms take 200 ms, whatever else this computer does; a fast one's time has no
        // such bound, because it may have to wait for this computer
        assertTrue(slow >= 4 * 10 * Cores.UNIT_NANOS, "took " + slow);
    }

    @Test
    void foreign_load_slows_the_work_until_it_goes() throws InterruptedException {
        Cores cores = new Cores(new Machine("desktop", 1, 1), System::nanoTime);
        cores.foreignLoad(19);
        long crowded = nanosOf(cores, 2);
        cores.foreignLoad(0);
        // 20 threads on one core: 2 units of 5 ms take 200 ms, whatever else this computer does
        assertTrue(crowded >= 20 * 2 * Cores.UNIT_NANOS, "took " + crowded);
    }

    @Test
    void busy_share_counts_foreign_load_and_only_since_the_last_call() {
        AtomicLong now = new AtomicLong();
        Cores cores = new Cores(new Machine("desktop", 4, 1), now::get);
        now.set(1_000);
        assertEquals(0, cores.busySinceLastCall());
        cores.foreignLoad(2);
        now.set(2_000);
        assertEquals(0.5, cores.busySinceLastCall(), 1e-9);
        cores.foreignLoad(8);
        now.set(3_000);
        assertEquals(1, cores.busySinceLastCall(), 1e-9);
        cores.foreignLoad(0);
        now.set(4_000);
        assertEquals(0, cores.busySinceLastCall(), 1e-9);
    }
}
