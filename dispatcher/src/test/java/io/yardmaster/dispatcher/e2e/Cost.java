package io.yardmaster.dispatcher.e2e;

import java.lang.management.ManagementFactory;

/// CPU seconds of Redis servers and of this process, and the time of day.
record Cost(double redis, double own, double seconds) {
    static Cost now(RedisCluster cluster) {
        double redis = 0;
        for (RedisCluster.Member master : cluster.masters()) {
            redis +=
                    master.text("INFO", "cpu")
                            .lines()
                            .filter(line -> line.matches("used_cpu_(sys|user):.*"))
                            .mapToDouble(line -> Double.parseDouble(line.split(":", 2)[1]))
                            .sum();
        }
        long own =
                ((com.sun.management.OperatingSystemMXBean)
                                ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime();
        return new Cost(redis, own / 1e9, System.nanoTime() / 1e9);
    }

    Cost since(Cost before) {
        return new Cost(redis - before.redis, own - before.own, seconds - before.seconds);
    }
}
