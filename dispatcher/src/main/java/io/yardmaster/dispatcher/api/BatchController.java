package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.core.JsonGenerator;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Consumes;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.dispatch.Intake;
import io.yardmaster.queue.Admission;
import io.yardmaster.queue.Offer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Many requests in one call, each accepted or refused for itself.
@Controller("/v1/requests")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class BatchController {
    private static final Set<String> LINES =
            Set.of("application/x-ndjson", "application/ndjson", "application/jsonl");

    private final RequestParser parser;
    private final Intake intake;
    private final Door door;
    private final ServerLimits limits;

    BatchController(RequestParser parser, Intake intake, Door door, ServerLimits limits) {
        this.parser = parser;
        this.intake = intake;
        this.door = door;
        this.limits = limits;
    }

    /// The elements of a batch in order: those that are good as offers, and what is wrong with the
    /// others.
    ///
    /// @param refused as long as the batch; empty for those that are good
    private record Sorted(List<Offer> offers, List<Optional<Problem>> refused) {
        static Sorted allGood(List<Offer> offers) {
            return new Sorted(offers, Collections.nCopies(offers.size(), Optional.empty()));
        }
    }

    @Post("/batch")
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BATCH)
    HttpResponse<?> enqueue(HttpRequest<byte[]> request) throws InterruptedException {
        Sorted sorted = read(request);
        List<Admission> admissions =
                sorted.offers().isEmpty() ? List.of() : intake.offerAll(sorted.offers());
        return Answers.json(HttpStatus.OK, out -> write(sorted, admissions, out));
    }

    private Sorted read(HttpRequest<byte[]> request) {
        byte[] bytes = Content.plain(request, request.getBody(), limits.most(Allow.Size.BATCH));
        String type = Content.type(request);
        if (LINES.contains(type)) {
            return sorted(request, Batch.lines(bytes));
        }
        if (!type.equals("application/json")) {
            throw Content.wrong(type, "application/json or application/x-ndjson");
        }
        Caller caller = Caller.of(request);
        return parser.parseAll(bytes, ServerLimits.BATCH_ELEMENTS, origin(request))
                .filter(offers -> offers.stream().allMatch(caller::mayUse))
                .map(Sorted::allGood)
                .orElseGet(() -> sorted(request, Batch.array(bytes)));
    }

    private Sorted sorted(HttpRequest<?> request, List<byte[]> elements) {
        Origin origin = origin(request);
        List<Offer> offers = new ArrayList<>(elements.size());
        List<Optional<Problem>> refused = new ArrayList<>(elements.size());
        for (byte[] element : elements) {
            Optional<Problem> problem = Optional.empty();
            try {
                offers.add(Door.permitted(request, parser.parse(element, origin)));
            } catch (Problem.Refused refusal) {
                problem = Optional.of(refusal.problem());
            }
            refused.add(problem);
        }
        return new Sorted(offers, refused);
    }

    /// One idempotency key can't name many requests; in a batch each brings its own `id`.
    private static Origin origin(HttpRequest<?> request) {
        Origin origin = Door.origin(request, false);
        if (origin.idempotencyKey().isPresent()) {
            throw Problem.invalid(
                            "Idempotency-Key",
                            origin.idempotencyKey().get(),
                            "left out of a batch, whose elements bring an id each")
                    .refused();
        }
        return origin;
    }

    private void write(Sorted sorted, List<Admission> admissions, JsonGenerator out)
            throws IOException {
        int accepted = (int) admissions.stream().filter(Admission::accepted).count();
        out.writeStartObject();
        out.writeNumberField("accepted", accepted);
        out.writeNumberField("rejected", sorted.refused().size() - accepted);
        out.writeArrayFieldStart("results");
        int next = 0;
        for (Optional<Problem> problem : sorted.refused()) {
            out.writeStartObject();
            if (problem.isPresent()) {
                write(problem.get(), out);
            } else {
                write(sorted.offers().get(next), admissions.get(next), out);
                next++;
            }
            out.writeEndObject();
        }
        out.writeEndArray();
        out.writeEndObject();
    }

    private void write(Offer offer, Admission admission, JsonGenerator out) throws IOException {
        out.writeStringField("id", offer.request().id());
        switch (admission) {
            case Admission.Queued _ -> out.writeStringField("state", "queued");
            case Admission.Duplicate _ -> {
                out.writeStringField("state", "queued");
                out.writeBooleanField("replayed", true);
            }
            case Admission.Conflict _,
                    Admission.Full _,
                    Admission.MemoryFull _,
                    Admission.Limited _,
                    Admission.Away _,
                    Admission.Invalid _,
                    Admission.Corrupt _ ->
                    write(door.refusal(admission, offer.request()), out);
        }
    }

    private static void write(Problem problem, JsonGenerator out) throws IOException {
        out.writeFieldName("error");
        out.writeTree(problem.json());
    }
}
