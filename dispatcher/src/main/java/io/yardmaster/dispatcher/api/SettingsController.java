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
import io.yardmaster.dispatcher.settings.Effective;
import io.yardmaster.dispatcher.settings.Settings;
import org.jspecify.annotations.Nullable;

/// The settings of this replica, and where each comes from.
@Controller("/v1/settings")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class SettingsController {
    private static final String REPLICA = "yardmaster.replica-id";

    private final Effective effective;
    private final Settings settings;

    SettingsController(Effective effective, Settings settings) {
        this.effective = effective;
        this.settings = settings;
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> list() {
        ObjectNode json = Answers.object();
        ArrayNode rows = json.putArray("settings");
        for (Effective.Setting each : effective.settings()) {
            // made anew at each start unless it is set
            String value =
                    each.key().equals(REPLICA) ? settings.server().replicaId() : each.value();
            rows.addObject()
                    .put("key", each.key())
                    .put("value", unlessEmpty(value))
                    .put("default", unlessEmpty(each.initial()))
                    .put("origin", each.origin().text());
        }
        return Answers.ok(json);
    }

    private static @Nullable String unlessEmpty(String text) {
        return text.isEmpty() ? null : text;
    }
}
