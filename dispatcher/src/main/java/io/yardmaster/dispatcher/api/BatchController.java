package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
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
import java.util.ArrayList;
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

    @Post("/batch")
    @Consumes(MediaType.ALL)
    @Allow(value = Access.PRODUCE, most = Allow.Size.BATCH)
    HttpResponse<?> enqueue(HttpRequest<byte[]> request) throws InterruptedException {
        List<byte[]> elements = elements(request);
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
        return Answers.ok(results(offers, refused));
    }

    private List<byte[]> elements(HttpRequest<byte[]> request) {
        byte[] bytes = Content.plain(request, request.getBody(), limits.most(Allow.Size.BATCH));
        String type = Content.type(request);
        if (LINES.contains(type)) {
            return Batch.lines(bytes);
        }
        if (!type.equals("application/json")) {
            throw Content.wrong(type, "application/json or application/x-ndjson");
        }
        return Batch.array(bytes);
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

    private ObjectNode results(List<Offer> offers, List<Optional<Problem>> refused)
            throws InterruptedException {
        List<Admission> admissions = offers.isEmpty() ? List.of() : intake.offerAll(offers);
        ArrayNode results = Answers.object().arrayNode();
        int accepted = 0;
        int next = 0;
        for (Optional<Problem> problem : refused) {
            if (problem.isPresent()) {
                results.addObject().set("error", problem.get().json());
                continue;
            }
            Offer offer = offers.get(next);
            Admission admission = admissions.get(next);
            next++;
            switch (admission) {
                case Admission.Queued(String id) -> {
                    results.addObject().put("id", id).put("state", "queued");
                    accepted++;
                }
                case Admission.Duplicate(String id) -> {
                    results.addObject().put("id", id).put("state", "queued").put("replayed", true);
                    accepted++;
                }
                case Admission.Conflict _,
                        Admission.Full _,
                        Admission.MemoryFull _,
                        Admission.Limited _,
                        Admission.Away _,
                        Admission.Invalid _,
                        Admission.Corrupt _ ->
                        results.addObject()
                                .put("id", offer.request().id())
                                .set("error", door.refusal(admission, offer.request()).json());
            }
        }
        ObjectNode json =
                Answers.object()
                        .put("accepted", accepted)
                        .put("rejected", refused.size() - accepted);
        json.set("results", results);
        return json;
    }
}
