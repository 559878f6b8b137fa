package io.yardmaster.dispatcher;

import io.yardmaster.dispatcher.dispatch.Whereabouts;
import io.yardmaster.dispatcher.logging.LogFormat;
import io.yardmaster.dispatcher.net.GeoDatabase;
import io.yardmaster.dispatcher.settings.Effective;
import io.yardmaster.dispatcher.settings.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `yardmaster serve`: one dispatcher replica, until it is told to end.
@Command(
        mixinStandardHelpOptions = true,
        name = "serve",
        description = "Run one dispatcher replica.",
        footer = {
            "",
            "Settings come from flags, then YARDMASTER_* variables, then --config, then the defaults.",
            "",
            "Examples:",
            "  yardmaster serve                                  with an embedded Redis under ./data",
            "  yardmaster serve --redis redis://nas:6379         beside a Redis of yours",
            "  yardmaster serve --set yardmaster.lease=10s       any setting"
        })
public final class ServeCommand implements Callable<Integer> {
    private static final int REFUSED = 2;

    @Option(
            names = "--redis",
            paramLabel = "URI",
            description =
                    "redis://, rediss:// or redis-sentinel://; several for a cluster. Without it an embedded Redis is started.")
    private @Nullable String redis;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Port of REST and dashboard (8080).")
    private @Nullable String port;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "Address to listen on (127.0.0.1).")
    private @Nullable String host;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Where the embedded Redis keeps its data (./data).")
    private @Nullable String dataDir;

    @Option(
            names = "--replica-id",
            paramLabel = "NAME",
            description = "This replica's name (host name and a random part).")
    private @Nullable String replicaId;

    @Option(names = "--config", paramLabel = "FILE", description = "A YAML file with settings.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Any setting, as often as needed.")
    private Map<String, String> others = new LinkedHashMap<>();

    /// For picocli.
    public ServeCommand() {}

    @Override
    public Integer call() throws InterruptedException {
        Map<String, String> flags = new LinkedHashMap<>(others);
        put(flags, "--redis", redis);
        put(flags, "--port", port);
        put(flags, "--host", host);
        put(flags, "--data-dir", dataDir);
        put(flags, "--replica-id", replicaId);
        return switch (Settings.load(flags, System.getenv(), Optional.ofNullable(config))) {
            case Settings.Loaded.Refused(List<String> lines) -> refuse(lines);
            case Settings.Loaded.Ok(Settings settings) -> {
                List<String> later = NotYet.lines(settings);
                yield later.isEmpty()
                        ? serve(
                                settings,
                                Settings.effective(
                                        flags, System.getenv(), Optional.ofNullable(config)))
                        : refuse(later);
            }
        };
    }

    private static int serve(Settings settings, Effective effective) throws InterruptedException {
        if (settings.log().json()) {
            LogFormat.json();
        }
        Optional<Path> file = settings.geo().database();
        if (file.isEmpty()) {
            return Server.run(settings, effective, Whereabouts.NOWHERE);
        }
        GeoDatabase database;
        try {
            database = GeoDatabase.open(file.get());
        } catch (IllegalArgumentException e) {
            return refuse(List.of(String.valueOf(e.getMessage())));
        }
        // not closed: the process ends with the server, and its mapping with the process
        return Server.run(settings, effective, database);
    }

    private static int refuse(List<String> lines) {
        lines.forEach(System.err::println);
        return REFUSED;
    }

    private static void put(Map<String, String> flags, String name, @Nullable String value) {
        if (value != null) {
            flags.put(name, value);
        }
    }
}
