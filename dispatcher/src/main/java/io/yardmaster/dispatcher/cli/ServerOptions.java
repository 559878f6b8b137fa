package io.yardmaster.dispatcher.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which dispatcher to talk to; accepted before and after the command's name.
final class ServerOptions {
    @Option(
            names = "--url",
            paramLabel = "URL",
            description =
                    "The dispatcher's address (default: YARDMASTER_URL, else the local port"
                            + " YARDMASTER_PORT or 8080).")
    @Nullable String url;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            description =
                    "API key (default: YARDMASTER_KEY, which other users of the machine cannot"
                            + " read).")
    @Nullable String key;
}
