package io.yardmaster.dispatcher.operate;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The files of one backup.
///
/// @param directory holds `redis.rdb`, `manifest.json`, and `config.yml` and `settings.yml` where
///   they were asked for
record BackupFiles(Path directory) {
    static final int FORMAT = 1;
    private static final JsonMapper JSON = new JsonMapper();

    Path data() {
        return directory.resolve("redis.rdb");
    }

    Path manifest() {
        return directory.resolve("manifest.json");
    }

    Path config() {
        return directory.resolve("config.yml");
    }

    Path settings() {
        return directory.resolve("settings.yml");
    }

    void write(ObjectNode manifest) throws IOException {
        Files.writeString(
                manifest(),
                JSON.writerWithDefaultPrettyPrinter().writeValueAsString(manifest) + "\n",
                UTF_8);
    }

    /// @throws Says.Stop when this is no backup, or was damaged
    JsonNode readChecked() throws IOException {
        if (!Files.isRegularFile(manifest()) || !Files.isRegularFile(data())) {
            throw new Says.Stop(
                    Says.FAILED,
                    directory + " is no backup (expected: manifest.json and redis.rdb)",
                    "name the directory that yardmaster backup wrote");
        }
        JsonNode manifest = JSON.readTree(Files.readString(manifest(), UTF_8));
        if (manifest.path("format").asInt() != FORMAT) {
            throw new Says.Stop(
                    Says.FAILED,
                    "format " + manifest.path("format") + " (expected: " + FORMAT + ")",
                    "use the version of the program that wrote it");
        }
        if (!Snapshot.sha256(data()).equals(manifest.path("sha256").asText())) {
            throw new Says.Stop(
                    Says.FAILED,
                    data() + " is not what the backup wrote: its SHA-256 differs",
                    "take another backup");
        }
        return manifest;
    }

    /// A directory beside `target` that only we may look into, for what is not finished.
    static Path beside(Path target, String purpose) throws IOException {
        Path parent = target.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("DEST: " + target + " (expected: a directory)");
        }
        Files.createDirectories(parent);
        return Files.createTempDirectory(
                parent,
                "." + target.getFileName() + "." + purpose + ".",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    static boolean empty(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return true;
        }
        try (Stream<Path> inside = Files.list(directory)) {
            return inside.findAny().isEmpty();
        }
    }

    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(directory)) {
            List<Path> deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
            for (Path path : deepestFirst) {
                Files.deleteIfExists(path);
            }
        }
    }
}
