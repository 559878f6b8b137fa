package io.yardmaster.dispatcher.chaos;

import java.util.List;

/// A network namespace with one cable to the host, on which traffic with Redis can be cut. Needs
/// root, `ip` and `nft`.
final class Island implements AutoCloseable {
    private final String name;
    private final String network;

    /// Both directions, or one: what reaches Redis while its answers do not, and the reverse.
    enum Cut {
        BOTH,
        TO_REDIS,
        FROM_REDIS
    }

    Island() {
        long pid = ProcessHandle.current().pid();
        name = "chaos" + pid;
        network = "10." + (100 + pid / 256 % 100) + "." + pid % 256 + ".";
        String outside = "ch" + pid + "a";
        String inside = "ch" + pid + "b";
        Command.run("ip", "netns", "add", name);
        try {
            Command.run("ip", "link", "add", outside, "type", "veth", "peer", "name", inside);
            Command.run("ip", "link", "set", inside, "netns", name);
            Command.run("ip", "address", "add", hostAddress() + "/30", "dev", outside);
            Command.run("ip", "link", "set", outside, "up");
            within("ip", "address", "add", address() + "/30", "dev", inside);
            within("ip", "link", "set", inside, "up");
            within("ip", "link", "set", "lo", "up");
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void within(String... command) {
        Command.run(
                java.util.stream.Stream.concat(prefix().stream(), java.util.Arrays.stream(command))
                        .toArray(String[]::new));
    }

    /// Put before a command, runs it there.
    List<String> prefix() {
        return List.of("ip", "netns", "exec", name);
    }

    /// Where who lives there is reached.
    String address() {
        return network + "2";
    }

    /// Where the host is reached, from there and from itself.
    String hostAddress() {
        return network + "1";
    }

    /// Packets are dropped without a word, as behind a dead switch.
    void cut(Cut cut, int redisPort) {
        within("nft", "add", "table", "inet", "cut");
        if (cut != Cut.FROM_REDIS) {
            drop("output", "dport", redisPort);
        }
        if (cut != Cut.TO_REDIS) {
            drop("input", "sport", redisPort);
        }
    }

    private void drop(String hook, String side, int port) {
        within(
                "nft",
                "add chain inet cut %s { type filter hook %s priority 0; }".formatted(hook, hook));
        within("nft", "add rule inet cut %s tcp %s %d drop".formatted(hook, side, port));
    }

    void mend() {
        within("nft", "flush", "ruleset");
    }

    @Override
    public void close() {
        Command.run("ip", "netns", "delete", name);
    }
}
