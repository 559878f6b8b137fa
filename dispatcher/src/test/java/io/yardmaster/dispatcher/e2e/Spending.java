package io.yardmaster.dispatcher.e2e;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/// What a replica's process spends: bytes that it allocates, and calls of functions in Redis. Both
/// are counted and not timed, so they are the same on a slow machine and on a fast one.
final class Spending implements AutoCloseable {
    private static final Duration IDLE = Duration.ofSeconds(2);
    private static final Pattern CALLS =
            Pattern.compile("yardmaster_redis_seconds_count\\{.*function=\"(\\w+)\".*} (\\S+)");
    private static final Pattern BY_THE_CLOCK =
            Pattern.compile("yard_(tend|depth|event_.*|history_.*|registry_.*|audit_.*)");

    /// Of 1,000 requests.
    record Cost(double kibibytes, double redisCalls) {}

    private record Spent(double bytes, double redisCalls, long nanos) {}

    private final Replica replica;
    private final JMXConnector connector;
    private final ThreadMXBean threads;

    private Spending(Replica replica, JMXConnector connector, ThreadMXBean threads) {
        this.replica = replica;
        this.connector = connector;
        this.threads = threads;
    }

    @SuppressWarnings("BanJNDI") // to a process that the test itself started
    static Spending of(Replica replica) {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(replica.program().pid()));
            String address;
            try {
                address = machine.startLocalManagementAgent();
            } finally {
                machine.detach();
            }
            JMXConnector connector = JMXConnectorFactory.connect(new JMXServiceURL(address));
            return new Spending(
                    replica,
                    connector,
                    ManagementFactory.newPlatformMXBeanProxy(
                            connector.getMBeanServerConnection(),
                            ManagementFactory.THREAD_MXBEAN_NAME,
                            ThreadMXBean.class));
        } catch (AttachNotSupportedException e) {
            throw new AssertionError("a JVM that cannot be looked into", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What some work costs. What the replica does by the clock is left out, because its part grows
    /// with the time that the machine needs: allocations by their rate in an idle moment, and calls
    /// by their names.
    ///
    /// @param requests how many the work is
    Cost of(int requests, Runnable work) {
        Spent idle = during(() -> LockSupport.parkNanos(IDLE.toNanos()));
        Spent busy = during(work);
        double share = (double) busy.nanos() / idle.nanos();
        double perThousand = 1000.0 / requests;
        return new Cost(
                (busy.bytes() - idle.bytes() * share) * perThousand / 1024,
                busy.redisCalls() * perThousand);
    }

    /// The page of metrics is asked for outside of what is measured, because it costs much itself.
    private Spent during(Runnable work) {
        double calls = redisCalls();
        long nanos = System.nanoTime();
        long bytes = threads.getTotalThreadAllocatedBytes();
        work.run();
        double allocated = (double) (threads.getTotalThreadAllocatedBytes() - bytes);
        long took = System.nanoTime() - nanos;
        return new Spent(allocated, redisCalls() - calls, took);
    }

    private double redisCalls() {
        return replica.get("/prometheus")
                .body()
                .lines()
                .map(CALLS::matcher)
                .filter(row -> row.matches() && !BY_THE_CLOCK.matcher(row.group(1)).matches())
                .mapToDouble(row -> Double.parseDouble(row.group(2)))
                .sum();
    }

    @Override
    public void close() {
        try {
            connector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
