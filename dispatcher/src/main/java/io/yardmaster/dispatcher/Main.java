package io.yardmaster.dispatcher;

import io.yardmaster.dispatcher.cli.Cli;
import java.security.Security;

/** Starts the program. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        // A name that points elsewhere (Redis, a node) is believed after 5 s, not after 30.
        Security.setProperty("networkaddress.cache.ttl", "5");
        Security.setProperty("networkaddress.cache.negative.ttl", "1");
        System.exit(Cli.run(args));
    }
}
