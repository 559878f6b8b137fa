package io.yardmaster.dispatcher.operate;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a Redis is: one server, or the Sentinels that know it.
///
/// @param hosts the server, or the Sentinels; at least one
/// @param login empty: none
/// @param master its name at the Sentinels; empty: `hosts` is the server itself
record RedisAddress(List<Host> hosts, Login login, boolean tls, String master, int database) {
    private static final Pattern URI =
            Pattern.compile(
                    "(rediss?)(-sentinel)?://(?:([^@/]*)@)?([^/?#,]+(?:,[^/?#,]+)*)(?:/(\\d+))?(?:\\?[^#]*)?(?:#(.+))?");

    private static final Pattern HOST = Pattern.compile("(\\[[^]]+]|[^:]+)(?::(\\d{1,5}))?");

    /// @param port 1 to 65535
    record Host(String name, int port) {
        @Override
        public String toString() {
            return name + ":" + port;
        }
    }

    /// @param user empty: the default one
    record Login(String user, String password) {
        static final Login NONE = new Login("", "");

        boolean given() {
            return !password.isEmpty();
        }

        @Override
        public String toString() {
            return "***";
        }
    }

    /// @throws IllegalArgumentException `--redis: ... (expected: ...)`
    static RedisAddress of(String uri) {
        if (uri.matches(".*,\\s*rediss?://.*")) {
            throw new IllegalArgumentException(
                    "--redis: a cluster (expected: one server; back up and restore each master with"
                            + " the tools of Redis Cluster)");
        }
        Matcher parts = URI.matcher(uri.strip());
        if (!parts.matches()) {
            throw wrong(uri);
        }
        boolean sentinel = parts.group(2) != null;
        List<Host> hosts = new ArrayList<>();
        for (String authority : parts.group(4).split(",", -1)) {
            Matcher host = HOST.matcher(authority);
            if (!host.matches()) {
                throw wrong(uri);
            }
            int usual = sentinel ? 26379 : 6379;
            int port = host.group(2) == null ? usual : Integer.parseInt(host.group(2));
            hosts.add(new Host(host.group(1).replaceAll("[\\[\\]]", ""), port));
        }
        if (sentinel == (parts.group(6) == null) || (!sentinel && hosts.size() > 1)) {
            throw wrong(uri);
        }
        return new RedisAddress(
                hosts,
                login(parts.group(3) == null ? "" : parts.group(3)),
                parts.group(1).equals("rediss"),
                sentinel ? parts.group(6) : "",
                parts.group(5) == null ? 0 : Integer.parseInt(parts.group(5)));
    }

    private static Login login(String info) {
        int colon = info.indexOf(':');
        String user = colon < 0 ? "" : info.substring(0, colon);
        return new Login(decoded(user), decoded(info.substring(colon + 1)));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException wrong(String uri) {
        return new IllegalArgumentException(
                "--redis: "
                        + uri.replaceAll("//[^@/]*@", "//***@")
                        + " (expected: redis://[user:password@]host:port, rediss://..., or"
                        + " redis-sentinel://host:port,host:port/0#name)");
    }

    boolean sentinel() {
        return !master.isEmpty();
    }

    /// The same, at one certain server.
    RedisAddress at(Host host) {
        return new RedisAddress(List.of(host), login, tls, "", database);
    }

    @Override
    public String toString() {
        return hosts + (sentinel() ? " (Sentinels of " + master + ")" : "");
    }
}
