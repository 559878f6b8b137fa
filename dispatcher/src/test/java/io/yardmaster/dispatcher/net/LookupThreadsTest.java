package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LookupThreadsTest {
    private static final InetAddress[] HERE = {InetAddress.getLoopbackAddress()};

    @Test
    void no_virtual_thread_holds_its_core_while_a_name_server_thinks() throws Exception {
        CompletableFuture<Thread> looking = new CompletableFuture<>();
        LookupThreads lookup =
                new LookupThreads(host -> {
                    looking.complete(Thread.currentThread());
                    return HERE;
                });
        try (var virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            assertArrayEquals(
                    HERE, virtual.submit(() -> lookup.resolve("nas")).get(10, TimeUnit.SECONDS));
        }
        assertFalse(looking.get(10, TimeUnit.SECONDS).isVirtual());
    }

    @Test
    void a_name_without_address_stays_one() {
        UnknownHostException unknown = new UnknownHostException("nowhere");
        LookupThreads lookup =
                new LookupThreads(host -> {
                    throw unknown;
                });
        assertSame(
                unknown, assertThrows(UnknownHostException.class, () -> lookup.resolve("nowhere")));
    }

    private static boolean await(CountDownLatch latch) {
        try {
            return latch.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whoever_waits_for_a_name_can_be_interrupted() {
        CountDownLatch silent = new CountDownLatch(1);
        LookupThreads lookup =
                new LookupThreads(host -> {
                    assertTrue(await(silent));
                    return HERE;
                });
        Thread.currentThread().interrupt();
        assertThrows(UnknownHostException.class, () -> lookup.resolve("nas"));
        assertTrue(Thread.interrupted());
        silent.countDown();
    }
}
