package io.yardmaster.dispatcher;

import io.yardmaster.dispatcher.cli.Cli;
import java.security.Security;

/** Starts the program. */
public final class Main {
    private Main() {}

    /// Every second core carries the virtual threads of REST and of background work, as every
    /// second one has an event loop: the others are for Redis and the compilers. Measured on two
    /// cores, A-B-A: the first 100,000 requests of a process cost 0.111 to 0.122 CPU-s per 1,000
    /// instead of 0.128 to 0.137, and later ones 0.06 to 0.09 instead of 0.08 to 0.11. Nothing may
    /// hold a carrier, see `LookupThreads`.
    private static void carriers() {
        String carriers = "jdk.virtualThreadScheduler.parallelism";
        if (System.getProperty(carriers) == null) {
            int half = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
            System.setProperty(carriers, Integer.toString(half));
        }
    }

    public static void main(String[] args) {
        // A name that points elsewhere (Redis, a node) is believed after 5 s, not after 30.
        Security.setProperty("networkaddress.cache.ttl", "5");
        Security.setProperty("networkaddress.cache.negative.ttl", "1");
        carriers();
        System.exit(Cli.run(args));
    }
}
