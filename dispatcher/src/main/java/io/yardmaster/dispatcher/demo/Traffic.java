package io.yardmaster.dispatcher.demo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The producers: one virtual thread for each door. Thread-safe.
final class Traffic {
    /// Below the default size of a queue, so that pushes, which nobody answers, find room.
    private static final int MOST_OPEN = 8_000;

    private static final Duration PAUSE = Duration.ofMillis(100);

    private final ConcurrentLinkedQueue<Parcel> accepted = new ConcurrentLinkedQueue<>();
    private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();
    private final CountDownLatch running;
    private final LongSupplier nanos;
    private final LongSupplier open;

    /// @param doors how many will be started
    /// @param open how many requests wait now, as far as known
    Traffic(int doors, LongSupplier nanos, LongSupplier open) {
        this.running = new CountDownLatch(doors);
        this.nanos = nanos;
        this.open = open;
    }

    /// Sends the parcels through the door, each when it is due, and closes the door.
    void start(Door door, List<Parcel> parcels) {
        threads.add(Thread.ofVirtual().name("producer").start(() -> run(door, parcels)));
    }

    void stop() {
        threads.forEach(Thread::interrupt);
    }

    boolean finished() {
        return running.getCount() == 0;
    }

    /// What was accepted so far.
    List<Parcel> accepted() {
        return List.copyOf(accepted);
    }

    int acceptedCount() {
        return accepted.size();
    }

    /// Why a producer gave up, or null.
    @Nullable Exception failure() {
        return failure.get();
    }

    private void run(Door door, List<Parcel> parcels) {
        try (door) {
            long start = nanos.getAsLong();
            for (int next = 0; next < parcels.size(); ) {
                long now = (nanos.getAsLong() - start) / 1_000_000;
                int end = next;
                while (end < parcels.size()
                        && end - next < door.most()
                        && parcels.get(end).dueMs() <= now) {
                    end++;
                }
                if (end == next) {
                    Thread.sleep(parcels.get(next).dueMs() - now);
                } else if (open.getAsLong() > MOST_OPEN) {
                    Thread.sleep(PAUSE);
                } else {
                    deliver(door, parcels.subList(next, end));
                    next = end;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            failure.compareAndSet(null, e);
        } finally {
            running.countDown();
        }
    }

    private void deliver(Door door, List<Parcel> parcels) throws IOException, InterruptedException {
        List<Parcel> left = parcels;
        while (!left.isEmpty()) {
            Door.Receipt receipt = door.send(left);
            for (Parcel parcel : left) {
                if (!receipt.refused().contains(parcel)) {
                    accepted.add(parcel);
                }
            }
            left = receipt.refused();
            if (!left.isEmpty()) {
                Thread.sleep(receipt.pause());
            }
        }
    }
}
