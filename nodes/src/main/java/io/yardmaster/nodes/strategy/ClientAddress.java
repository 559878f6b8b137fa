package io.yardmaster.nodes.strategy;

/// Hashes a client's address: all of it, not a sum of octets, and whatever way it is written. An
/// IPv6 address hashes alike in all its spellings, an IPv4 one like its IPv4-mapped form, and a
/// zone (`%eth0`) does not count. What is no address is hashed as the text it is.
final class ClientAddress {
    private static final long BAD = -1;
    private static final long V4_MAPPED = 0xffff_0000_0000L;

    private ClientAddress() {}

    static long hash(String text) {
        int zone = text.indexOf('%');
        int end = zone < 0 ? text.length() : zone;
        if (text.indexOf(':') < 0) {
            long v4 = v4(text, 0, end);
            return v4 == BAD ? KeyHash.of(text) : KeyHash.of(0, V4_MAPPED | v4);
        }
        return v6(text, end);
    }

    /// Four numbers of 0 to 255 between dots, or [#BAD].
    private static long v4(String text, int begin, int end) {
        long address = 0;
        int numbers = 0;
        int number = -1;
        for (int at = begin; at <= end; at++) {
            char c = at < end ? text.charAt(at) : '.';
            if (c == '.') {
                if (number < 0 || ++numbers > 4) {
                    return BAD;
                }
                address = address << 8 | number;
                number = -1;
            } else {
                number = Math.max(0, number) * 10 + (c - '0');
                if (c < '0' || c > '9' || number > 255) {
                    return BAD;
                }
            }
        }
        return numbers == 4 ? address : BAD;
    }

    /// Groups are shifted into 128 bits; those after `::` on their own, and they are joined at the
    /// end. Plain longs, because an array would be garbage.
    private static long v6(String text, int end) {
        long high = 0;
        long low = 0;
        long headHigh = 0;
        long headLow = 0;
        int headGroups = -1;
        int groups = 0;
        int at = 0;
        if (text.startsWith("::")) {
            headGroups = 0;
            at = 2;
        }
        while (at < end) {
            int stop = at;
            while (stop < end && text.charAt(stop) != ':') {
                stop++;
            }
            boolean dotted = stop == end && text.indexOf('.', at) >= 0;
            long group = dotted ? v4(text, at, end) : hex(text, at, stop);
            int bits = dotted ? 32 : 16;
            if (group == BAD) {
                return KeyHash.of(text);
            }
            high = high << bits | low >>> (64 - bits);
            low = low << bits | group;
            groups += bits / 16;
            at = stop + 1;
            if (stop + 1 < end && text.charAt(stop + 1) == ':') {
                if (headGroups >= 0) {
                    return KeyHash.of(text);
                }
                headGroups = groups;
                headHigh = high;
                headLow = low;
                high = 0;
                low = 0;
                at = stop + 2;
            } else if (stop + 1 == end) {
                return KeyHash.of(text); // ends with a single colon
            }
        }
        if (headGroups < 0 ? groups != 8 : groups > 7) {
            return KeyHash.of(text);
        }
        // the head goes to the top, 16 bits for each group
        int up = headGroups < 0 ? 0 : 128 - 16 * headGroups;
        if (headGroups > 0) {
            high |= up >= 64 ? headLow << (up - 64) : headHigh << up | headLow >>> (64 - up);
            low |= up >= 64 ? 0 : headLow << up;
        }
        return KeyHash.of(high, low);
    }

    private static long hex(String text, int begin, int end) {
        long number = 0;
        for (int at = begin; at < end; at++) {
            int digit = Character.digit(text.charAt(at), 16);
            if (digit < 0) {
                return BAD;
            }
            number = number << 4 | digit;
        }
        return end == begin || end - begin > 4 ? BAD : number;
    }
}
