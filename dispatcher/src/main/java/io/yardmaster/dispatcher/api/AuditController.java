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
import io.yardmaster.dispatcher.dispatch.Auditor;

/// What the audit saw and mended in its last passes on this replica.
@Controller("/v1/audit")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class AuditController {
    private final Auditor auditor;

    AuditController(Auditor auditor) {
        this.auditor = auditor;
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> last() {
        ObjectNode json = Answers.object();
        ArrayNode shards = json.putArray("shards");
        auditor.last()
                .forEach((shard, report) -> {
                    ObjectNode row =
                            shards.addObject()
                                    .put("shard", shard)
                                    .put("pass", report.pass())
                                    .put("tookMs", report.took().toMillis())
                                    .put("calls", report.calls())
                                    .put("keys", report.keys())
                                    .put("tickets", report.tickets())
                                    .put("waiting", report.waiting())
                                    .put("part", report.part())
                                    .put("parts", report.parts())
                                    .put("complete", report.complete());
                    ObjectNode repairs = row.putObject("repairs");
                    report.repairs().forEach((kind, count) -> repairs.put(kind.text(), count));
                });
        return Answers.ok(json);
    }
}
