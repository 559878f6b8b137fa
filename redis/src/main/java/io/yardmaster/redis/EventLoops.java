package io.yardmaster.redis;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.lang.reflect.Constructor;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The event loops of a process. They carry its sockets, and virtual threads that wait for what
/// comes there: an answer that was read wakes its thread on the core that read it, and not on one
/// that sleeps. Thread-safe.
///
/// What such a thread asks Redis or a node for is written by the same loop in the same round
/// (docs/adr/0019 has what that brings; with several loops it holds for a part of the threads). A
/// thread of these must not hold its carrier: no files, no names to look up, no long calculations.
/// When a loop stands still all the same, its threads go on elsewhere within a moment.
public final class EventLoops implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventLoops.class);
    private static final int MOST = 256;

    /// Makes virtual threads on an executor; null where the JDK keeps it to itself, because it is
    /// another one or was started without `--add-opens java.base/java.lang=ALL-UNNAMED`.
    private static final @Nullable Constructor<?> ON_EXECUTOR = onExecutor();

    /// How often is looked whether a loop stands still. Seldom enough to cost nothing.
    private static final Duration LOOK = Duration.ofMillis(100);

    private final EventLoopGroup group;
    private final List<LoopScheduler> schedulers;
    private final List<ThreadFactory> factories;
    private final AtomicInteger turn = new AtomicInteger();
    private volatile boolean closed;

    private EventLoops(String name, EventLoopGroup group) {
        this.group = group;
        this.schedulers =
                StreamSupport.stream(group.spliterator(), false).map(LoopScheduler::new).toList();
        this.factories = schedulers.stream().map(EventLoops::factory).toList();
        Thread.ofPlatform().daemon().name(name + "-rescue").start(this::rescue);
    }

    /// Loops on native epoll where it is there, and on the JDK's selectors elsewhere.
    ///
    /// @param name of their threads, which are daemons
    /// @param loops 1 to 256
    @SuppressWarnings("deprecation") // Lettuce asks for groups by these types
    public static EventLoops open(String name, int loops) {
        if (loops < 1 || loops > MOST) {
            throw new IllegalArgumentException(
                    "loops: %d (expected: 1 to %d)".formatted(loops, MOST));
        }
        ThreadFactory threads = new DefaultThreadFactory(name, true);
        return new EventLoops(
                name,
                Epoll.isAvailable()
                        ? new EpollEventLoopGroup(loops, threads)
                        : new NioEventLoopGroup(loops, threads));
    }

    private static @Nullable Constructor<?> onExecutor() {
        try {
            Constructor<?> found =
                    Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder")
                            .getDeclaredConstructor(Executor.class);
            found.setAccessible(true);
            var _ = found.newInstance((Executor) Runnable::run);
            return found;
        } catch (ReflectiveOperationException | RuntimeException e) {
            log.info("virtual threads stay on the JDK's pool: {}", e.toString());
            return null;
        }
    }

    private static ThreadFactory factory(LoopScheduler scheduler) {
        if (ON_EXECUTOR == null) {
            return Thread.ofVirtual().factory();
        }
        try {
            return ((Thread.Builder) ON_EXECUTOR.newInstance(scheduler)).factory();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a virtual thread on an event loop", e);
        }
    }

    private void rescue() {
        Set<LoopScheduler> standing = new HashSet<>();
        while (!closed) {
            LockSupport.parkNanos(LOOK.toNanos());
            for (LoopScheduler each : schedulers) {
                try {
                    if (each.rescue() == 0) {
                        standing.remove(each);
                    } else if (standing.add(each)) {
                        log.debug("{} stands still: its threads run elsewhere", each);
                    }
                } catch (RuntimeException | Error e) { // the thread must outlive whatever it is
                    if (standing.add(each)) {
                        log.warn("{} stands still, and so does a thread of it", each, e);
                    }
                }
            }
        }
    }

    /// Makes virtual threads on the loops in turn.
    public ThreadFactory threads() {
        return task ->
                factories
                        .get(Math.floorMod(turn.getAndIncrement(), factories.size()))
                        .newThread(task);
    }

    /// How many there are.
    public int size() {
        return factories.size();
    }

    /// Where channels register.
    public EventLoopGroup group() {
        return group;
    }

    /// Whether channels have to be those of native epoll.
    public boolean isNative() {
        return Epoll.isAvailable();
    }

    /// Ends the loops. Threads on them that wait never go on: who wakes one afterwards gets a
    /// [java.util.concurrent.RejectedExecutionException], so whatever has such threads is closed
    /// before.
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // daemons; nobody waits for their end
    public void close() {
        closed = true;
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
