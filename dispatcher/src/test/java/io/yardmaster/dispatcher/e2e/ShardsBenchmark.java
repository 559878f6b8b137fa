package io.yardmaster.dispatcher.e2e;

import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Offer;
import io.yardmaster.queue.Priority;
import io.yardmaster.queue.QueueName;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Settlement;
import io.yardmaster.queue.Taken;
import io.yardmaster.queue.WorkQueue;
import io.yardmaster.redis.Redis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What a request costs Redis when there are more shards, and more servers for them: offer, take
/// and settle in batches of 100, without HTTP, from this process over one connection to each
/// server. Run by `scripts/bench --shards`.
final class ShardsBenchmark {
    private static final int BATCH = 100;
    private static final QueueName QUEUE = new QueueName("default", Priority.NORMAL);
    private static final String OUTCOME =
            "{\"service\":\"default\",\"priority\":\"normal\",\"attempts\":1,\"node\":\"nuc\"}";
    private static final int[][] SETTINGS = {
        {1, 1}, {1, 4}, {1, 16}, {1, 64}, {2, 4}, {2, 16}, {4, 4}, {4, 16}, {4, 64}
    };

    private ShardsBenchmark() {}

    /// @param arguments requests in each run, default 100,000
    public static void main(String... arguments) throws Exception {
        int requests = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
        System.out.printf(
                "the cheapest of 3 runs of %d requests of 250 bytes, AOF every second, %d cores for all%n",
                requests, Runtime.getRuntime().availableProcessors());
        Cost.table(
                "own",
                SETTINGS,
                requests,
                (servers, shards) -> cheapest(servers, shards, requests));
        NullNodeBenchmark.main(arguments);
    }

    /// Of three runs the one that cost Redis least: what else the machine does only adds to it.
    private static Cost cheapest(int servers, int shards, int requests) throws Exception {
        try (RedisCluster cluster = new RedisCluster(servers, false);
                Redis redis = cluster.connect();
                ExecutorService threads = Executors.newFixedThreadPool(Math.min(shards, 8))) {
            run(threads, redis, shards, "warm-", requests / 4);
            List<Cost> costs = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Cost before = Cost.now(cluster);
                run(threads, redis, shards, "req" + i + "-", requests);
                costs.add(Cost.now(cluster).since(before));
            }
            return Collections.min(costs, Comparator.comparingDouble(Cost::redis));
        }
    }

    private static void run(
            ExecutorService threads, Redis redis, int shards, String prefix, int requests)
            throws Exception {
        List<Future<?>> all = new ArrayList<>();
        for (int shard = 0; shard < shards; shard++) {
            WorkQueue queue =
                    new WorkQueue(redis, shard, "bench", Duration.ofSeconds(30), System::nanoTime);
            all.add(
                    threads.submit(() -> {
                        for (int done = 0; done < requests / shards; done += BATCH) {
                            round(queue, prefix + done + "-");
                        }
                    }));
        }
        for (Future<?> each : all) {
            each.get();
        }
    }

    private static void round(WorkQueue queue, String prefix) {
        List<Offer> offers = new ArrayList<>(BATCH);
        for (int i = 0; i < BATCH; i++) {
            offers.add(Offer.of(Request.of(prefix + i, QUEUE, "/work", new byte[250])));
        }
        var _ = queue.offer(offers);
        String nonce = "%08x".formatted(prefix.hashCode());
        List<WorkQueue.Ending> endings = new ArrayList<>(BATCH);
        for (Lease lease :
                queue.take(nonce, List.of(new Taken.Want(QUEUE, BATCH, 0, 0))).leases()) {
            endings.add(new WorkQueue.Ending(lease, new Settlement.Succeeded(OUTCOME)));
        }
        if (endings.size() != BATCH
                || queue.settle(endings).stream().anyMatch(a -> a != Settlement.Answer.OK)) {
            throw new IllegalStateException("took " + endings.size() + " of " + queue);
        }
    }
}
