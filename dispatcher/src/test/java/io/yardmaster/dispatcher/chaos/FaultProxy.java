package io.yardmaster.dispatcher.chaos;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/// A TCP proxy that does what networks and load balancers do on bad days.
///
/// Each connection is two threads that copy, and ask before each piece what is the trouble now.
final class FaultProxy implements AutoCloseable {
    private final ServerSocket door;
    private final InetSocketAddress target;
    private final RandomGenerator random;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final AtomicLong struck = new AtomicLong();
    private volatile Trouble trouble = new Trouble.None();

    /// What goes wrong.
    sealed interface Trouble {
        record None() implements Trouble {}

        /// Every piece takes so much longer, in each direction.
        record Slow(Duration by) implements Trouble {}

        /// With this probability a piece of an answer is swallowed, and the connection closed: who
        /// asked cannot know whether it was done.
        record EatReplies(double probability) implements Trouble {}

        /// The next answer to a request that holds this text is swallowed, and the connection
        /// closed; once. After it comes the next trouble.
        record EatReplyTo(String text, Trouble next) implements Trouble {}

        /// Nothing goes either way. As with lost packets, what was held comes when it heals.
        record BlackHole() implements Trouble {}

        /// Whatever is sent on a connection meanwhile is lost for good, and so is the connection,
        /// which nobody is told: a firewall that forgot it.
        record Forgotten() implements Trouble {}

        /// Connections end with a reset; new ones do, too.
        record Reset() implements Trouble {}

        /// After its next piece a caller hears no more, though it is heard.
        record HalfClose() implements Trouble {}
    }

    /// Listens on all addresses, so that who is in another network namespace reaches it, too.
    FaultProxy(String host, int port, RandomGenerator random) {
        this.target = new InetSocketAddress(host, port);
        this.random = random;
        try {
            this.door = new ServerSocket(0, 200);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("fault-proxy").start(this::accept);
    }

    int port() {
        return door.getLocalPort();
    }

    void set(Trouble next) {
        trouble = next;
        if (next instanceof Trouble.Reset) {
            links.forEach(Link::reset);
        }
    }

    void heal() {
        set(new Trouble.None());
    }

    /// How often a connection was broken on purpose.
    long struck() {
        return struck.get();
    }

    private void accept() {
        while (!door.isClosed()) {
            try {
                Socket caller = door.accept();
                Thread.ofVirtual().start(() -> connect(caller));
            } catch (IOException e) {
                // the next one, unless it is closed
            }
        }
    }

    private void connect(Socket caller) {
        Socket callee = new Socket();
        Link link = new Link(caller, callee);
        links.add(link);
        try {
            if (trouble instanceof Trouble.Reset) {
                link.reset();
                return;
            }
            caller.setTcpNoDelay(true);
            callee.setTcpNoDelay(true);
            callee.connect(target, 5_000);
            Thread.ofVirtual().start(() -> link.pump(caller, callee, true));
            Thread.ofVirtual().start(() -> link.pump(callee, caller, false));
        } catch (IOException e) {
            link.end();
        }
    }

    private final class Link {
        private final Socket caller;
        private final Socket callee;
        private volatile boolean swallowing;
        private volatile boolean deaf;
        private volatile boolean forgotten;

        Link(Socket caller, Socket callee) {
            this.caller = caller;
            this.callee = callee;
        }

        void pump(Socket from, Socket to, boolean request) {
            byte[] piece = new byte[1 << 16];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
                    Trouble now = passable();
                    if (request && now instanceof Trouble.EatReplyTo(String text, Trouble _)) {
                        swallowing |=
                                new String(piece, 0, length, StandardCharsets.ISO_8859_1)
                                        .contains(text);
                    }
                    if (!request && eats(now)) {
                        struck.incrementAndGet();
                        break;
                    }
                    if (now instanceof Trouble.Slow(Duration by)) {
                        LockSupport.parkNanos(by.toNanos());
                    }
                    forgotten |= now instanceof Trouble.Forgotten;
                    if (forgotten || (!request && deaf)) {
                        continue;
                    }
                    out.write(piece, 0, length);
                    if (!request && now instanceof Trouble.HalfClose) {
                        struck.incrementAndGet();
                        deaf = true;
                        to.shutdownOutput();
                    }
                }
            } catch (IOException e) {
                // it ends on both sides
            }
            if (!deaf || request) {
                end();
            }
        }

        /// The trouble of the moment, once nothing holds the piece back any more.
        private Trouble passable() {
            Trouble now = trouble;
            while (now instanceof Trouble.BlackHole && !caller.isClosed()) {
                LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
                now = trouble;
            }
            return now;
        }

        private boolean eats(Trouble now) {
            if (swallowing) {
                if (now instanceof Trouble.EatReplyTo(String _, Trouble next)) {
                    trouble = next;
                }
                return true;
            }
            return now instanceof Trouble.EatReplies(double probability)
                    && random.nextDouble() < probability;
        }

        void reset() {
            struck.incrementAndGet();
            try {
                caller.setSoLinger(true, 0);
            } catch (IOException e) {
                // closed already
            }
            end();
        }

        void end() {
            links.remove(this);
            close(caller);
            close(callee);
        }
    }

    private static void close(Closeable each) {
        try {
            each.close();
        } catch (IOException e) {
            // it is gone either way
        }
    }

    @Override
    public void close() {
        close(door);
        links.forEach(Link::end);
    }
}
