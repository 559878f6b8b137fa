package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.redis.RedisServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// `rediss://` against Debian's redis-server, with certificates good and bad.
class RedisTlsIT {
    private static final String HERE = "DNS:localhost,IP:127.0.0.1";

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Certificates certificates = open(new Certificates());
    private final Certificates.Pair ours = certificates.authority("ours");

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private RedisServer redis(Certificates.Pair pair, String authClients) {
        return open(
                RedisServer.startInstalled(
                        "--port",
                        "0",
                        "--tls-port",
                        "PORT",
                        "--tls-cert-file",
                        pair.certificate().toString(),
                        "--tls-key-file",
                        pair.key().toString(),
                        "--tls-ca-cert-file",
                        ours.certificate().toString(),
                        "--tls-auth-clients",
                        authClients));
    }

    private List<String> serving(String uri, String... more) {
        List<String> arguments =
                new ArrayList<>(
                        List.of(
                                "--redis",
                                uri,
                                "--set",
                                "yardmaster.redis.tls.ca=" + ours.certificate()));
        for (String each : more) {
            arguments.add("--set");
            arguments.add("yardmaster.redis.tls." + each);
        }
        return arguments;
    }

    private void works(List<String> arguments) {
        try (Replica replica = Replica.serve(arguments.toArray(String[]::new));
                Node node = new Node("n1")) {
            replica.register(node);
            replica.enqueue("r", "");
            Await.until("it is served", () -> replica.state("r").equals("succeeded"));
        }
    }

    private static void refused(String why, List<String> arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("serve", "--port", "0"));
        all.addAll(arguments);
        Program.Result result = Program.run(all.toArray(String[]::new));
        String last = result.err().lines().toList().getLast();
        System.out.println(last);
        assertEquals(1, result.code(), result.err());
        assertTrue(last.startsWith("yardmaster serve: ") && last.contains(why), result.err());
    }

    @Test
    void redis_with_a_certificate_of_our_authority_is_used_by_name_and_by_address() {
        RedisServer redis = redis(certificates.certificate("redis", ours, HERE, 5), "no");
        works(serving("rediss://localhost:" + redis.port()));
        works(serving("rediss://127.0.0.1:" + redis.port()));
    }

    @Test
    void redis_that_asks_for_our_certificate_gets_it() throws Exception {
        RedisServer redis = redis(certificates.certificate("redis", ours, HERE, 5), "yes");
        Certificates.Pair client = certificates.certificate("client", ours, "DNS:yardmaster", 5);
        String uri = "rediss://localhost:" + redis.port();
        works(serving(uri, "cert=" + client.certificate(), "key=" + client.key()));
        refused("TLS", serving(uri));
    }

    @Test
    void certificate_of_another_authority_is_refused() throws Exception {
        Certificates.Pair others = certificates.authority("others");
        RedisServer redis = redis(certificates.certificate("redis", others, HERE, 5), "no");
        refused(
                "not signed by an authority that redis.tls.ca names",
                serving("rediss://localhost:" + redis.port()));
    }

    @Test
    void certificate_of_another_host_is_refused() throws Exception {
        RedisServer redis =
                redis(certificates.certificate("redis", ours, "DNS:elsewhere.home", 5), "no");
        refused("for another host", serving("rediss://localhost:" + redis.port()));
    }

    @Test
    void expired_certificate_is_refused() throws Exception {
        Certificates.Pair expired = certificates.certificate("redis", ours, HERE, 0);
        Thread.sleep(1_100);
        RedisServer redis = redis(expired, "no");
        refused("has expired", serving("rediss://localhost:" + redis.port()));
    }

    @Test
    void half_a_pair_is_refused_by_name() throws Exception {
        Program.Result result =
                Program.run(
                        "serve",
                        "--redis",
                        "rediss://localhost:1",
                        "--set",
                        "yardmaster.redis.tls.cert=" + ours.certificate());
        assertEquals(2, result.code());
        assertTrue(
                result.err().contains("yardmaster.redis.tls.key: none (expected:"), result.err());
    }
}
