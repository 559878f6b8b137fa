package io.yardmaster.dispatcher.net;

import io.yardmaster.dispatcher.dispatch.Forwarder.Answer;
import io.yardmaster.dispatcher.dispatch.Forwarder.Outgoing;
import io.yardmaster.nodes.Node;
import io.yardmaster.queue.Request;
import io.yardmaster.redis.RedisFixture;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/// How many 250-byte POSTs a second get through, and at what cost. Not a test; run it against
/// running nodes: `ForwardBenchmark THREADS SECONDS URL...`.
final class ForwardBenchmark {
    private ForwardBenchmark() {}

    public static void main(String[] args) throws InterruptedException {
        int threads = Integer.parseInt(args[0]);
        int rounds = Integer.parseInt(args[1]);
        List<Node> nodes = new ArrayList<>();
        for (String url : Arrays.asList(args).subList(2, args.length)) {
            nodes.add(Node.at("node-" + nodes.size(), URI.create(url)));
        }
        Outgoing request =
                new Outgoing(
                        "POST",
                        "/work",
                        List.of(
                                new Request.Header("Content-Type", "application/json"),
                                new Request.Header("X-Request-ID", "0123456789abcdef")),
                        new byte[250]);
        LongAdder done = new LongAdder();
        LongAdder failed = new LongAdder();
        AtomicInteger turn = new AtomicInteger();
        try (HttpForwarder forwarder =
                new HttpForwarder(
                        HttpForwarder.Config.defaults(),
                        AllowedNetworks.of(AllowedNetworks.PRIVATE),
                        RedisFixture.LOOPS)) {
            List<Thread> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(
                        Thread.startVirtualThread(() -> {
                            while (!Thread.currentThread().isInterrupted()) {
                                Node node = nodes.get(turn.getAndIncrement() % nodes.size());
                                try {
                                    Answer answer =
                                            forwarder.send(node, request, Duration.ofSeconds(5));
                                    (answer instanceof Answer.Responded ? done : failed)
                                            .increment();
                                } catch (InterruptedException e) {
                                    return;
                                }
                            }
                        }));
            }
            for (int round = 0; round < rounds; round++) {
                report(done, failed);
            }
            for (Thread worker : workers) {
                worker.interrupt();
                worker.join(Duration.ofSeconds(2));
            }
        }
    }

    private static void report(LongAdder done, LongAdder failed) throws InterruptedException {
        var system =
                (com.sun.management.OperatingSystemMXBean)
                        ManagementFactory.getOperatingSystemMXBean();
        var memory = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long cpu = system.getProcessCpuTime();
        long allocated = memory.getTotalThreadAllocatedBytes();
        done.reset();
        Thread.sleep(1000);
        long count = Math.max(1, done.sum());
        System.out.printf(
                Locale.ROOT,
                "%d/s, %d failed, %.1f us of CPU and %d bytes allocated per request%n",
                count,
                failed.sum(),
                (system.getProcessCpuTime() - cpu) / 1e3 / count,
                (memory.getTotalThreadAllocatedBytes() - allocated) / count);
    }
}
