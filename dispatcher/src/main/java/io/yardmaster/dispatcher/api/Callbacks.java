package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.dispatcher.dispatch.DispatchListener;
import io.yardmaster.dispatcher.dispatch.Forwarder;
import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.logging.Repeated;
import io.yardmaster.nodes.Node;
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Settlement;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Posts the end of a request to the `callbackUrl` that its producer gave: the JSON of `GET
/// /v1/requests/{id}`. Thread-safe.
///
/// Best effort: three tries within about 40 s by the replica that settled the request. What ends
/// without a replica's doing (cancelled, expired, lease lost for good) is not called back, nor is
/// anything when the replica dies or 1,000 callbacks are under way; the outcome can be asked for as
/// ever. The address is checked against the allowed networks when it connects, too.
public final class Callbacks implements DispatchListener {
    private static final Logger log = LoggerFactory.getLogger(Callbacks.class);
    private static final int MOST_AT_ONCE = 1000;
    private static final int TRIES = 3;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final Forwarder forwarder;
    private final Semaphore places = new Semaphore(MOST_AT_ONCE);
    private final Repeated repeated = new Repeated();

    public Callbacks(Forwarder forwarder) {
        this.forwarder = forwarder;
    }

    @Override
    public void settled(Lease lease, Settlement settlement, Settlement.Answer answer) {
        if (answer != Settlement.Answer.OK) {
            return;
        }
        switch (settlement) {
            case Settlement.Succeeded(String json) -> call(lease, Found.End.SUCCEEDED, json);
            case Settlement.Dead(String json) -> call(lease, Found.End.DEAD, json);
            case Settlement.Retry _, Settlement.Defer _, Settlement.Release _ -> {}
        }
    }

    private void call(Lease lease, Found.End end, String json) {
        lease.request().routing().callbackUrl().ifPresent(url -> call(lease, url, end, json));
    }

    private void call(Lease lease, String url, Found.End end, String json) {
        if (!places.tryAcquire()) {
            repeated.happened(
                    "many",
                    before ->
                            log.atWarn()
                                    .addKeyValue("request", lease.id())
                                    .log(
                                            "not called back: {} callbacks are under way{}",
                                            MOST_AT_ONCE,
                                            Repeated.more(before)));
            return;
        }
        Thread.ofVirtual()
                .name("callback")
                .start(() -> {
                    try {
                        ObjectNode view =
                                RequestView.settled(lease.id(), new Found.Settled(end, json));
                        post(lease.id(), URI.create(url), view.toString());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (RuntimeException e) {
                        log.atWarn()
                                .addKeyValue("request", lease.id())
                                .log("not called back: {}", e.toString());
                    } finally {
                        places.release();
                    }
                });
    }

    private void post(String id, URI url, String body) throws InterruptedException {
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        String path =
                url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        Node there =
                Node.at("callback", URI.create(url.getScheme() + "://" + url.getRawAuthority()));
        Forwarder.Outgoing outgoing =
                new Forwarder.Outgoing(
                        "POST",
                        path + query,
                        List.of(
                                new Request.Header("Content-Type", "application/json"),
                                new Request.Header("X-Request-ID", id)),
                        body.getBytes(StandardCharsets.UTF_8));
        Answer answer = forwarder.send(there, outgoing, TIMEOUT);
        for (int tries = 1; tries < TRIES && !taken(answer); tries++) {
            Thread.sleep(PAUSE.multipliedBy(tries));
            answer = forwarder.send(there, outgoing, TIMEOUT);
        }
        if (!taken(answer)) {
            repeated.happened(
                    "refused by " + url.getHost(),
                    before ->
                            log.atWarn()
                                    .addKeyValue("request", id)
                                    .log(
                                            "{} did not take the callback{}",
                                            url.getHost(),
                                            Repeated.more(before)));
        }
    }

    private static boolean taken(Answer answer) {
        return answer instanceof Answer.Responded responded
                && responded.status() >= 200
                && responded.status() < 300;
    }
}
