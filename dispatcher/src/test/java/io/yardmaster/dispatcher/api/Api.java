package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.micronaut.context.ApplicationContext;
import io.micronaut.runtime.server.EmbeddedServer;
import io.yardmaster.dispatcher.dispatch.Auditor;
import io.yardmaster.dispatcher.dispatch.Durability;
import io.yardmaster.dispatcher.dispatch.Intake;
import io.yardmaster.dispatcher.dispatch.RedisSafety;
import io.yardmaster.dispatcher.dispatch.Replica;
import io.yardmaster.dispatcher.doctor.Doctor;
import io.yardmaster.dispatcher.doctor.Installation;
import io.yardmaster.dispatcher.doctor.Roster;
import io.yardmaster.dispatcher.events.EventLog;
import io.yardmaster.dispatcher.events.Herald;
import io.yardmaster.dispatcher.events.News;
import io.yardmaster.dispatcher.history.Waits;
import io.yardmaster.dispatcher.live.Live;
import io.yardmaster.dispatcher.metrics.DispatchMetrics;
import io.yardmaster.dispatcher.settings.Settings;
import io.yardmaster.nodes.NodeListener;
import io.yardmaster.nodes.NodeRegistry;
import io.yardmaster.nodes.Nodes;
import io.yardmaster.nodes.NodesConfig;
import io.yardmaster.queue.Audit;
import io.yardmaster.queue.AuditReport;
import io.yardmaster.queue.Lease;
import io.yardmaster.queue.QueueConfig;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Repair;
import io.yardmaster.queue.RequestIds;
import io.yardmaster.queue.Settlement;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.Taken;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.ratelimit.BreakerConfig;
import io.yardmaster.ratelimit.Breakers;
import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// The API over HTTP on a real Redis; the part of the dispatcher is played by [#take] and
/// [#settle].
final class Api implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();
    private static final AnswerCheck CHECK = new AnswerCheck(ApiDescription.OURS);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    final RedisFixture redis = RedisFixture.start();
    final Redis connection;
    final WorkQueue queue;
    final Nodes nodes;
    final ApplicationContext context;
    final EmbeddedServer server;
    final RequestIds ids = new RequestIds(InstantSource.system(), new Random());

    /// Functions that were called in Redis, in order.
    final Queue<String> called = new ConcurrentLinkedQueue<>();

    private final HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
    final Live live;
    final Waits waits = new Waits();
    private final Intake intake;

    /// @param yaml settings of the file, on top of the defaults
    Api(String yaml) {
        Path file = file(yaml);
        Settings settings = settings(file);
        connection = redis.redis(Replica.library());
        connection.onCall((function, _) -> called.add(function));
        queue = new WorkQueue(connection, 0, "test", Duration.ofSeconds(30), System::nanoTime);
        queue.configure(config(settings));
        Shards shards = Shards.of(queue);
        intake = new Intake(shards, System::nanoTime);
        EventLog events = new EventLog(connection, "test");
        Herald herald = new Herald(events, ids::nonce);
        News news = new News(herald, System::nanoTime);
        NodeRegistry registry = new NodeRegistry(connection, news);
        nodes =
                new Nodes(
                        registry,
                        NodesConfig.defaults(),
                        System::nanoTime,
                        new Random(),
                        NodeListener.NONE);
        Breakers breakers =
                new Breakers(
                        new BreakerConfig(
                                .5, 10, Duration.ofSeconds(10), Duration.ofSeconds(30), 3, 0),
                        System::nanoTime,
                        new Random(),
                        (_, _, _, _) -> {});
        Destinations destinations =
                url ->
                        "169.254.169.254".equals(url.getHost())
                                ? Optional.of("url: " + url + " (expected: an allowed address)")
                                : Optional.empty();
        Why why =
                (_, _) ->
                        List.of(
                                new Why.Cause(
                                        Why.Reason.NO_NODE,
                                        "No node is registered.",
                                        Map.of("nodes", List.of())));
        RedisSafety safety = RedisSafety.check(connection, 0, false, System::nanoTime);
        live =
                new Live(
                                new Live.Yard(
                                        settings, connection, shards, nodes, breakers, safety),
                                new Live.Sources(events, herald, news, waits),
                                new Live.Around(
                                        "0.1",
                                        InstantSource.system(),
                                        System::nanoTime,
                                        () -> 1,
                                        Map::of))
                        .start();
        Map<String, Object> properties = new HashMap<>(ServerLimits.properties(settings));
        properties.put("micronaut.server.port", -1);
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        context =
                ApplicationContext.builder()
                        .deduceEnvironment(false)
                        .enableDefaultPropertySources(false)
                        .banner(false)
                        .properties(properties)
                        .singletons(
                                settings,
                                shards,
                                intake,
                                registry,
                                nodes,
                                breakers,
                                ids,
                                safety,
                                live,
                                live.lookout(),
                                destinations,
                                why,
                                new About("redis://***@127.0.0.1:1", "0.1", () -> true),
                                new RequestParser(
                                        settings.server().maxBody(),
                                        ids,
                                        InstantSource.system(),
                                        destinations),
                                new Doctor(
                                        new Installation(
                                                settings,
                                                connection,
                                                queue::depth,
                                                nodes,
                                                () -> Durability.RELAXED,
                                                "0.1",
                                                Replica.library().digest(),
                                                new Installation.Host(
                                                        InstantSource.system(),
                                                        System::nanoTime,
                                                        Path.of("/"),
                                                        _ -> new Installation.Disk.Space(1, 1)))),
                                auditor(connection, metrics),
                                metrics,
                                InstantSource.system())
                        .singletons(
                                Settings.effective(Map.of(), Map.of(), Optional.of(file)),
                                new Roster(
                                        connection,
                                        "test",
                                        "0.1",
                                        Replica.library().digest(),
                                        InstantSource.system(),
                                        () -> 3,
                                        _ -> {}))
                        .start();
        server = context.getBean(EmbeddedServer.class).start();
        queue.onSettled(intake::settled);
    }

    /// One that has audited shard 0 once.
    private static Auditor auditor(Redis connection, MeterRegistry metrics) {
        return new Auditor(
                1,
                listening -> {
                    listening
                            .listener()
                            .passed(
                                    new AuditReport(
                                            1,
                                            Duration.ofMillis(306),
                                            8,
                                            6,
                                            0,
                                            0,
                                            0,
                                            1,
                                            Map.of(Repair.TICKET_MISSING, 1L),
                                            true));
                    return new Audit(
                            connection,
                            listening.shard(),
                            "test",
                            Duration.ofSeconds(30),
                            Audit.Pace.gentle(Duration.ofHours(1), System::nanoTime),
                            new Random(),
                            listening.listener());
                },
                _ -> {},
                new DispatchMetrics(metrics));
    }

    private static QueueConfig config(Settings settings) {
        QueueConfig usual = QueueConfig.defaults();
        Settings.Limit limit = settings.rateLimit().producer();
        return new QueueConfig(
                settings.queues().maxSize(),
                usual.lease(),
                usual.outcomeTtl(),
                usual.deadMax(),
                usual.deadTtl(),
                settings.server().maxBody(),
                settings.queues().maxMemory(),
                limit.off() ? 0 : limit.rate() * 1000 / limit.window().toMillis(),
                limit.rate() * limit.burstMultiplier(),
                usual.attempts());
    }

    private static Path file(String yaml) {
        try {
            Path file = Files.createTempFile("yardmaster", ".yml");
            Files.writeString(file, yaml);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Settings settings(Path file) {
        return switch (Settings.load(Map.of(), Map.of(), Optional.of(file))) {
            case Settings.Loaded.Ok(Settings settings) -> settings;
            case Settings.Loaded.Refused(List<String> lines) -> fail(lines.toString());
        };
    }

    /// Takes the next request of the service's queue.
    Lease take(String service, String priority) {
        QueueName name = QueuesController.name(service, priority);
        Taken taken = queue.take(ids.nonce(), List.of(new Taken.Want(name, 1, 0, 0)));
        assertEquals(1, taken.leases().size(), "requests in " + name);
        return taken.leases().getFirst();
    }

    /// Takes the next request as soon as there is one.
    Lease await(String service, String priority) {
        QueueName name = QueuesController.name(service, priority);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            Taken taken = queue.take(ids.nonce(), List.of(new Taken.Want(name, 1, 0, 0)));
            if (!taken.leases().isEmpty()) {
                return taken.leases().getFirst();
            }
            Thread.onSpinWait();
        }
        return fail("nothing came into " + name);
    }

    void settle(Lease lease, Settlement settlement) {
        assertEquals(
                List.of(Settlement.Answer.OK),
                queue.settle(List.of(new WorkQueue.Ending(lease, settlement))));
    }

    /// An outcome as the dispatcher writes it.
    static String outcome(Lease lease, String more) {
        return """
        {"service":"%s","priority":"%s","attempts":1,"node":"nuc","enqueuedAt":1700000000000,
        "settledAt":1700000001000,%s"history":[{"attempt":1,"node":"nuc","at":1700000000500,
        "ms":7,"status":200,"cause":"succeeded"}]}
        """
                .formatted(
                        lease.request().queue().service(),
                        lease.request().queue().priority().text(),
                        more)
                .replace("\n", "");
    }

    static String response(int status, String body) {
        return "\"response\":{\"status\":"
                + status
                + ",\"headers\":{\"Content-Type\":\"text/x\",\"X-N\":\"1\",\"Connection\":\"close\"},"
                + "\"body\":\""
                + body
                + "\",\"truncated\":false},";
    }

    /// The whole key space, without what is written or expires as time goes by: events, history,
    /// and the producer's bucket, which Redis forgets once it is full again.
    SortedMap<String, String> content() {
        SortedMap<String, String> content = redis.content();
        content.keySet()
                .removeIf(key ->
                        key.matches("\\{yard:0}:(events|told|teller|h10|hw|tb:producer:).*"));
        return content;
    }

    /// @param headers name, value, ...
    Reply call(String method, String path, byte[] body, String... headers) {
        try {
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(URI.create(server.getURL() + path))
                            .timeout(PATIENCE)
                            .method(
                                    method,
                                    body.length == 0
                                            ? BodyPublishers.noBody()
                                            : BodyPublishers.ofByteArray(body));
            if (headers.length > 0) {
                request.headers(headers);
            }
            Reply reply = new Reply(client.send(request.build(), BodyHandlers.ofByteArray()));
            asDescribed(reply, path, body);
            return reply;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Fails when `openapi.yml` says otherwise.
    private static void asDescribed(Reply reply, String path, byte[] body) {
        HttpRequest sent = reply.http().request();
        List<String> faults =
                CHECK.faults(
                        new AnswerCheck.Exchange(
                                sent.method(),
                                path,
                                new AnswerCheck.Message(sent.headers().map(), body),
                                reply.status(),
                                new AnswerCheck.Message(
                                        reply.http().headers().map(), reply.http().body())));
        if (!faults.isEmpty()) {
            fail(
                    "openapi.yml says otherwise of %s %s -> %d: %s\n%s"
                            .formatted(
                                    sent.method(),
                                    path,
                                    reply.status(),
                                    String.join("\n", faults),
                                    reply.text()));
        }
    }

    Reply get(String path, String... headers) {
        return call("GET", path, new byte[0], headers);
    }

    Reply post(String path, String json, String... headers) {
        return call("POST", path, json.getBytes(UTF_8), json(headers));
    }

    Reply put(String path, String json, String... headers) {
        return call("PUT", path, json.getBytes(UTF_8), json(headers));
    }

    private static String[] json(String... headers) {
        String[] more = java.util.Arrays.copyOf(headers, headers.length + 2);
        more[headers.length] = "Content-Type";
        more[headers.length + 1] = "application/json";
        return more;
    }

    Reply delete(String path, String... headers) {
        return call("DELETE", path, new byte[0], headers);
    }

    /// An answer, with what tests ask of it.
    record Reply(HttpResponse<byte[]> http) {
        int status() {
            return http.statusCode();
        }

        String text() {
            return new String(http.body(), UTF_8);
        }

        String header(String name) {
            return http.headers().firstValue(name).orElse("");
        }

        JsonNode json() {
            try {
                return JSON.readTree(http.body());
            } catch (IOException e) {
                return fail(text(), e);
            }
        }

        String problem() {
            assertEquals("application/problem+json", header("Content-Type"), text());
            assertEquals(status(), json().path("status").asInt());
            return json().path("type").asText().replace("urn:yardmaster:problem:", "");
        }

        Set<String> fields() {
            return Set.copyOf(json().path("errors").findValuesAsText("field"));
        }

        Reply is(int status) {
            assertEquals(status, status(), text());
            return this;
        }
    }

    @Override
    public void close() {
        client.close();
        context.close();
        live.close();
        intake.close();
        redis.close();
    }
}
