package io.yardmaster.dispatcher.operate;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `restore`: brings a backup back, into the directory of an embedded Redis or into a running one.
@Command(
        mixinStandardHelpOptions = true,
        name = "restore",
        description = {
            "Bring a backup back. No replica may run meanwhile.",
            "Requests that were in flight are sent again, so some may be served twice."
        },
        footer = {
            "",
            "Examples:",
            "  yardmaster restore /srv/backup/monday --data-dir /var/lib/yardmaster",
            "  yardmaster restore /srv/backup/monday --redis redis://nas:6379",
            "",
            "Exit codes: 0 restored and counted, 1 it failed, 2 wrong usage, 3 no Redis."
        })
public final class RestoreCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    @Parameters(paramLabel = "SOURCE", description = "The directory that backup wrote.")
    private Path source = Path.of("");

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Write the files of an embedded Redis.")
    private @Nullable Path dataDir;

    @Option(names = "--redis", paramLabel = "URI", description = "Fill this running Redis.")
    private @Nullable String redis;

    @Option(
            names = "--force",
            description =
                    "Restore although something is there: a directory is moved aside, keys of"
                            + " Yardmaster in a running Redis are deleted.")
    private boolean force;

    @Option(
            names = "--config-to",
            paramLabel = "FILE",
            description = "Write the configuration of the backup to this file.")
    private @Nullable Path configTo;

    @Option(
            names = "--redis-server",
            paramLabel = "FILE",
            description = "A redis-server that can read the data.")
    private String binary = "";

    /// For picocli.
    public RestoreCommand() {}

    @Override
    public Integer call() {
        PrintStream out = new PrintStream(System.out, true, UTF_8);
        return Says.run(System.err, () -> restore(out));
    }

    private void restore(PrintStream out) throws IOException {
        if ((dataDir == null) == (redis == null)) {
            throw new IllegalArgumentException("target: (expected: --data-dir or --redis)");
        }
        BackupFiles files = new BackupFiles(source);
        JsonNode manifest = files.readChecked();
        if (configTo != null && Files.exists(configTo) && !force) {
            throw new Says.Stop(
                    Says.FAILED, configTo + " is there already", "name another file, or --force");
        }
        Counts restored =
                dataDir != null
                        ? intoDirectory(files, dataDir, out)
                        : intoServer(files, RedisAddress.of(String.valueOf(redis)), out);
        verify(manifest, restored, out);
        if (configTo != null) {
            Path from = Files.exists(files.config()) ? files.config() : files.settings();
            Files.copy(from, configTo, StandardCopyOption.REPLACE_EXISTING);
            out.println("Configuration written to " + configTo + ".");
        }
        tell(restored, manifest, out);
    }

    private Counts intoDirectory(BackupFiles files, Path target, PrintStream out)
            throws IOException {
        boolean empty = BackupFiles.empty(target);
        if (!empty && EmbeddedFiles.inUse(target)) {
            throw new Says.Stop(
                    Says.FAILED,
                    target + " is in use by a running dispatcher or its Redis",
                    "stop it first: systemctl stop yardmaster");
        }
        if (!empty && !force) {
            throw new Says.Stop(
                    Says.FAILED,
                    target + " is not empty",
                    "name another directory, or --force, which moves this one aside");
        }
        Path partial = BackupFiles.beside(target, "partial");
        try {
            Files.copy(files.data(), partial.resolve(ScratchRedis.SNAPSHOT));
            try (ScratchRedis reading = ScratchRedis.start(binary, partial, false)) {
                reading.writeAppendOnlyFile();
            }
            Files.delete(partial.resolve(ScratchRedis.SNAPSHOT));
            Counts counts;
            try (ScratchRedis again = ScratchRedis.start(binary, partial, true)) {
                counts = Counts.of(again.link());
            }
            if (Files.exists(target)) {
                Path aside =
                        target.toAbsolutePath()
                                .resolveSibling(
                                        target.getFileName()
                                                + ".before-"
                                                + InstantSource.system()
                                                        .instant()
                                                        .getEpochSecond());
                Files.move(target, aside);
                out.println("What was in " + target + " is in " + aside + " now.");
            }
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            return counts;
        } finally {
            BackupFiles.delete(partial);
        }
    }

    private Counts intoServer(BackupFiles files, RedisAddress address, PrintStream out)
            throws IOException {
        Path scratch = Files.createTempDirectory("yardmaster-restore");
        try (RespLink target = RespLink.open(address, PATIENCE)) {
            target.patience(Duration.ofSeconds(60));
            Transfer.refuseLiveReplicas(target);
            long there = Transfer.keysOfOurs(target, force);
            if (there > 0 && !force) {
                throw new Says.Stop(
                        Says.FAILED,
                        target.host() + " holds keys of Yardmaster",
                        "name an empty Redis, or --force, which deletes them");
            }
            if (there > 0) {
                out.println(there + " keys of Yardmaster were deleted from " + target.host() + ".");
            }
            BackupCommand.link(files.data(), scratch.resolve(ScratchRedis.SNAPSHOT));
            try (ScratchRedis from = ScratchRedis.start(binary, scratch, false)) {
                long keys = Transfer.copy(from.link(), target);
                out.println(keys + " keys were brought to " + target.host() + ".");
            }
            return Counts.of(target);
        } finally {
            BackupFiles.delete(scratch);
        }
    }

    private static void verify(JsonNode manifest, Counts restored, PrintStream out) {
        if (!manifest.has("queues")) {
            out.println("The backup was taken with --no-verify: there are no counts to compare.");
        } else {
            List<String> differences = Counts.of(manifest.path("queues")).differences(restored);
            if (!differences.isEmpty()) {
                throw new Says.Stop(
                        Says.FAILED,
                        "what was restored is not what was backed up:\n  "
                                + String.join("\n  ", differences),
                        "don't start a replica on it; report this");
            }
            out.println("Restored, and every queue counted as in the backup:");
        }
        restored.table().forEach(out::println);
    }

    private static void tell(Counts restored, JsonNode manifest, PrintStream out) {
        Counts.Row total = restored.total();
        out.println();
        out.println("As of " + manifest.path("begun").asText() + ". What follows from that:");
        out.println(
                "- "
                        + total.inFlight()
                        + " were in flight. Their leases are over when a replica starts: they are"
                        + " sent again where an attempt is");
        out.println(
                "  left, and are dead (lease-lost) where none is. A node may see them twice, with a"
                        + " higher X-Yardmaster-Attempt.");
        out.println(
                "- What was settled after the backup is sent again. What was accepted after it is"
                        + " lost.");
        out.println(
                "- Every new lease has a new random nonce: late words of replicas from before"
                        + " change nothing.");
        out.println(
                "- Outcomes whose time (yardmaster.outcome.ttl) is over are gone. Dead requests"
                        + " keep theirs.");
    }
}
