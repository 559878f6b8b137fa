package io.yardmaster.dispatcher.operate;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.redis.EmbeddedRedis;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `backup`: everything that Redis holds at one moment, and the configuration, while traffic flows.
@Command(
        mixinStandardHelpOptions = true,
        name = "backup",
        description = {
            "Back up queues, nodes and services, and the configuration, while traffic flows.",
            "Everything that was accepted before it began is in. What was accepted later may be."
        },
        footer = {
            "",
            "Examples:",
            "  yardmaster backup /srv/backup/monday                     the Redis under ./data",
            "  yardmaster backup --data-dir /var/lib/yardmaster --config /etc/yardmaster.yml DEST",
            "  yardmaster backup --redis redis://nas:6379 --settings DEST",
            "",
            "Exit codes: 0 fine, 1 it failed (nothing is left at DEST), 2 wrong usage, 3 no Redis."
        })
public final class BackupCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Option(
            names = "--redis",
            paramLabel = "URI",
            description = "redis://, rediss:// or redis-sentinel:// (YARDMASTER_REDIS_URI).")
    private @Nullable String redis;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Of an embedded Redis, running or not (./data).")
    private @Nullable Path dataDir;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Back this file up as well, as config.yml.")
    private @Nullable Path config;

    @Option(
            names = "--settings",
            description =
                    "Write the settings in effect (of --config, YARDMASTER_* and the defaults) to"
                            + " settings.yml.")
    private boolean settings;

    @Option(
            names = "--redis-server",
            paramLabel = "FILE",
            description =
                    "A redis-server that can read the data; needed when yours is newer than the"
                            + " 7.0 that is brought along.")
    private String binary = "";

    @Option(
            names = "--no-verify",
            description = "Don't read the backup again (saves as much memory as the data take).")
    private boolean unverified;

    @Parameters(paramLabel = "DEST", description = "A directory; it must not exist, or be empty.")
    private Path destination = Path.of("");

    /// For picocli.
    public BackupCommand() {}

    @Override
    public Integer call() {
        PrintStream out = new PrintStream(System.out, true, UTF_8);
        return Says.run(System.err, () -> back(out));
    }

    private void back(PrintStream out) throws IOException {
        if (!BackupFiles.empty(destination)) {
            throw new Says.Stop(
                    Says.FAILED,
                    destination + " is not empty (expected: a new directory)",
                    "name another one");
        }
        Path partial = BackupFiles.beside(destination, "partial");
        try {
            BackupFiles files = new BackupFiles(partial);
            ObjectNode manifest = JsonNodeFactory.instance.objectNode();
            manifest.put("format", BackupFiles.FORMAT);
            manifest.put("begun", InstantSource.system().instant().toString());
            configuration(files, manifest);
            Optional<Counts> counts = data(files, manifest, out);
            files.write(manifest);
            if (Files.exists(destination)) {
                Files.delete(destination);
            }
            Files.move(partial, destination, StandardCopyOption.ATOMIC_MOVE);
            counts.ifPresent(found -> found.table().forEach(out::println));
            out.println("Backed up to " + destination + ".");
        } finally {
            BackupFiles.delete(partial);
        }
    }

    private void configuration(BackupFiles files, ObjectNode manifest) throws IOException {
        if (config != null) {
            Files.copy(config, files.config());
            manifest.put("config", files.config().getFileName().toString());
        }
        if (settings) {
            StringBuilder yaml = new StringBuilder();
            for (Map.Entry<String, String> each :
                    Settings.texts(Map.of(), System.getenv(), Optional.ofNullable(config))
                            .entrySet()) {
                // a JSON text is a YAML text
                yaml.append(quoted(each.getKey()) + ": " + quoted(each.getValue()) + "\n");
            }
            Files.writeString(files.settings(), yaml, UTF_8);
            manifest.put("settings", files.settings().getFileName().toString());
        }
    }

    private static String quoted(String text) throws IOException {
        return new JsonMapper().writeValueAsString(text);
    }

    private Optional<Counts> data(BackupFiles files, ObjectNode manifest, PrintStream out)
            throws IOException {
        String uri =
                redis != null ? redis : System.getenv().getOrDefault("YARDMASTER_REDIS_URI", "");
        if (dataDir == null && !uri.isEmpty()) {
            return snapshot(RedisAddress.of(uri), files, manifest, out);
        }
        if (dataDir != null && redis != null) {
            throw new IllegalArgumentException("--data-dir: (expected: it or --redis, not both)");
        }
        Path data = dataDir == null ? Path.of("data") : dataDir;
        Optional<RedisAddress> running = EmbeddedFiles.running(data);
        if (running.isPresent()) {
            return snapshot(running.get(), files, manifest, out);
        }
        if (!Files.isDirectory(data.resolve("appendonlydir"))) {
            throw new Says.Stop(
                    Says.UNREACHABLE,
                    data.toAbsolutePath() + " holds no data of an embedded Redis",
                    "name it with --data-dir, or another Redis with --redis");
        }
        out.println("No Redis runs on " + data + ": starting one to read it.");
        try (EmbeddedRedis started = EmbeddedRedis.start(data, "always")) {
            return snapshot(RedisAddress.of(started.uri()), files, manifest, out);
        } catch (IllegalStateException e) {
            throw new Says.Stop(Says.FAILED, String.valueOf(e.getMessage()), "");
        }
    }

    private Optional<Counts> snapshot(
            RedisAddress address, BackupFiles files, ObjectNode manifest, PrintStream out)
            throws IOException {
        try (RespLink link = RespLink.open(address, PATIENCE)) {
            manifest.put("redis", link.info("server").getOrDefault("redis_version", ""));
            manifest.put("from", link.host().toString());
            Snapshot snapshot = Snapshot.take(link, files.data());
            manifest.put("bytes", snapshot.bytes()).put("sha256", snapshot.sha256());
        }
        if (unverified) {
            manifest.put("verified", false);
            return Optional.empty();
        }
        Counts counts = read(files);
        manifest.put("verified", true).put("library", Replica.library().digest());
        manifest.set("queues", counts.json());
        out.println("Read again; this is what it holds:");
        return Optional.of(counts);
    }

    /// Reads the backup as a restore would.
    private Counts read(BackupFiles files) throws IOException {
        Path scratch = BackupFiles.beside(destination, "read");
        try {
            link(files.data(), scratch.resolve(ScratchRedis.SNAPSHOT));
            try (ScratchRedis redis = ScratchRedis.start(binary, scratch, false)) {
                return Counts.of(redis.link());
            }
        } finally {
            BackupFiles.delete(scratch);
        }
    }

    static void link(Path file, Path name) throws IOException {
        try {
            Files.createLink(name, file);
        } catch (IOException | UnsupportedOperationException e) {
            Files.copy(file, name);
        }
    }
}
