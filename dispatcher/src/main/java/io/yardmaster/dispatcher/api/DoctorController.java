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
import io.yardmaster.dispatcher.doctor.Doctor;
import io.yardmaster.dispatcher.doctor.Finding;
import io.yardmaster.dispatcher.doctor.Report;
import java.time.temporal.ChronoUnit;

/// Whether this installation keeps its promises. Always 200: that Redis is away is a finding.
@Controller("/v1/doctor")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class DoctorController {
    private final Doctor doctor;

    DoctorController(Doctor doctor) {
        this.doctor = doctor;
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> examine() {
        Report report = doctor.examine();
        ObjectNode json =
                Answers.object()
                        .put("status", report.status())
                        .put("at", report.at().truncatedTo(ChronoUnit.MILLIS).toString())
                        .put("replica", report.replica())
                        .put("version", report.version());
        ArrayNode findings = json.putArray("findings");
        for (Finding finding : report.findings()) {
            findings.addObject()
                    .put("check", finding.check())
                    .put("level", finding.verdict().level())
                    .put("found", finding.verdict().found())
                    .put("why", finding.why())
                    .put("fix", finding.verdict().remedy());
        }
        return Answers.ok(json).header("Cache-Control", "no-store");
    }
}
