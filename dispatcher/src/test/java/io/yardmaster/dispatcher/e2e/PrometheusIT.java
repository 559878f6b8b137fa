package io.yardmaster.dispatcher.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two replicas with traffic of every kind; what they show is read by Prometheus' own programs.
class PrometheusIT {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern METRIC =
            Pattern.compile("\\b((?:yardmaster|jvm|process)_[a-z_]+|up)\\b(?:\\{([^}]*)})?");
    private static final Pattern SELECTED = Pattern.compile("([a-z_]+)\\s*(?:=~|!~|!=|=)");
    private static final Pattern GROUPED =
            Pattern.compile("(?:by|on|without|ignoring)\\s*\\(([^)]*)\\)");
    private static final Pattern SHOWN =
            Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?([a-z_]+)\\s*}}");

    /// Labels that Prometheus itself adds.
    private static final Set<String> OF_PROMETHEUS =
            Set.of("instance", "job", "le", "alertname", "severity");

    private static final int SENT = 60;

    @TempDir static Path directory;
    private static final List<AutoCloseable> OPENED = new ArrayList<>();
    private static Replica one;
    private static Replica two;

    private static <T extends AutoCloseable> T open(T resource) {
        OPENED.add(resource);
        return resource;
    }

    @BeforeAll
    static void sendTrafficOfEveryKind() {
        RedisProcess redis = open(new RedisProcess());
        Program first = open(launch(redis));
        Program second = open(launch(redis));
        one = Replica.await(first);
        two = Replica.await(second);
        Node good = open(new Node("good"));
        one.register(good);
        report("good");
        String[] priorities = {"critical", "high", "normal", "low"};
        for (int i = 0; i < SENT; i++) {
            Replica door = i % 2 == 0 ? one : two;
            door.enqueue("sent-" + i, ",\"priority\":\"" + priorities[i % 4] + "\"");
        }
        Node failing = open(new Node("failing"));
        failing.answer(500);
        one.send(
                "PUT",
                "/v1/nodes/failing",
                "{\"url\":\"" + failing.url() + "\",\"services\":[\"broken\"]}");
        one.enqueue("dies", ",\"service\":\"broken\",\"maxRetries\":1,\"priority\":\"high\"");
        one.post("/v1/queues/default/low/pause", "");
        Await.until(
                "all but those of the paused queue ended",
                () -> one.total("succeeded") + one.total("depth") == SENT && one.total("dead") == 1,
                () -> one.get("/v1/queues").body());
        one.post("/v1/queues/default/low/resume", "");
        Await.until("all ended", () -> one.total("succeeded") == SENT);
        Await.until(
                "the audit has passed at one of them",
                () ->
                        one.metric("yardmaster_audit_keys") + two.metric("yardmaster_audit_keys")
                                > 0);
    }

    private static Program launch(RedisProcess redis) {
        return Replica.launch(
                "--redis",
                redis.uri(),
                "--set",
                "yardmaster.audit.interval=1s",
                "--set",
                "yardmaster.retry.base=100ms");
    }

    private static void report(String node) {
        one.post(
                "/v1/nodes/" + node + "/report",
                "{\"cpu\":0.4,\"memory\":0.5,\"io\":0.1,\"cores\":4,\"pressure\":0.1,"
                        + "\"temperature\":51}");
    }

    @AfterAll
    static void leaveNothingRunning() throws Exception {
        for (AutoCloseable each : OPENED.reversed()) {
            each.close();
        }
    }

    /// What both replicas show: the audit runs at one of them.
    private static String pages() {
        report("good");
        Await.until(
                "both know the report",
                () ->
                        one.metric("yardmaster_node_cpu_ratio") > 0
                                && two.metric("yardmaster_node_cpu_ratio") > 0);
        return one.get("/prometheus").body() + two.get("/prometheus").body();
    }

    private static SortedMap<String, MetricsPage.Metric> shown() {
        SortedMap<String, MetricsPage.Metric> both = new TreeMap<>();
        pages();
        for (Replica each : List.of(one, two)) {
            MetricsPage.read(each.get("/prometheus").body())
                    .forEach((name, metric) ->
                            both.merge(
                                    name,
                                    metric,
                                    (a, b) -> {
                                        a.labels().addAll(b.labels());
                                        return a;
                                    }));
        }
        return both;
    }

    @Test
    void promtool_has_nothing_to_say_about_the_page() throws Exception {
        for (Replica each : List.of(one, two)) {
            Promtool.Said said =
                    Promtool.run(directory, each.get("/prometheus").body(), "check", "metrics");
            assertEquals(new Promtool.Said(0, ""), said);
        }
    }

    @Test
    void every_metric_is_documented_with_its_type_and_labels_and_no_other() throws Exception {
        SortedMap<String, String> documented = new TreeMap<>();
        Pattern line =
                Pattern.compile("\\| `([a-z_]+)` \\| (gauge|counter|histogram) \\| ([^|]*) \\|.*");
        for (String text : Files.readAllLines(ROOT.resolve("docs/reference/metrics.md"))) {
            Matcher row = line.matcher(text);
            if (row.matches()) {
                Set<String> labels = new TreeSet<>();
                Matcher label = Pattern.compile("`([a-z]+)`").matcher(row.group(3));
                while (label.find()) {
                    labels.add(label.group(1));
                }
                documented.put(row.group(1), row.group(2) + " " + labels);
            }
        }
        SortedMap<String, String> seen = new TreeMap<>();
        shown().forEach((name, metric) -> seen.put(name, metric.type() + " " + metric.labels()));
        assertEquals(lines(documented), lines(seen));
    }

    private static String lines(Map<String, String> metrics) {
        StringBuilder text = new StringBuilder();
        metrics.forEach((name, rest) -> text.append(name).append(' ').append(rest).append('\n'));
        return text.toString();
    }

    @Test
    void no_request_is_named_on_the_page() {
        String page = pages();
        assertFalse(page.contains("sent-"), page);
        assertFalse(page.contains("dies"), page);
    }

    @Test
    void a_removed_node_leaves_the_page() {
        try (Node guest = new Node("guest")) {
            one.register(guest);
            String row = "yardmaster_node_up{node=\"guest\"}";
            for (Replica each : List.of(one, two)) {
                Await.until("it is shown", () -> each.get("/prometheus").body().contains(row));
            }
            one.send("DELETE", "/v1/nodes/guest", "");
            for (Replica each : List.of(one, two)) {
                Await.until("it is gone", () -> !each.get("/prometheus").body().contains("guest"));
            }
        }
    }

    @Test
    void the_alert_rules_stand_their_incidents() throws Exception {
        for (List<String> check :
                List.of(
                        List.of("check", "config", "prometheus.yml"),
                        List.of("check", "rules", "yardmaster.rules.yml"),
                        List.of("test", "rules", "yardmaster.rules.test.yml"))) {
            Promtool.Said said = Promtool.run(Prometheus.DEPLOY, "", check.toArray(String[]::new));
            assertEquals(0, said.code(), check + "\n" + said.text());
        }
    }

    /// A place where a query stands, and the texts that name its labels.
    private record Query(String where, String expression, String texts) {}

    private static List<Query> board() throws IOException {
        List<Query> queries = new ArrayList<>();
        JsonNode board =
                Replica.json(Files.readString(ROOT.resolve("deploy/grafana/yardmaster.json")));
        for (JsonNode panel : board.path("panels")) {
            for (JsonNode target : panel.path("targets")) {
                queries.add(
                        new Query(
                                panel.path("title").asText(),
                                target.path("expr").asText(),
                                target.path("legendFormat").asText()));
            }
        }
        for (JsonNode note : board.path("annotations").path("list")) {
            queries.add(
                    new Query(
                            note.path("name").asText(),
                            note.path("expr").asText(),
                            note.path("textFormat").asText()));
        }
        for (JsonNode variable : board.path("templating").path("list")) {
            Matcher values =
                    Pattern.compile("label_values\\((\\w+), (\\w+)\\)")
                            .matcher(variable.path("definition").asText());
            if (values.matches()) {
                queries.add(
                        new Query(
                                variable.path("name").asText(),
                                values.group(1),
                                "{{" + values.group(2) + "}}"));
            }
        }
        assertTrue(queries.size() > 30, "queries on the board: " + queries.size());
        return queries;
    }

    private static List<Query> rules() throws IOException {
        List<Query> queries = new ArrayList<>();
        JsonNode rules =
                new com.fasterxml.jackson.databind.ObjectMapper()
                        .valueToTree(
                                new org.yaml.snakeyaml.Yaml()
                                        .<Object>load(
                                                Files.readString(
                                                        Prometheus.DEPLOY.resolve(
                                                                "yardmaster.rules.yml"))));
        for (JsonNode rule : rules.findParents("alert")) {
            queries.add(
                    new Query(
                            rule.path("alert").asText(),
                            rule.path("expr").asText(),
                            rule.path("annotations").toString()));
        }
        assertTrue(queries.size() > 10, "alert rules: " + queries.size());
        return queries;
    }

    @Test
    void the_board_and_the_rules_name_only_metrics_and_labels_that_there_are() throws Exception {
        SortedMap<String, MetricsPage.Metric> shown = shown();
        List<Query> queries = new ArrayList<>(board());
        queries.addAll(rules());
        Set<String> faults = new LinkedHashSet<>();
        for (Query query : queries) {
            Set<String> known = new TreeSet<>(OF_PROMETHEUS);
            List<MatchResult> metrics = METRIC.matcher(query.expression()).results().toList();
            if (metrics.isEmpty()) {
                faults.add(query + ": no metric");
            }
            for (MatchResult found : metrics) {
                Set<String> labels = labels(shown, found.group(1));
                if (labels == null) {
                    faults.add(query.where() + ": no metric " + found.group(1));
                    continue;
                }
                known.addAll(labels);
                String selected = found.group(2) == null ? "" : found.group(2);
                SELECTED.matcher(selected)
                        .results()
                        .map(each -> each.group(1))
                        .filter(each -> !labels.contains(each) && !OF_PROMETHEUS.contains(each))
                        .forEach(each ->
                                faults.add(query.where() + ": " + found.group() + " " + each));
            }
            GROUPED.matcher(query.expression())
                    .results()
                    .flatMap(each -> List.of(each.group(1).split("\\s*,\\s*", -1)).stream())
                    .filter(each -> !known.contains(each.strip()))
                    .forEach(each -> faults.add(query.where() + ": grouped by " + each));
            SHOWN.matcher(query.texts())
                    .results()
                    .map(each -> each.group(1))
                    .filter(each -> !known.contains(each))
                    .forEach(each -> faults.add(query.where() + ": shows " + each));
        }
        assertEquals(Set.of(), faults);
    }

    private static @Nullable Set<String> labels(
            SortedMap<String, MetricsPage.Metric> shown, String name) {
        if (name.equals("up")) {
            return Set.of();
        }
        MetricsPage.Metric metric = shown.get(name);
        if (metric == null) {
            MetricsPage.Metric family = shown.get(name.replaceAll("_(bucket|count|sum)$", ""));
            metric = family != null && family.type().equals("histogram") ? family : null;
        }
        return metric == null ? null : metric.labels();
    }

    @Test
    void a_real_prometheus_sees_both_replicas_and_its_sums_agree_with_what_was_sent()
            throws Exception {
        try (Prometheus prometheus = Prometheus.start(directory, one, two)) {
            Await.until(
                    "both are scraped",
                    () -> prometheus.value("sum(up{job=\"yardmaster\"})") == 2,
                    prometheus::said);
            String sent =
                    "sum(yardmaster_requests_total{service=\"default\",outcome=\"succeeded\"})";
            Await.until("the sum is there", () -> prometheus.value(sent) == SENT);
            Map<String, Double> expected =
                    Map.of(
                            "sum(yardmaster_requests_total)",
                            SENT + 1.0,
                            "sum(yardmaster_requests_total{outcome=\"dead\"})",
                            1.0,
                            "sum(yardmaster_wait_seconds_count{service=\"default\"})",
                            SENT + 0.0,
                            "sum(yardmaster_requests_total{priority=\"critical\"})",
                            SENT / 4.0,
                            "sum(yardmaster_dispatch_seconds_count{node=\"good\"})",
                            SENT + 0.0,
                            "sum(yardmaster_retries_total{cause=\"status\"})",
                            1.0,
                            "sum(max by (service, priority) (yardmaster_queue_enqueued_total))",
                            SENT + 1.0,
                            "sum(max by (service, priority, outcome) (yardmaster_queue_settled_total))",
                            SENT + 1.0,
                            "count(yardmaster_build_info)",
                            2.0,
                            "min(yardmaster_redis_up)",
                            1.0);
            expected.forEach((query, value) -> assertEquals(value, prometheus.value(query), query));
            everyPanelIsAnswered(prometheus);
            everyRuleIsSound(prometheus);
        }
    }

    /// Also the proof that no panel stays empty, but those that show what should not be.
    private static void everyPanelIsAnswered(Prometheus prometheus) throws IOException {
        Set<String> mayBeEmpty = Set.of("Damage mended by the audit", "Replica started");
        for (Query query : board()) {
            String expression =
                    query.expression()
                            .replace("$service", ".*")
                            .replace("$node", ".*")
                            .replace("$__rate_interval", "1m");
            // Open and half-open breakers: a second query of its panel, mostly without rows.
            if (mayBeEmpty.contains(query.where()) || expression.endsWith("> 0")) {
                prometheus.query(expression);
            } else {
                Await.until(
                        query + " has rows",
                        () -> {
                            report("good");
                            return !prometheus.query(expression).isEmpty();
                        },
                        prometheus::said);
            }
        }
    }

    private static void everyRuleIsSound(Prometheus prometheus) {
        Await.until(
                "every rule was evaluated",
                () -> {
                    List<JsonNode> rules =
                            prometheus.ask("/api/v1/rules").findParents("evaluationTime");
                    return rules.stream()
                                    .filter(rule -> rule.has("health"))
                                    .allMatch(rule -> rule.path("health").asText().equals("ok"))
                            && rules.stream().filter(rule -> rule.has("health")).count() > 10;
                },
                () -> prometheus.ask("/api/v1/rules").toString());
    }
}
