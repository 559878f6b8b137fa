package io.yardmaster.dispatcher.operate;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The data directory of an embedded Redis, seen from outside.
final class EmbeddedFiles {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private EmbeddedFiles() {}

    /// The server that runs on exactly these files.
    static Optional<RedisAddress> running(Path data) throws IOException {
        Path port = data.resolve("redis.port");
        if (!Files.isRegularFile(port)) {
            return Optional.empty();
        }
        RedisAddress address =
                RedisAddress.of("redis://127.0.0.1:" + Files.readString(port).strip());
        try (RespLink link = RespLink.open(address, PATIENCE)) {
            List<?> answer = RespLink.items(link.call("CONFIG", "GET", "dir"));
            boolean same =
                    answer.size() == 2
                            && RespLink.text(answer.get(1)).equals(data.toRealPath().toString());
            return same ? Optional.of(address) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Whether a dispatcher, or the Redis it left behind, works on these files.
    static boolean inUse(Path data) throws IOException {
        if (running(data).isPresent()) {
            return true;
        }
        Path lock = data.resolve("lock");
        if (!Files.exists(lock)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock mine = channel.tryLock()) {
            return mine == null;
        } catch (OverlappingFileLockException e) {
            return true;
        }
    }
}
