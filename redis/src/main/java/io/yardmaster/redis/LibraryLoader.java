package io.yardmaster.redis;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings the function library to every master.
final class LibraryLoader {
    private static final Logger log = LoggerFactory.getLogger(LibraryLoader.class);

    private final FunctionLibrary library;
    private final Link link;
    private final Asking asking;

    LibraryLoader(FunctionLibrary library, Link link, Asking asking) {
        this.library = library;
        this.link = link;
        this.asking = asking;
    }

    /// Loads it unless a master has the same, or a newer one that a newer replica brought. Of many
    /// threads that find it missing, one loads it.
    ///
    /// @throws RedisFailure when not a single master has it afterwards
    synchronized void load() {
        List<RedisClusterAsyncCommands<byte[], byte[]>> masters = link.masters();
        if (masters.isEmpty()) {
            throw new RedisFailure.NotExecuted(
                    "DISCONNECTED", "loading the function library: no master can be reached");
        }
        int failed = 0;
        for (RedisClusterAsyncCommands<byte[], byte[]> master : masters) {
            try {
                load(master);
            } catch (RedisFailure e) {
                if (++failed == masters.size()) {
                    throw e;
                }
                // The first call there finds the function missing, and comes here again.
                log.info("a master of the cluster has no function library yet: {}", e.getMessage());
            }
        }
    }

    private void load(RedisClusterAsyncCommands<byte[], byte[]> master) {
        Loaded loaded = loaded(master);
        if (loaded.version() > FunctionLibrary.VERSION) {
            log.warn(
                    "Redis has function library version {}, newer than ours ({}): left as it is",
                    loaded.version(),
                    FunctionLibrary.VERSION);
        } else if (!loaded.digest().equals(library.digest())) {
            asking.answer("FUNCTION LOAD", master.functionLoad(library.code(), true));
        }
    }

    private record Loaded(long version, String digest) {}

    private Loaded loaded(RedisClusterAsyncCommands<byte[], byte[]> master) {
        try {
            RedisFuture<List<Object>> reply =
                    master.fcallReadOnly("yard_version", ScriptOutputType.MULTI, new byte[0][]);
            List<Object> answer = asking.answer("yard_version", reply);
            return new Loaded((Long) answer.get(0), Redis.text((byte[]) answer.get(1)));
        } catch (RedisFailure.Rejected e) {
            return new Loaded(0, "");
        }
    }
}
