package io.yardmaster.dispatcher.net;

import io.yardmaster.dispatcher.net.AllowedNetworks.Resolver;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Looks names up on threads of their own. The system's call keeps hold of the core that a virtual
/// thread runs on, for many seconds when no name server answers, and a small machine has one core
/// for all virtual threads.
final class LookupThreads implements Resolver {
    /// So many names may wait for a name server at once before others wait for them.
    private static final int MOST = 16;

    private static final int MOST_WAITING = 10_000;

    /// Longer than the system asks all its name servers.
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private static final ExecutorService THREADS = threads();

    private final Resolver system;

    LookupThreads(Resolver system) {
        this.system = system;
    }

    private static ExecutorService threads() {
        ThreadPoolExecutor threads =
                new ThreadPoolExecutor(
                        MOST,
                        MOST,
                        10,
                        TimeUnit.SECONDS,
                        new LinkedBlockingQueue<>(MOST_WAITING),
                        Thread.ofPlatform().daemon().name("lookup-", 0).factory());
        threads.allowCoreThreadTimeOut(true);
        return threads;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        try {
            return THREADS.submit(() -> system.resolve(host))
                    .get(LONGEST.toSeconds(), TimeUnit.SECONDS);
        } catch (RejectedExecutionException | TimeoutException e) {
            throw new UnknownHostException(host + ": the name servers don't answer");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownHostException unknown) {
                throw unknown;
            }
            throw new IllegalStateException("lookup of " + host, e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnknownHostException(host + ": interrupted");
        }
    }
}
