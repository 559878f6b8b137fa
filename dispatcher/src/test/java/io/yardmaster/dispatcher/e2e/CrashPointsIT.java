package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.yardmaster.dispatcher.dispatch.Forwarder;
import io.yardmaster.dispatcher.net.HttpForwarder;
import io.yardmaster.queue.WorkQueue;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A replica dies by `kill -9` exactly at one point of a request's way, and another one takes over:
/// the ten crash points of the protocol, with what each may lead to.
///
/// The victim stands still, every thread of it, at the point in question when it is killed. The
/// successor is stopped until then, so that it is the victim that has the request.
class CrashPointsIT {
    private static final String LEASE = "yardmaster.lease=1s";
    private static final int BYSTANDERS = 8;
    private static final int TESTS = 12;
    private static final int AT_A_TIME = 3;

    private static final List<AutoCloseable> shared = new ArrayList<>();
    private static RedisProcess redis;
    private static Replica successor;
    private static final Deque<Replica> victims = new ArrayDeque<>();

    private final List<AutoCloseable> opened = new ArrayList<>();
    private final ExecutorService clients = open(Executors.newVirtualThreadPerTaskExecutor());
    private Replica victim;
    private Debugger debugger;

    /// The service of a test, and its request, named after the crash point.
    private String point = "";

    private String id = "";

    private final Node node = open(new Node("node"));

    /// Several at a time, because starting is what takes long here. They are stopped until their
    /// turn.
    @BeforeAll
    static void startTheReplicas() {
        redis = new RedisProcess();
        shared.add(redis);
        successor = Replica.serve("--redis", redis.uri(), "--set", LEASE);
        shared.add(successor);
        for (int i = 0; i < TESTS; i += AT_A_TIME) {
            List<Program> starting = new ArrayList<>();
            for (int j = 0; j < AT_A_TIME; j++) {
                starting.add(Debugger.launch("--redis", redis.uri(), "--set", LEASE));
            }
            shared.addAll(starting); // also when one of them does not come up
            for (Program each : starting) {
                victims.add(Replica.await(each));
                each.signal("STOP");
            }
        }
    }

    @AfterAll
    static void endTheReplicas() throws Exception {
        for (AutoCloseable each : shared.reversed()) {
            each.close();
        }
        shared.clear();
        victims.clear();
    }

    private <T extends AutoCloseable> T open(T resource) {
        opened.add(resource);
        return resource;
    }

    @BeforeEach
    void wakeAVictim() {
        victim = open(victims.removeFirst());
        victim.program().signal("CONT");
        debugger = open(Debugger.attach(victim.program()));
    }

    @AfterEach
    void leaveNothingRunning() throws Exception {
        successor.program().signal("CONT");
        for (AutoCloseable each : opened.reversed()) {
            each.close();
        }
    }

    private void at(String name) {
        point = name;
        id = name + "-the-one";
        successor.program().signal("STOP");
    }

    /// Until then nobody takes anything of the service.
    private void bringTheNode(Replica replica) {
        register(replica, node.url());
    }

    private void register(Replica replica, String url) {
        HttpResponse<String> answer =
                replica.send(
                        "PUT",
                        "/v1/nodes/" + point,
                        "{\"url\":\"" + url + "\",\"services\":[\"" + point + "\"]}");
        assertTrue(answer.statusCode() < 300, answer.body());
    }

    private String json(String name, String more) {
        return "{\"id\":\""
                + name
                + "\",\"service\":\""
                + point
                + "\""
                + more
                + ",\"body\":{\"n\":1}}";
    }

    private HttpResponse<String> post(Replica replica, String more) {
        return replica.post("/v1/requests", json(id, more));
    }

    private void accepted(HttpResponse<String> answer) {
        assertEquals(202, answer.statusCode(), answer.body());
        assertFalse(answer.headers().firstValue("Idempotent-Replayed").isPresent(), "" + answer);
    }

    private void kill() throws InterruptedException {
        victim.program().signal("KILL");
        victim.program().exitCode();
    }

    private void takeOver() {
        successor.program().signal("CONT");
    }

    private JsonNode awaitState(String state) {
        Await.until(
                id + " is " + state,
                () -> successor.state(id).equals(state),
                () -> successor.request(id) + "\n" + node.ledger());
        return successor.request(id);
    }

    private List<Integer> attemptsSent() {
        return node.ledger().stream()
                .filter(sent -> sent.id().equals(id))
                .map(Node.Received::attempt)
                .toList();
    }

    /// A client that heard nothing, or heard it and asks again, gets the first answer again.
    private void aRetryIsReplayed() {
        HttpResponse<String> again = post(successor, "");
        assertTrue(again.statusCode() == 202 || again.statusCode() == 200, again.body());
        assertEquals("true", again.headers().firstValue("Idempotent-Replayed").orElse(""));
    }

    private long enqueued() {
        long sum = 0;
        for (JsonNode queue : Replica.json(successor.get("/v1/queues").body()).path("queues")) {
            sum +=
                    queue.path("service").asText().equals(point)
                            ? queue.path("enqueued").asLong()
                            : 0;
        }
        return sum;
    }

    private void sent(JsonNode request, Integer... attempts) {
        assertEquals(List.of(attempts), attemptsSent(), request + " " + node.ledger());
    }

    private void attempts(int count, JsonNode request) {
        assertEquals(count, request.path("attempts").asInt(), request.toString());
    }

    private static List<String> causes(JsonNode request) {
        List<String> causes = new ArrayList<>();
        request.path("history").forEach(line -> causes.add(line.path("cause").asText()));
        return causes;
    }

    /// Others that are under way when it happens, each at another point.
    private void bystanders(Replica replica) {
        for (int i = 0; i < BYSTANDERS; i++) {
            HttpResponse<String> answer =
                    replica.post("/v1/requests", json(point + "-other" + i, ",\"maxRetries\":2"));
            assertEquals(202, answer.statusCode(), answer.body());
        }
    }

    private void bystandersAreWell() {
        Map<String, List<Node.Received>> sends = Node.byId(node);
        for (int i = 0; i < BYSTANDERS; i++) {
            String other = point + "-other" + i;
            Await.until(
                    other + " succeeded",
                    () -> successor.state(other).equals("succeeded"),
                    () -> successor.request(other).toString());
            List<Node.Received> received = sends.getOrDefault(other, List.of());
            List<Integer> attempts = received.stream().map(Node.Received::attempt).toList();
            assertTrue(
                    attempts.equals(List.of(1))
                            || attempts.equals(List.of(2))
                            || attempts.equals(List.of(1, 2)),
                    other + ": " + received);
        }
    }

    @Test
    void cp0_killed_before_the_enqueue_reaches_redis_leaves_nothing_and_a_retry_is_the_first()
            throws Exception {
        at("cp0");
        Debugger.Halt halt = debugger.begins(id, WorkQueue.class, "offer", List.class, int.class);
        CompletableFuture<HttpResponse<String>> answer = postLater("");
        halt.await();
        kill();
        assertUnanswered(answer);
        takeOver();
        assertEquals(404, successor.get("/v1/requests/" + id).statusCode());
        bringTheNode(successor);
        accepted(post(successor, ""));
        JsonNode done = awaitState("succeeded");
        attempts(1, done);
        sent(done, 1);
        assertEquals(1, enqueued());
    }

    @Test
    void cp1_killed_after_the_enqueue_and_before_the_202_is_replayed_to_the_retry_and_sent_once()
            throws Exception {
        at("cp1");
        Debugger.Halt halt = debugger.ends(id, WorkQueue.class, "offer", List.class, int.class);
        CompletableFuture<HttpResponse<String>> answer = postLater("");
        halt.await();
        kill();
        assertUnanswered(answer);
        takeOver();
        assertEquals("queued", successor.state(id));
        aRetryIsReplayed();
        bringTheNode(successor);
        JsonNode done = awaitState("succeeded");
        attempts(1, done);
        sent(done, 1);
        aRetryIsReplayed();
        assertEquals(1, enqueued());
        sent(done, 1);
    }

    @Test
    void cp2_killed_after_the_202_is_sent_once_by_the_other() throws Exception {
        at("cp2");
        accepted(post(victim, ""));
        kill();
        takeOver();
        bringTheNode(successor);
        JsonNode done = awaitState("succeeded");
        attempts(1, done);
        sent(done, 1);
        aRetryIsReplayed();
        assertEquals(1, enqueued());
    }

    @Test
    void cp3_killed_when_the_take_was_executed_and_its_answer_not_used_is_sent_once_by_the_other()
            throws Exception {
        at("cp3");
        // The last point where the batch is only in Redis and in a reply. Nothing else of this
        // service is ever asked for.
        Debugger.Halt halt =
                debugger.ends(point, WorkQueue.class, "take", String.class, List.class, long.class);
        bringTheNode(victim);
        postUntil(halt, ",\"maxRetries\":1");
        kill();
        takeOver();
        lostUnsent();
    }

    @Test
    void cp4_killed_when_it_is_leased_and_not_sent_is_sent_once_by_the_other() throws Exception {
        at("cp4");
        Debugger.Halt halt = haltAtSend();
        bringTheNode(victim);
        bystanders(victim);
        postUntil(halt, ",\"maxRetries\":1");
        kill();
        takeOver();
        lostUnsent();
        bystandersAreWell();
    }

    private Debugger.Halt haltAtSend() {
        return debugger.begins(
                id,
                HttpForwarder.class,
                "send",
                io.yardmaster.nodes.Node.class,
                Forwarder.Outgoing.class,
                Duration.class,
                BooleanSupplier.class);
    }

    /// The attempt was counted when it was taken, and never reached the node.
    private void lostUnsent() {
        JsonNode done = awaitState("succeeded");
        attempts(2, done);
        sent(done, 2);
        assertEquals(List.of("lease-lost", "succeeded"), causes(done));
        assertEquals(id, done.path("id").asText());
    }

    @Test
    void cp5_killed_when_the_node_has_it_unread_is_read_twice_at_most_and_on_record()
            throws Exception {
        at("cp5");
        UnreadNode busy = open(new UnreadNode());
        register(victim, busy.url());
        accepted(post(victim, ",\"maxRetries\":1"));
        Await.until("it is in the node's socket", () -> busy.arrived() == 1);
        kill();
        takeOver();
        Await.until("it is there a second time", () -> busy.arrived() == 2);
        busy.read();
        JsonNode done = awaitState("succeeded");
        attempts(2, done);
        assertEquals(
                List.of(id + " 1", id + " 2"),
                busy.ledger().stream().sorted().toList(),
                "what the node read");
        assertEquals(List.of("lease-lost", "succeeded"), causes(done));
    }

    @Test
    void cp6_killed_when_the_node_is_done_and_its_answer_not_read_is_sent_again_under_the_same_key()
            throws Exception {
        at("cp6");
        node.hold();
        bringTheNode(victim);
        bystanders(victim);
        accepted(post(victim, ",\"maxRetries\":1"));
        Await.until("the node has done it", () -> !attemptsSent().isEmpty());
        kill();
        node.release();
        takeOver();
        sentTwice();
        bystandersAreWell();
    }

    @Test
    void cp7_killed_when_the_answer_was_read_and_not_settled_is_sent_again_under_the_same_key()
            throws Exception {
        at("cp7");
        Debugger.Halt halt = debugger.begins(id, WorkQueue.class, "settle", List.class);
        bringTheNode(victim);
        bystanders(victim);
        postUntil(halt, ",\"maxRetries\":1");
        assertEquals(List.of(1), attemptsSent());
        kill();
        takeOver();
        sentTwice();
        bystandersAreWell();
    }

    /// `X-Request-ID` is what the ledger goes by, and `Idempotency-Key` is the same.
    private void sentTwice() {
        JsonNode done = awaitState("succeeded");
        attempts(2, done);
        sent(done, 1, 2);
        assertEquals(List.of("lease-lost", "succeeded"), causes(done));
    }

    @Test
    void cp8_killed_when_it_was_settled_and_the_answer_not_used_is_done_and_a_retry_is_replayed()
            throws Exception {
        at("cp8");
        Debugger.Halt halt = debugger.ends(id, WorkQueue.class, "settle", List.class);
        bringTheNode(victim);
        bystanders(victim);
        postUntil(halt, "");
        kill();
        takeOver();
        JsonNode done = awaitState("succeeded");
        attempts(1, done);
        sent(done, 1);
        aRetryIsReplayed();
        bystandersAreWell();
        assertEquals(1 + BYSTANDERS, enqueued());
        sent(successor.request(id), 1);
    }

    @Test
    void cp9_a_late_ack_against_a_reclaim_is_fenced_and_counted_and_the_new_lease_settles()
            throws Exception {
        at("cp9");
        Debugger.Halt halt = debugger.begins(id, WorkQueue.class, "settle", List.class);
        bringTheNode(victim);
        postUntil(halt, ",\"maxRetries\":1");
        node.hold();
        takeOver();
        Await.until("the other has sent it, too", () -> attemptsSent().size() == 2);
        halt.resume();
        Await.until(
                "the late ack was fenced",
                () -> victim.metric("yardmaster_fenced_total") == 1,
                () -> victim.program().said());
        JsonNode meanwhile = successor.request(id);
        assertEquals("in-flight", meanwhile.path("state").asText(), meanwhile.toString());
        attempts(2, meanwhile);
        node.release();
        JsonNode done = awaitState("succeeded");
        attempts(2, done);
        sent(done, 1, 2);
        assertEquals(0, successor.metric("yardmaster_fenced_total"));
        assertEquals(1, victim.metric("yardmaster_fenced_total"));
    }

    @Test
    void cp9_a_reclaim_against_an_ack_that_came_first_changes_nothing() throws Exception {
        at("cp9b");
        Debugger.Halt halt = debugger.ends(id, WorkQueue.class, "settle", List.class);
        bringTheNode(victim);
        postUntil(halt, ",\"maxRetries\":1"); // settled, and the victim does not know it
        takeOver();
        double lost = successor.metric("yardmaster_leases_lost_total");
        JsonNode before = awaitState("succeeded");
        Thread.sleep(1_500); // its lease would be over by now
        halt.resume();
        Await.until(
                "the victim goes on", () -> victim.get("/health/readiness").statusCode() == 200);
        assertEquals(before, successor.request(id));
        assertEquals(lost, successor.metric("yardmaster_leases_lost_total"));
        assertEquals(0, victim.metric("yardmaster_fenced_total"));
        sent(before, 1);
    }

    /// docs/adr/0002: nobody knows whether the node got it, and the producer allowed one attempt.
    @Test
    void the_only_attempt_is_spent_with_its_replica_and_can_be_redriven() throws Exception {
        at("only");
        node.hold();
        bringTheNode(victim);
        accepted(post(victim, ",\"priority\":\"low\""));
        Await.until("the node has it", () -> !attemptsSent().isEmpty());
        kill();
        node.release();
        takeOver();
        JsonNode dead = awaitState("dead");
        attempts(1, dead);
        sent(dead, 1);
        assertEquals("lease-lost", dead.path("error").path("reason").asText(), dead.toString());
        HttpResponse<String> redriven = successor.post("/v1/dead/" + id + "/retry", "");
        assertTrue(redriven.statusCode() < 300, redriven.body());
        JsonNode done = awaitState("succeeded");
        assertEquals(2, attemptsSent().size(), done.toString());
    }

    /// The victim may halt before its 202 gets out: the producer then knows as little as CP0's.
    private void postUntil(Debugger.Halt halt, String more) throws Exception {
        CompletableFuture<HttpResponse<String>> answer = postLater(more);
        halt.await();
        if (answer.isDone() && !answer.isCompletedExceptionally()) {
            accepted(answer.join());
        }
    }

    private CompletableFuture<HttpResponse<String>> postLater(String more) {
        return CompletableFuture.supplyAsync(() -> post(victim, more), clients);
    }

    private static void assertUnanswered(CompletableFuture<HttpResponse<String>> answer) {
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> answer.get(30, TimeUnit.SECONDS));
        assertTrue(failure.getCause() instanceof UncheckedIOException, failure.toString());
    }
}
