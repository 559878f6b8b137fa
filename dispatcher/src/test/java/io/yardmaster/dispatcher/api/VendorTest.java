package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The code of others that the dashboard brings along, and what our Content-Security-Policy forbids
/// to our own.
class VendorTest {
    private static final Path DASHBOARD = Path.of("src/main/resources/dashboard");
    private static final Path VENDOR = DASHBOARD.resolve("vendor");
    private static final Pattern INLINE =
            Pattern.compile(
                    "<style|\\bstyle=[\"']|\\son[a-z]+=[\"']|<script(?![^>]*\\ssrc=)|javascript:");
    private static final Pattern EVALUATED =
            Pattern.compile("\\beval\\(|new Function\\b|dangerouslySetInnerHTML");
    private static final Pattern ABSOLUTE =
            Pattern.compile("(src|href|from|import\\()\\s*=?\\s*[\"'](https?:)?/");

    @Test
    void vendored_files_are_those_that_the_recipe_made() throws IOException {
        Map<String, String> expected = new TreeMap<>();
        for (String line : Files.readAllLines(VENDOR.resolve("SHA256SUMS"))) {
            String[] parts = line.split(" +", -1);
            expected.put(parts[1], parts[0]);
        }
        Map<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.list(VENDOR)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                if (name.startsWith("LICENSE-") || name.endsWith(".js") || name.endsWith(".css")) {
                    found.put(name, sha256(file));
                }
            }
        }
        assertTrue(expected.size() > 5, expected.toString());
        assertEquals(expected, found);
    }

    @Test
    void nothing_of_the_dashboard_needs_what_the_policy_forbids() throws IOException {
        try (Stream<Path> files = Files.walk(DASHBOARD)) {
            for (Path file : files.filter(VendorTest::ours).toList()) {
                String text = Files.readString(file, UTF_8);
                assertEquals("", first(INLINE, text), file + ": inline");
                assertEquals("", first(EVALUATED, text), file + ": text run as code");
                assertEquals("", first(ABSOLUTE, text), file + ": an address not relative");
            }
        }
    }

    private static boolean ours(Path file) {
        String name = file.toString();
        return !file.startsWith(VENDOR) && (name.endsWith(".js") || name.endsWith(".html"));
    }

    private static String first(Pattern pattern, String text) {
        var matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group() : "";
    }

    private static String sha256(Path file) throws IOException {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
