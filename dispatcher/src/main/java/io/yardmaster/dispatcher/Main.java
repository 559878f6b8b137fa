package io.yardmaster.dispatcher;

import io.yardmaster.dispatcher.cli.Cli;

/** Starts the program. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(Cli.run(args));
    }
}
