package io.yardmaster.dispatcher.trace;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.yardmaster.dispatcher.dispatch.Intake;
import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.TraceContext;
import java.util.ArrayList;
import java.util.List;

/// A span `send <queue>` for each request that is offered: the parent of its attempts, wherever
/// they are made. Thread-safe.
final class TracedOffers implements Intake.Around {
    private final Tracer tracer;

    TracedOffers(Tracer tracer) {
        this.tracer = tracer;
    }

    @Override
    public List<Admission> offer(List<Offer> offers, Intake.Way way) throws InterruptedException {
        List<Span> spans = new ArrayList<>(offers.size());
        List<Offer> traced = new ArrayList<>(offers.size());
        for (Offer offer : offers) {
            Span span = begin(offer);
            spans.add(span);
            traced.add(offer.within(Contexts.of(span.getSpanContext())));
        }
        try {
            List<Admission> admissions = way.offer(traced);
            for (int i = 0; i < spans.size(); i++) {
                answered(spans.get(i), admissions.get(i));
            }
            return admissions;
        } catch (RuntimeException | InterruptedException e) {
            spans.forEach(span -> failed(span, e.getClass().getSimpleName()));
            throw e;
        } finally {
            spans.forEach(Span::end);
        }
    }

    private Span begin(Offer offer) {
        Request request = offer.request();
        // What the producer wrote into the request comes before what its call to us came with.
        var context = TraceContext.of(request.headers()).or(offer::trace);
        return Contexts.messaging(
                        tracer.spanBuilder("send " + Contexts.destination(request)),
                        request,
                        "send")
                .setSpanKind(SpanKind.PRODUCER)
                .setParent(Contexts.of(context))
                .startSpan();
    }

    private static void answered(Span span, Admission admission) {
        switch (admission) {
            case Admission.Queued _ -> {}
            case Admission.Duplicate _ -> span.setAttribute("yardmaster.replayed", true);
            case Admission.Conflict _ -> failed(span, "conflict");
            case Admission.Full _ -> failed(span, "queue-full");
            case Admission.MemoryFull _ -> failed(span, "redis-full");
            case Admission.Limited _ -> failed(span, "rate-limited");
            case Admission.Away _ -> failed(span, "redis-unavailable");
            case Admission.Invalid _ -> failed(span, "invalid-request");
            case Admission.Corrupt _ -> failed(span, "corrupt");
        }
    }

    private static void failed(Span span, String type) {
        span.setAttribute(Contexts.ERROR_TYPE, type).setStatus(StatusCode.ERROR);
    }
}
