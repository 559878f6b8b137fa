package io.yardmaster.dispatcher.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The addresses that nodes may have. Node URLs come from whoever may register a node, so each is
/// checked twice: when it is registered ([#refusal]) and again at the address that a connection is
/// about to be made to, because a name may answer differently by then.
///
/// Some addresses are never allowed, whatever the configuration says: unspecified, link-local,
/// multicast and broadcast ones and the metadata services of the clouds, also inside an IPv6
/// address (IPv4-mapped, IPv4-compatible, NAT64, 6to4). Immutable.
public final class AllowedNetworks {
    /// Looks a host name up. A seam for tests; production uses the system's resolver.
    @FunctionalInterface
    public interface Resolver {
        InetAddress[] resolve(String host) throws UnknownHostException;
    }

    /// A connection was not made because its address is not allowed.
    static final class Refused extends UnknownHostException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    /// RFC 1918, RFC 4193 and loopback: what a home network uses.
    public static final List<String> PRIVATE =
            List.of(
                    "127.0.0.0/8",
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "::1/128",
                    "fc00::/7");

    private static final List<Cidr> NEVER =
            Stream.of(
                            "0.0.0.0/8",
                            "169.254.0.0/16", // link-local; 169.254.169.254 is AWS, GCP, Azure
                            "100.100.100.200", // Alibaba
                            "168.63.129.16", // Azure's wire server
                            "192.0.0.192", // Oracle
                            "224.0.0.0/4",
                            "255.255.255.255",
                            "::",
                            "fe80::/10",
                            "fec0::/10",
                            "ff00::/8",
                            "fd00:ec2::254", // AWS
                            "fd20:ce::254") // GCP
                    .map(Cidr::parse)
                    .toList();

    private static final Cidr NAT64 = Cidr.parse("64:ff9b::/96");
    private static final Cidr SIX_TO_FOUR = Cidr.parse("2002::/16");
    private static final Cidr COMPATIBLE = Cidr.parse("::/96");

    private final List<Cidr> allowed;
    private final Set<Integer> refusedPorts;
    private final Resolver resolver;

    private AllowedNetworks(List<Cidr> allowed, Set<Integer> refusedPorts, Resolver resolver) {
        this.allowed = List.copyOf(allowed);
        this.refusedPorts = Set.copyOf(refusedPorts);
        this.resolver = resolver;
    }

    /// The networks that these blocks make up, with the system's resolver for names.
    ///
    /// @param cidrs `address/bits`, IPv4 or IPv6
    /// @throws IllegalArgumentException when one of them is none; the message names it
    public static AllowedNetworks of(List<String> cidrs) {
        return new AllowedNetworks(
                cidrs.stream().map(String::strip).map(Cidr::parse).toList(),
                Set.of(),
                new LookupThreads(InetAddress::getAllByName));
    }

    /// The same networks, but never these ports: our own Redis and control ports.
    public AllowedNetworks withoutPorts(Set<Integer> ports) {
        return new AllowedNetworks(allowed, ports, resolver);
    }

    AllowedNetworks withResolver(Resolver other) {
        return new AllowedNetworks(allowed, refusedPorts, other);
    }

    /// True when a connection may be made to this address.
    public boolean allows(InetAddress address) {
        return !isNeverAllowed(address)
                && allowed.stream().anyMatch(block -> block.contains(address));
    }

    private static boolean isNeverAllowed(InetAddress address) {
        return NEVER.stream().anyMatch(block -> block.contains(address))
                || embedded(address).filter(AllowedNetworks::isNeverAllowed).isPresent();
    }

    /// The IPv4 address inside an IPv6 address that a gateway or the kernel unwraps.
    private static Optional<InetAddress> embedded(InetAddress address) {
        if (!(address instanceof Inet6Address) || address.isLoopbackAddress()) {
            return Optional.empty();
        }
        byte[] bytes = address.getAddress();
        if (SIX_TO_FOUR.contains(address)) {
            return Optional.of(ipv4(bytes, 2));
        }
        return NAT64.contains(address) || COMPATIBLE.contains(address)
                ? Optional.of(ipv4(bytes, 12))
                : Optional.empty();
    }

    private static InetAddress ipv4(byte[] bytes, int from) {
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are an address", e);
        }
    }

    /// Why a node or callback may not have this URL; empty when it may. Resolves the host, which
    /// may block as long as the system's resolver does. A name that has no address is refused.
    public Optional<String> refusal(URI url) {
        String scheme = url.getScheme();
        if (!"http".equalsIgnoreCase(scheme) && !"https".equalsIgnoreCase(scheme)) {
            return Optional.of("url: " + url + " (expected: http or https)");
        }
        if (url.getHost() == null || url.getRawUserInfo() != null) {
            return Optional.of("url: " + url + " (expected: a plain host, no user)");
        }
        try {
            resolve(url.getHost(), portOf(url));
            return Optional.empty();
        } catch (UnknownHostException e) {
            return Optional.of(
                    e instanceof Refused && e.getMessage() != null
                            ? e.getMessage()
                            : "url: " + url + " (expected: a host that has an address)");
        }
    }

    static int portOf(URI url) {
        if (url.getPort() >= 0) {
            return url.getPort();
        }
        return "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    }

    /// The addresses of a host, at least one and every one of them allowed. Whoever connects takes
    /// the address from here and does not look the name up again.
    ///
    /// @throws Refused when the host, the port or any of its addresses is not allowed
    /// @throws UnknownHostException when it has no address
    InetAddress[] resolve(String host, int port) throws UnknownHostException {
        if (port <= 0 || port > 65_535 || refusedPorts.contains(port)) {
            throw new Refused("port: " + port + " (expected: a port that nodes may have)");
        }
        InetAddress[] addresses = literalOr(host);
        if (addresses.length == 0) {
            throw new UnknownHostException(host);
        }
        for (InetAddress address : addresses) {
            if (!allows(address)) {
                throw new Refused(
                        "address: %s of %s (expected: in yardmaster.nodes-allowed)"
                                .formatted(address.getHostAddress(), host));
            }
        }
        return addresses;
    }

    private InetAddress[] literalOr(String host) throws UnknownHostException {
        try {
            Optional<InetAddress> literal = IpLiteral.parse(host);
            return literal.isPresent() ? new InetAddress[] {literal.get()} : resolver.resolve(host);
        } catch (IllegalArgumentException e) {
            throw new Refused(String.valueOf(e.getMessage()));
        }
    }
}
