package io.yardmaster.dispatcher.net;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.nodes.HealthProbe;
import io.yardmaster.nodes.Node;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Asks nodes whether they are well, over the forwarder's connections and under its rules. Uses
/// connections of the same pool as requests, so that a check also tells whether those would work.
public final class NodeProbe implements HealthProbe {
    private static final int MAX_BODY = 4 * 1024;
    private static final byte[] NO_BODY = {};

    private final HttpForwarder forwarder;

    public NodeProbe(HttpForwarder forwarder) {
        this.forwarder = forwarder;
    }

    /// HTTP: any 2xx. TCP: a connection to an allowed address. MQTT nodes speak for themselves:
    /// true.
    @Override
    public boolean healthy(Node node, Duration timeout) {
        try {
            return switch (node.health().type()) {
                case HTTP -> answersWell(node, timeout);
                case TCP -> accepts(node.url(), timeout);
                case MQTT -> true;
            };
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean answersWell(Node node, Duration timeout) throws InterruptedException {
        Outgoing get = new Outgoing("GET", node.health().path(), List.of(), NO_BODY);
        return switch (forwarder.send(node, get, timeout, MAX_BODY)) {
            case Answer.Responded answer -> answer.status() >= 200 && answer.status() < 300;
            case Answer.Unreachable _,
                    Answer.Unsendable _,
                    Answer.Withheld _,
                    Answer.TimedOut _,
                    Answer.Broken _ ->
                    false;
        };
    }

    /// Looking a name up cannot be given a timeout, so the whole check runs on a thread of its own
    /// that is left behind when it takes too long.
    private boolean accepts(URI url, Duration timeout) throws InterruptedException {
        FutureTask<Boolean> check = new FutureTask<>(() -> connects(url, timeout));
        Thread thread = Thread.ofVirtual().name("probe-" + url.getHost()).start(check);
        try {
            return check.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return false;
        } finally {
            thread.interrupt();
        }
    }

    private boolean connects(URI url, Duration timeout) throws IOException {
        int port = AllowedNetworks.portOf(url);
        InetAddress address = forwarder.networks().resolve(url.getHost(), port)[0];
        try (Socket socket = new Socket()) {
            int millis = Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
            socket.connect(new InetSocketAddress(address, port), millis);
            return true;
        }
    }
}
