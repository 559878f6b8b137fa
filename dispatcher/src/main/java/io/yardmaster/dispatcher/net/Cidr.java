package io.yardmaster.dispatcher.net;

import java.net.InetAddress;

/// A block of addresses, such as `192.168.0.0/16` or `fd00::/8`. An address without `/bits` is a
/// block of one.
record Cidr(InetAddress network, int bits) {
    Cidr {
        int widest = network.getAddress().length * Byte.SIZE;
        if (bits < 0 || bits > widest) {
            throw new IllegalArgumentException(
                    "prefix length: " + bits + " (expected: 0 to " + widest + ")");
        }
    }

    /// @throws IllegalArgumentException when `text` is no block in plain notation
    static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text : text.substring(0, slash);
        try {
            InetAddress network = IpLiteral.parse(address).orElseThrow(NumberFormatException::new);
            int widest = network.getAddress().length * Byte.SIZE;
            return new Cidr(
                    network, slash < 0 ? widest : Integer.parseInt(text.substring(slash + 1)));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "network: "
                            + text
                            + " (expected: address/bits, such as 192.168.0.0/16 or fd00::/8)",
                    e);
        }
    }

    /// True when the first `bits` bits of `address` are those of the network. An IPv4 address is in
    /// no IPv6 block and the other way round.
    boolean contains(InetAddress address) {
        byte[] mine = network.getAddress();
        byte[] theirs = address.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        int whole = bits / Byte.SIZE;
        for (int i = 0; i < whole; i++) {
            if (mine[i] != theirs[i]) {
                return false;
            }
        }
        int rest = bits % Byte.SIZE;
        return rest == 0 || ((mine[whole] ^ theirs[whole]) & 0xff) >>> (Byte.SIZE - rest) == 0;
    }
}
