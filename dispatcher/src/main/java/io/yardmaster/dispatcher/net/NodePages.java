package io.yardmaster.dispatcher.net;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.nodes.Node;
import io.yardmaster.nodes.Stats;
import io.yardmaster.nodes.StatsPoller;
import io.yardmaster.queue.Request;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/// Fetches the pages of node exporters over the forwarder's connections and under its rules: to
/// allowed addresses only, no redirects, a bounded body.
public final class NodePages implements StatsPoller.Pages {
    /// A large machine's page has some 300 KB. At most 16 are held at a time.
    private static final int MAX_BODY = 2 * 1024 * 1024;

    private static final byte[] NO_BODY = {};
    private static final List<Request.Header> HEADERS =
            List.of(new Request.Header("Accept", "text/plain;version=0.0.4"));

    private final HttpForwarder forwarder;

    public NodePages(HttpForwarder forwarder) {
        this.forwarder = forwarder;
    }

    @Override
    public Page fetch(Node node, Stats stats, Duration timeout) {
        URI url = stats.url();
        try {
            Outgoing get = new Outgoing("GET", target(url), HEADERS, NO_BODY);
            return switch (forwarder.send(root(url), get, timeout, MAX_BODY)) {
                case Answer.Responded(int status, var _, byte[] body, boolean truncated) ->
                        status != 200
                                ? new Page.Failed("it answered " + status + " (expected: 200)")
                                : truncated
                                        ? new Page.Failed("longer than " + MAX_BODY + " bytes")
                                        : new Page.Fetched(body);
                case Answer.Unreachable(String why) -> new Page.Failed("unreachable: " + why);
                case Answer.Unsendable(String why) -> new Page.Failed(why);
                case Answer.Withheld() -> new Page.Failed("not sent");
                case Answer.TimedOut() -> new Page.Failed("no answer within " + timeout);
                case Answer.Broken(String why) -> new Page.Failed("the answer broke off: " + why);
            };
        } catch (IllegalArgumentException e) {
            return new Page.Failed(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Page.Failed("interrupted");
        }
    }

    private static URI root(URI url) {
        return URI.create(url.getScheme() + "://" + url.getRawAuthority());
    }

    private static String target(URI url) {
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    }
}
