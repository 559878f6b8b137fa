package io.yardmaster.dispatcher.doctor;

import io.yardmaster.dispatcher.settings.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where Redis is, as the settings say it.
///
/// @param hosts none for the embedded one
/// @param password whether all of them are given one
/// @param encrypted whether all of them are spoken to over TLS
record Addresses(List<String> hosts, boolean password, boolean encrypted) {
    private static final Pattern URI =
            Pattern.compile("(rediss?)(?:-sentinel)?://(?:([^@/]*)@)?([^/?#]*).*");

    private static final Pattern LOOPBACK =
            Pattern.compile("localhost|127(\\.\\d+){3}|\\[?::1\\]?", Pattern.CASE_INSENSITIVE);

    static Addresses of(Settings.RedisServer redis) {
        List<String> hosts = new ArrayList<>();
        boolean password = !redis.uris().isEmpty();
        boolean encrypted = password;
        for (String uri : redis.uris()) {
            Matcher parts = URI.matcher(uri);
            if (parts.matches()) {
                password &= parts.group(2) != null;
                encrypted &= parts.group(1).equals("rediss");
                for (String authority : parts.group(3).split(",", -1)) {
                    hosts.add(authority.replaceFirst(":\\d+$", ""));
                }
            }
        }
        return new Addresses(hosts, password, encrypted);
    }

    static boolean loopback(String host) {
        return LOOPBACK.matcher(host).matches();
    }

    /// Whether all are on this machine.
    boolean loopback() {
        return hosts.stream().allMatch(Addresses::loopback);
    }
}
