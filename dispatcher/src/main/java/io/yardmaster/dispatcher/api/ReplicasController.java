package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.doctor.Roster;

/// The replicas that are there. What others say of themselves is up to 10 s old; one that stopped
/// without a word is shown for half a minute.
@Controller("/v1/replicas")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class ReplicasController {
    private final Roster roster;

    ReplicasController(Roster roster) {
        this.roster = roster;
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> list() {
        ObjectNode json = Answers.object();
        ArrayNode replicas = json.putArray("replicas");
        for (Roster.Present each : roster.present()) {
            ObjectNode row =
                    replicas.addObject().put("id", each.replica()).put("version", each.version());
            if (each.startedAtMs().isPresent()) {
                row.put("startedAtMs", each.startedAtMs().getAsLong());
            } else {
                row.putNull("startedAtMs");
            }
            row.put("lastSeenMs", each.lastSeenMs());
            if (each.inFlight().isPresent()) {
                row.put("inFlight", each.inFlight().getAsInt());
            } else {
                row.putNull("inFlight");
            }
            row.put("self", each.self());
        }
        return Answers.ok(json);
    }
}
