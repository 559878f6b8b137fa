package io.yardmaster.dispatcher.e2e;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;

/// How long `GET /v1/requests/{id}/why` takes with much waiting: `scripts/bench why [requests]`
/// would be its name; it is run by hand as `java … io.yardmaster.dispatcher.e2e.WhyBenchmark 100000
/// 1000`.
final class WhyBenchmark {
    private WhyBenchmark() {}

    public static void main(String[] arguments) throws IOException {
        int waiting = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        int asks = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1_000;
        try (RedisProcess redis = new RedisProcess();
                Replica replica =
                        Replica.serve(
                                "--redis",
                                redis.uri(),
                                "--set",
                                "yardmaster.rate-limit.producer.rate=0",
                                "--set",
                                "yardmaster.queues.max-size=" + (waiting + 1))) {
            for (int from = 0; from < waiting; from += 1000) {
                StringBuilder lines = new StringBuilder();
                for (int i = from; i < Math.min(waiting, from + 1000); i++) {
                    lines.append("{\"id\":\"w").append(i).append("\",\"body\":{\"n\":1}}\n");
                }
                var answer =
                        replica.post(
                                "/v1/requests/batch",
                                lines.toString(),
                                "Content-Type",
                                "application/x-ndjson");
                if (answer.statusCode() != 200) {
                    throw new IllegalStateException(answer.body());
                }
            }
            int port = Integer.parseInt(redis.uri().substring(redis.uri().lastIndexOf(':') + 1));
            String _ = RedisProcess.ask(port, "CONFIG RESETSTAT");
            Random random = new Random(1);
            int exact = 0;
            long worst = 0;
            double[] ms = new double[asks];
            for (int round = -asks; round < asks; round++) { // the first round warms up
                int place = random.nextInt(waiting);
                long began = System.nanoTime();
                var answer = replica.get("/v1/requests/w" + place + "/why");
                double took = (System.nanoTime() - began) / 1e6;
                if (answer.statusCode() != 200) {
                    throw new IllegalStateException(answer.body());
                }
                if (round >= 0) {
                    ms[round] = took;
                    var behind = Replica.json(answer.body()).path("also").path(0);
                    exact += behind.path("exact").asBoolean() || place == 0 ? 1 : 0;
                    worst = Math.max(worst, Math.abs(behind.path("before").asLong() - place));
                }
            }
            Arrays.sort(ms);
            System.out.printf(
                    "%d waiting, %d asks: p50 %.2f ms, p99 %.2f ms, longest %.2f ms; %d places exact, worst estimate %d off%n",
                    waiting, asks, ms[asks / 2], ms[asks * 99 / 100], ms[asks - 1], exact, worst);
            System.out.print("Redis' own time: ");
            RedisProcess.ask(port, "INFO latencystats")
                    .lines()
                    .filter(line -> line.contains("fcall"))
                    .forEach(System.out::println);
        }
    }
}
