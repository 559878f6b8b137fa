package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A replica that asks for keys.
class KeysIT {
    private static final List<String> ROLES = List.of("producer", "node", "operator", "reader");

    @TempDir Path directory;

    private static String key(String role) {
        return "e2e-secret-of-" + role + "-4711";
    }

    private Path config() throws Exception {
        StringBuilder yaml =
                new StringBuilder("yardmaster:\n  security:\n    enabled: true\n    keys:\n");
        for (String role : ROLES) {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256")
                            .digest(key(role).getBytes(StandardCharsets.UTF_8));
            yaml.append("      - name: the-" + role + "\n        role: " + role + "\n")
                    .append("        sha256: " + HexFormat.of().formatHex(digest) + "\n");
        }
        return Files.writeString(directory.resolve("yardmaster.yml"), yaml);
    }

    @Test
    void each_role_may_do_its_own_and_keys_never_show() throws Exception {
        try (RedisProcess redis = new RedisProcess();
                Replica replica =
                        Replica.serve("--redis", redis.uri(), "--config", "" + config())) {
            allowed(replica, "POST", "/v1/requests", "{}", List.of("producer", "operator"));
            allowed(replica, "GET", "/v1/queues", "", List.of("operator", "reader"));
            allowed(
                    replica,
                    "PUT",
                    "/v1/nodes/n1",
                    "{\"url\":\"http://127.0.0.1:9\"}",
                    List.of("node", "operator"));
            allowed(replica, "POST", "/v1/queues/default/low/pause", "", List.of("operator"));

            assertEquals(401, replica.get("/v1/queues").statusCode());
            assertEquals(
                    401,
                    replica.get("/v1/queues", "Authorization", "Bearer wrong-4711").statusCode());
            assertEquals(200, replica.get("/health").statusCode());
            assertFalse(replica.program().said().contains("4711"), replica.program().said());
        }
    }

    private static void allowed(
            Replica replica, String method, String path, String body, List<String> roles) {
        for (String role : ROLES) {
            var answer = replica.send(method, path, body, "Authorization", "Bearer " + key(role));
            assertEquals(
                    roles.contains(role),
                    answer.statusCode() / 100 == 2,
                    role + ": " + method + " " + path + " -> " + answer.statusCode());
            if (!roles.contains(role)) {
                assertEquals(403, answer.statusCode(), role + ": " + method + " " + path);
            }
        }
    }
}
