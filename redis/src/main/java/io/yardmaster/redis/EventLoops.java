package io.yardmaster.redis;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.lang.reflect.Constructor;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The event loops of a process. They carry its sockets, and virtual threads that wait for what
/// comes there: an answer that was read wakes its thread on the core that read it, and not on one
/// that sleeps. Thread-safe.
///
/// What such a thread asks Redis or a node for is written by the same loop in the same round. So a
/// request's way costs two thirds of the CPU time that it costs on the JDK's own pool, and a
/// quarter of the delay less (docs/adr/0019). A thread of these must not hold its carrier: no
/// files, no names to look up, no long calculations.
public final class EventLoops implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventLoops.class);
    private static final int MOST = 256;

    /// Makes virtual threads on an executor; null where the JDK keeps it to itself, because it is
    /// another one or was started without `--add-opens java.base/java.lang=ALL-UNNAMED`.
    private static final @Nullable Constructor<?> ON_EXECUTOR = onExecutor();

    private final EventLoopGroup group;
    private final List<ThreadFactory> factories;
    private final AtomicInteger turn = new AtomicInteger();

    private EventLoops(EventLoopGroup group) {
        this.group = group;
        this.factories =
                StreamSupport.stream(group.spliterator(), false).map(EventLoops::factory).toList();
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
            return found;
        } catch (ReflectiveOperationException | RuntimeException e) {
            log.debug("virtual threads stay on the JDK's pool: {}", e.toString());
            return null;
        }
    }

    private static ThreadFactory factory(EventExecutor loop) {
        if (ON_EXECUTOR == null) {
            return Thread.ofVirtual().factory();
        }
        try {
            return ((Thread.Builder) ON_EXECUTOR.newInstance(loop)).factory();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("a virtual thread on an event loop", e);
        }
    }

    /// Makes virtual threads on the loops in turn.
    public ThreadFactory threads() {
        return task ->
                factories
                        .get(Math.floorMod(turn.getAndIncrement(), factories.size()))
                        .newThread(task);
    }

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

    /// Ends the loops. Threads on them that wait never go on.
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // daemons; nobody waits for their end
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
