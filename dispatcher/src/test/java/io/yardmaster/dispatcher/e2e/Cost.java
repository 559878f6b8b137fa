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

    /// What is measured with so many servers and shards.
    @FunctionalInterface
    interface Measurement {
        Cost of(int servers, int shards) throws Exception;
    }

    /// Measures each setting of servers and shards, and prints a line for it; the ratio is to the
    /// first one.
    ///
    /// @param self what this process is called in the table
    static void table(String self, int[][] settings, int requests, Measurement measurement)
            throws Exception {
        System.out.printf(
                "servers shards  requests/s  Redis CPU-s/1,000  ratio  %s CPU-s/1,000  servers' share%n",
                self);
        double alone = 0;
        for (int[] setting : settings) {
            Cost cost = measurement.of(setting[0], setting[1]);
            double each = cost.redis / requests * 1000;
            alone = alone == 0 ? each : alone;
            System.out.printf(
                    "%7d %6d %11.0f %18.5f %6.2f %" + (self.length() + 13) + ".5f %14.0f%%%n",
                    setting[0],
                    setting[1],
                    requests / cost.seconds,
                    each,
                    each / alone,
                    cost.own / requests * 1000,
                    100 * cost.redis / cost.seconds / setting[0]);
        }
    }

    Cost since(Cost before) {
        return new Cost(redis - before.redis, own - before.own, seconds - before.seconds);
    }
}
