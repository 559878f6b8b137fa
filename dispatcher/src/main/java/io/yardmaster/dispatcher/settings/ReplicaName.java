package io.yardmaster.dispatcher.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.Map;
import java.util.random.RandomGenerator;

/// Names a replica that was given no name: the host, so that people recognise it, and a random
/// suffix, so that two on one host and two lives of one replica differ.
final class ReplicaName {
    private static final int MAX_HOST = 48;

    private ReplicaName() {}

    static String fresh(Map<String, String> environment, RandomGenerator random) {
        String host = environment.getOrDefault("HOSTNAME", "");
        if (host.isBlank()) {
            host = local();
        }
        String safe = host.replaceAll("[^A-Za-z0-9._-]", "-");
        String start = safe.length() <= MAX_HOST ? safe : safe.substring(0, MAX_HOST);
        return start + "-" + HexFormat.of().toHexDigits(random.nextInt());
    }

    private static String local() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "replica";
        }
    }
}
