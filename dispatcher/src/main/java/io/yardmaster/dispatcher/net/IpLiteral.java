package io.yardmaster.dispatcher.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/// Tells addresses in plain notation from host names, and refuses what is neither. Resolvers accept
/// many spellings of one IPv4 address (`0x7f000001`, `2130706433`, `127.1`, `0177.0.0.1`) that slip
/// through checks of text; here only four decimal numbers without leading zeros are an address.
final class IpLiteral {
    private static final String OCTET = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
    private static final Pattern IPV4 = Pattern.compile("(?:" + OCTET + "\\.){3}" + OCTET);
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

    /// A last label of digits or hex is read as a number by some resolver (WHATWG URL, section
    /// 3.5).
    private static final Pattern NUMERIC =
            Pattern.compile("(?:.*\\.)?(?:\\d+|0[xX][0-9A-Fa-f]*)\\.?");

    private IpLiteral() {}

    /// The address that `host` writes down, with or without brackets around an IPv6 one; empty when
    /// `host` is a name. An IPv4-mapped IPv6 address comes back as the IPv4 address.
    ///
    /// @throws IllegalArgumentException when it looks like an address and is none in plain notation
    static Optional<InetAddress> parse(String host) {
        boolean bracketed = host.startsWith("[") && host.endsWith("]");
        String bare = bracketed ? host.substring(1, host.length() - 1) : host;
        boolean ipv6 = bare.indexOf(':') >= 0;
        boolean plain =
                ipv6 ? IPV6.matcher(bare).matches() : !bracketed && IPV4.matcher(bare).matches();
        if (!plain) {
            if (ipv6 || bracketed || NUMERIC.matcher(bare).matches()) {
                throw notPlain(host, null);
            }
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByName(bare));
        } catch (UnknownHostException e) {
            throw notPlain(host, e);
        }
    }

    private static IllegalArgumentException notPlain(
            String host, @org.jspecify.annotations.Nullable Exception cause) {
        return new IllegalArgumentException(
                "host: " + host + " (expected: a name, four decimal numbers, or [an IPv6 address])",
                cause);
    }
}
