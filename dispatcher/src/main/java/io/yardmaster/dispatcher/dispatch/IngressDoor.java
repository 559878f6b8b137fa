package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.dispatcher.api.Origin;
import io.yardmaster.dispatcher.api.Parsed;
import io.yardmaster.dispatcher.api.RequestParser;
import io.yardmaster.dispatcher.logging.Repeated;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.queue.WorkQueue.Sorted;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Admits what producers pushed onto the ingress list; what is no request goes to quarantine with
/// the reason.
final class IngressDoor {
    private static final Logger log = LoggerFactory.getLogger(IngressDoor.class);
    private static final int MOST_AT_ONCE = 200;
    private static final int MOST_BYTES = 4 << 20;
    private static final int MOST_QUARANTINED = 10_000;
    private static final int LONGEST_KEPT = 64 << 10;

    private final WorkQueue queue;
    private final RequestParser parser;
    private final Repeated repeated = new Repeated();

    IngressDoor(WorkQueue queue, RequestParser parser) {
        this.queue = queue;
        this.parser = parser;
    }

    /// One round; how many requests were admitted.
    long admit() {
        WorkQueue.Ingress ingress = queue.peekIngress(MOST_AT_ONCE, MOST_BYTES);
        if (ingress.items().isEmpty()) {
            return 0;
        }
        List<Sorted> sorted = ingress.items().stream().map(this::sort).toList();
        WorkQueue.Admitted admitted = queue.admitIngress(ingress.seq(), sorted, MOST_QUARANTINED);
        if (admitted.quarantined() > 0) {
            repeated.happened(
                    "quarantine",
                    before ->
                            log.warn(
                                    "{} items of the ingress list were no requests and are in quarantine{}",
                                    admitted.quarantined(),
                                    Repeated.more(before)));
        }
        return admitted.admitted();
    }

    private Sorted sort(byte[] item) {
        return switch (parser.parse(item, Origin.REDIS)) {
            case Parsed.Good(var offer) -> new Sorted.Good(offer);
            case Parsed.Bad bad -> new Sorted.Bad(entry(bad.line(), item));
        };
    }

    /// One line of JSON with the reason, then the bytes as they were pushed.
    private static byte[] entry(String reason, byte[] item) {
        ByteArrayOutputStream entry = new ByteArrayOutputStream();
        String escaped =
                new String(
                        com.fasterxml.jackson.core.io.JsonStringEncoder.getInstance()
                                .quoteAsString(reason));
        entry.writeBytes(("{\"reason\":\"" + escaped + "\"}\n").getBytes(StandardCharsets.UTF_8));
        entry.write(item, 0, Math.min(item.length, LONGEST_KEPT));
        return entry.toByteArray();
    }
}
