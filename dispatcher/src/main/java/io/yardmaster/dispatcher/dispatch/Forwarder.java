package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.nodes.Node;
import io.yardmaster.queue.Request;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Sends one attempt to one node.
public interface Forwarder {
    /// What goes out.
    ///
    /// @param headers the producer's, and ours; hop-by-hop ones are the forwarder's business
    @SuppressWarnings("ArrayRecordComponent") // the body is passed on, never compared or changed
    record Outgoing(String method, String path, List<Request.Header> headers, byte[] body) {}

    /// How it ended.
    sealed interface Answer {
        /// The node answered, with any status.
        ///
        /// @param truncated whether the body was longer than the bound and cut there
        @SuppressWarnings("ArrayRecordComponent") // never compared or changed
        record Responded(int status, List<Request.Header> headers, byte[] body, boolean truncated)
                implements Answer {
            /// The first value of a header, or null.
            public @org.jspecify.annotations.Nullable String header(String name) {
                return headers.stream()
                        .filter(header -> header.name().equalsIgnoreCase(name))
                        .map(Request.Header::value)
                        .findFirst()
                        .orElse(null);
            }
        }

        /// No connection came about: the node has seen nothing of it.
        record Unreachable(String message) implements Answer {}

        /// It can't be sent as it is, to any node: nothing was sent.
        record Unsendable(String message) implements Answer {}

        /// It was not to be sent any more when its turn came: nothing was sent.
        record Withheld() implements Answer {}

        /// No whole answer within the time; the node may have done the work.
        record TimedOut() implements Answer {}

        /// The connection broke, or the answer was no HTTP; the node may have done the work.
        record Broken(String message) implements Answer {}
    }

    /// Sends and waits, at most `timeout` in all. Never follows redirects.
    ///
    /// @param maySend asked right before the first byte is written, on another thread that it must
    ///   not hold up: connecting may take long, and a process may be stopped at any instruction.
    ///   When it says no, nothing is written, and the answer is [Answer.Withheld]
    /// @throws IllegalArgumentException when the request can't be put on the wire as given
    /// @throws InterruptedException when the attempt was called off; the exchange is aborted
    Answer send(Node node, Outgoing request, Duration timeout, BooleanSupplier maySend)
            throws InterruptedException;

    /// As above, for what may be sent at any time.
    default Answer send(Node node, Outgoing request, Duration timeout) throws InterruptedException {
        return send(node, request, timeout, () -> true);
    }
}
