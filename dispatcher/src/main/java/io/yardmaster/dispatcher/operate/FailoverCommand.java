package io.yardmaster.dispatcher.operate;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `failover`: makes a replica of Redis the master, on purpose and without losing a write.
@Command(
        mixinStandardHelpOptions = true,
        name = "failover",
        description = {
            "Make a replica of Redis the master without losing an accepted request.",
            "A bare SENTINEL FAILOVER loses what the old master accepts meanwhile."
        },
        footer = {
            "",
            "Example:",
            "  yardmaster failover --redis redis-sentinel://pi-1:26379,pi-2:26379,nas:26379/0#yard",
            "",
            "Writes wait while it lasts (a second or two); replicas and producers repeat them.",
            "Exit codes: 0 done, 1 not done and writes go on at the old master, 2 wrong usage,",
            "3 unreachable."
        })
public final class FailoverCommand implements Callable<Integer> {
    @Option(
            names = "--redis",
            paramLabel = "URI",
            description = "redis-sentinel://host:port,host:port/0#name (YARDMASTER_REDIS_URI).")
    private @Nullable String redis;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "How long writes may wait at most before it is called off (10).")
    private int timeout = 10;

    /// For picocli.
    public FailoverCommand() {}

    @Override
    public Integer call() {
        PrintStream out = new PrintStream(System.out, true, UTF_8);
        return Says.run(
                System.err,
                () -> {
                    String uri =
                            redis != null
                                    ? redis
                                    : System.getenv().getOrDefault("YARDMASTER_REDIS_URI", "");
                    RedisAddress address = RedisAddress.of(uri);
                    if (!address.sentinel() || timeout < 2 || timeout > 120) {
                        throw new IllegalArgumentException(
                                "--redis, --timeout: (expected: redis-sentinel://...#name, and 2 to"
                                        + " 120 s)");
                    }
                    new PlannedFailover(address, Duration.ofSeconds(timeout), out).run();
                });
    }
}
