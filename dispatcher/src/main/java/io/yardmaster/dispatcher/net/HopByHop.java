package io.yardmaster.dispatcher.net;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// The header fields that are about one connection and must not be passed on (RFC 9110, section
/// 7.6.1): a fixed set, all that begin with `Proxy-`, and those that the `Connection` field names.
record HopByHop(Set<String> named) {
    private static final HopByHop NONE_NAMED = new HopByHop(Set.of());

    /// @param connection the values of the message's `Connection` fields
    static HopByHop naming(List<String> connection) {
        if (connection.isEmpty()) {
            return NONE_NAMED;
        }
        Set<String> named = new HashSet<>();
        for (String value : connection) {
            for (String each : value.split(",", -1)) {
                String name = each.strip().toLowerCase(Locale.ROOT);
                if (!fixed(name)) { // as in the usual `keep-alive`
                    named.add(name);
                }
            }
        }
        return named.isEmpty() ? NONE_NAMED : new HopByHop(Set.copyOf(named));
    }

    boolean has(String name) {
        return fixed(name)
                || name.regionMatches(true, 0, "Proxy-", 0, 6)
                || (!named.isEmpty() && named.contains(name.toLowerCase(Locale.ROOT)));
    }

    /// Comparing is cheaper than looking up: most names differ in length already.
    private static boolean fixed(String name) {
        return name.equalsIgnoreCase("Connection")
                || name.equalsIgnoreCase("Keep-Alive")
                || name.equalsIgnoreCase("TE")
                || name.equalsIgnoreCase("Trailer")
                || name.equalsIgnoreCase("Transfer-Encoding")
                || name.equalsIgnoreCase("Upgrade");
    }
}
