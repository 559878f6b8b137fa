package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Whether a list is shown once or again and again.
final class WatchOptions {
    @Option(
            names = {"-w", "--watch"},
            arity = "0..1",
            fallbackValue = "2s",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Show it again every 2 s, or every so often; Ctrl-C ends it.")
    @Nullable Duration every;

    @Option(names = "--count", paramLabel = "N", description = "With --watch: end after N times.")
    long count = Long.MAX_VALUE;
}
