package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which addresses nodes may have (B16). Nothing here asks a name server.
class AllowedNetworksTest {
    private static final AllowedNetworks ALL = AllowedNetworks.of(List.of("0.0.0.0/0", "::/0"));

    private static InetAddress address(String literal) throws UnknownHostException {
        return InetAddress.getByName(literal);
    }

    private static AllowedNetworks.Resolver answering(String... addresses) {
        return _ -> {
            InetAddress[] found = new InetAddress[addresses.length];
            for (int i = 0; i < addresses.length; i++) {
                found[i] = address(addresses[i]);
            }
            return found;
        };
    }

    @ParameterizedTest
    @CsvSource({
        "192.168.0.0/16, 192.168.255.255, true",
        "192.168.0.0/16, 192.169.0.0, false",
        "10.128.0.0/9, 10.128.0.1, true",
        "10.128.0.0/9, 10.127.255.255, false",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.6, false",
        "0.0.0.0/0, 198.51.100.1, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "2001:db8::/33, 2001:db8:7fff::1, true",
        "2001:db8::/33, 2001:db8:8000::1, false",
        "::ffff:192.168.1.0/24, 192.168.1.9, true",
        "192.168.1.0/24, ::ffff:192.168.1.9, true",
    })
    void block_holds_its_addresses(String cidr, String address, boolean allowed) throws Exception {
        assertEquals(allowed, AllowedNetworks.of(List.of(cidr)).allows(address(address)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "home",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0/8",
                "010.0.0.0/8",
                "::/129",
                "10.0.0.0/",
                "10.0.0.0/8/8",
                "0x0a000000/8",
                "fe80::1%lo/64",
                "[::1]x/8"
            })
    void malformed_block_is_named(String cidr) {
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> AllowedNetworks.of(List.of(cidr)));
        assertTrue(String.valueOf(e.getMessage()).startsWith("network: " + cidr + " (expected: "));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "169.254.169.254",
                "169.254.0.1",
                "100.100.100.200",
                "fd00:ec2::254",
                "0.0.0.0",
                "::",
                "224.0.0.1",
                "255.255.255.255",
                "fe80::1",
                "ff02::1",
                "::ffff:169.254.169.254",
                "::169.254.169.254",
                "64:ff9b::169.254.169.254",
                "2002:a9fe:a9fe::1"
            })
    void dangerous_address_is_never_allowed(String address) throws Exception {
        assertFalse(ALL.allows(address(address)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "fd12::1"})
    void private_networks_hold_a_home(String address) throws Exception {
        assertTrue(AllowedNetworks.of(AllowedNetworks.PRIVATE).allows(address(address)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.8.8", "172.32.0.1", "2001:4860::1"})
    void private_networks_hold_nobody_else(String address) throws Exception {
        assertFalse(AllowedNetworks.of(AllowedNetworks.PRIVATE).allows(address(address)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://169.254.169.254/latest",
                "http://[::ffff:169.254.169.254]/",
                "http://[::ffff:a9fe:a9fe]:80/",
                "http://[fe80::1]/",
                "http://0.0.0.0:8080",
                "http://0x7f000001/",
                "http://2130706433/",
                "http://0177.0.0.1/",
                "http://127.1/",
                "http://127.0.0.1./",
                "http://host.0x7f/",
                "http://user:pass@10.0.0.1/",
                "ftp://10.0.0.1/",
                "file:///etc/passwd",
                "gopher://10.0.0.1/",
                "http:///nohost",
                "http://10.0.0.1:6379/",
                "http://10.0.0.1:0/",
                "http://10.0.0.1:99999/"
            })
    void url_is_refused(String url) {
        AllowedNetworks networks =
                ALL.withResolver(answering("10.0.0.1")).withoutPorts(Set.of(6379));
        assertTrue(networks.refusal(URI.create(url)).isPresent());
    }

    @Test
    void url_within_the_networks_is_accepted() {
        AllowedNetworks networks =
                AllowedNetworks.of(AllowedNetworks.PRIVATE)
                        .withResolver(answering("192.168.1.5", "fd00::5"));
        for (String url :
                List.of(
                        "http://nas.home/",
                        "https://nas:8443/x",
                        "http://10.0.0.1",
                        "http://[::1]")) {
            assertEquals(Optional.empty(), networks.refusal(URI.create(url)), url);
        }
    }

    @Test
    void name_with_one_forbidden_address_is_refused() {
        AllowedNetworks networks =
                AllowedNetworks.of(AllowedNetworks.PRIVATE)
                        .withResolver(answering("192.168.1.5", "203.0.113.9"));
        assertEquals(
                Optional.of(
                        "address: 203.0.113.9 of mixed (expected: in yardmaster.nodes-allowed)"),
                networks.refusal(URI.create("http://mixed/")));
    }

    @Test
    void name_without_address_is_refused() {
        AllowedNetworks networks =
                ALL.withResolver(host -> {
                    throw new UnknownHostException(host);
                });
        assertTrue(networks.refusal(URI.create("http://nobody/")).isPresent());
    }
}
