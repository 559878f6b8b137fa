package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// Sets how a service is served.
@Command(
        name = "set",
        description = "Set how a service is served.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster services set thumbnails --strategy adaptive --sticky cookie",
            "  yardmaster services set llm --rate 5 --window 1s --burst 2",
            "  yardmaster services set llm '{\"breaker\":{\"errorThreshold\":0.3}}'"
        })
final class ServicesSet extends RemoteCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The service's name.")
    String name = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "JSON",
            description = "Further settings as the REST interface takes them, or @file, or -.")
    @Nullable String settings;

    @Option(names = "--strategy", paramLabel = "NAME", description = "How a node is chosen.")
    @Nullable String strategy;

    @Option(
            names = "--sticky",
            paramLabel = "HOW",
            description = "none, cookie, ip or key: who comes back to the same node.")
    @Nullable String sticky;

    @Option(names = "--rate", paramLabel = "N", description = "Requests per window; 0 is off.")
    @Nullable Double rate;

    @Option(
            names = "--window",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "The window of --rate, such as 1s.")
    @Nullable Duration window;

    @Option(names = "--burst", paramLabel = "N", description = "Burst as a multiple of --rate.")
    @Nullable Double burst;

    ServicesSet(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        JsonObject service = new JsonObject();
        if (settings != null) {
            for (var field : new BodySource(shell).object(settings).fields().entrySet()) {
                service.raw(field.getKey(), field.getValue().compact());
            }
        }
        service.text("strategy", strategy).text("sticky", sticky);
        JsonObject limit =
                new JsonObject()
                        .number("rate", rate)
                        .number("windowMs", window == null ? null : window.toMillis())
                        .number("burstMultiplier", burst);
        if (!limit.isEmpty()) {
            service.raw("rateLimit", limit.toString());
        }
        if (service.isEmpty()) {
            throw new ParameterException(
                    Objects.requireNonNull(spec, "set by picocli").commandLine(),
                    "nothing to set (expected: --strategy, --sticky, --rate or JSON)");
        }
        Call call = Call.put("/v1/services/" + Call.encode(name), service.toString());
        printResult(api().expect("cannot set service " + name, call), "set " + name);
        return 0;
    }
}
