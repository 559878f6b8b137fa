package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// Against the plain way to say it, with sets.
final class HopByHopTest {
    private static final List<String> FIXED =
            List.of("Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade");

    private static boolean expected(List<String> connection, String name) {
        Set<String> fixed = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        fixed.addAll(FIXED);
        Set<String> named = new HashSet<>();
        for (String value : connection) {
            for (String each : value.split(",", -1)) {
                named.add(each.strip().toLowerCase(Locale.ROOT));
            }
        }
        return fixed.contains(name)
                || name.regionMatches(true, 0, "Proxy-", 0, 6)
                || named.contains(name.toLowerCase(Locale.ROOT));
    }

    private static void same(List<String> connection, String name) {
        assertEquals(
                expected(connection, name),
                HopByHop.naming(connection).has(name),
                () -> connection + " and " + name);
    }

    @Test
    void no_character_makes_another_name_of_a_fixed_one() {
        for (String name : FIXED) {
            for (int at = 0; at < name.length(); at++) {
                for (char c = 0; c < 0x250; c++) {
                    like(name, at, c);
                }
                like(name, at, '\u212a'); // the Kelvin sign, a k in lower case
            }
        }
    }

    private static void like(String name, int at, char c) {
        String other = name.substring(0, at) + c + name.substring(at + 1);
        same(List.of(), other);
        same(List.of(other), name);
        same(List.of(other), other);
        same(List.of(other), other.toLowerCase(Locale.ROOT));
        same(List.of(other), other.toUpperCase(Locale.ROOT));
    }

    @Test
    void fields_that_are_fixed_anyway_need_not_be_named() {
        assertSame(HopByHop.naming(List.of()), HopByHop.naming(List.of("Keep-Alive, TE", "te")));
    }

    @Test
    void named_ones_are_found_in_any_spelling() {
        SplittableRandom random = new SplittableRandom(1);
        List<String> words = new ArrayList<>(FIXED);
        words.addAll(List.of("", "close", "x", "X-Auth", "proxy", "Proxy-", "host", "t e", "te,"));
        for (int i = 0; i < 100_000; i++) {
            List<String> connection = new ArrayList<>();
            for (int values = random.nextInt(3); values > 0; values--) {
                StringBuilder value = new StringBuilder(word(random, words));
                while (random.nextInt(3) > 0) {
                    value.append(random.nextBoolean() ? "," : " ,\t ").append(word(random, words));
                }
                connection.add(value.toString());
            }
            same(connection, word(random, words));
        }
    }

    private static String word(SplittableRandom random, List<String> words) {
        StringBuilder word = new StringBuilder(words.get(random.nextInt(words.size())));
        for (int at = 0; at < word.length(); at++) {
            if (random.nextInt(3) == 0) {
                char c = word.charAt(at);
                word.setCharAt(
                        at,
                        random.nextBoolean() ? Character.toUpperCase(c) : Character.toLowerCase(c));
            }
        }
        return word.toString();
    }
}
