package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.api.Api.Reply;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagesTest {
    /// Of markup, relative to the page; of modules, relative to themselves.
    private static final Pattern LINK =
            Pattern.compile(
                    "(?:(?:src|href)=|(from\\s*|import\\s*\\(?))\"([a-z0-9./-]+\\.[a-z]+)\"");

    private static final Api api = new Api("");

    @AfterAll
    static void stop() {
        api.close();
    }

    private static String text(Reply reply) {
        return new String(reply.http().body(), UTF_8);
    }

    /// Follows every address from the first page on, as a browser would.
    @Test
    void every_file_that_the_dashboard_names_is_served() {
        Set<String> seen = new LinkedHashSet<>();
        Deque<String> open = new ArrayDeque<>(Set.of("/"));
        while (!open.isEmpty()) {
            String path = open.removeFirst();
            if (!seen.add(path) || path.equals("/openapi.yml")) {
                continue;
            }
            Reply reply = api.get(path).is(200);
            assertEquals("no-cache", reply.header("Cache-Control"), path);
            assertTrue(reply.header("Content-Security-Policy").startsWith("default-src 'self'"));
            if (path.endsWith(".css") || path.endsWith(".svg")) {
                continue;
            }
            Matcher links = LINK.matcher(text(reply));
            while (links.find()) {
                String base = links.group(1) == null ? "/" : path;
                open.add(URI.create(base).resolve(links.group(2)).getPath());
            }
        }
        assertTrue(seen.contains("/vendor/preact.js"), seen.toString());
        assertTrue(seen.contains("/pages/queue.js"), seen.toString());
        assertTrue(seen.size() > 30, seen.toString());
    }

    @Test
    void a_file_that_the_browser_has_is_not_sent_again() {
        Reply first = api.get("/lib/router.js").is(200);
        assertEquals("text/javascript; charset=utf-8", first.header("Content-Type"));
        Reply again = api.get("/lib/router.js", "If-None-Match", first.header("ETag")).is(304);
        assertEquals(0, again.http().body().length);
        api.get("/lib/router.js", "If-None-Match", "\"other\"").is(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/lib/nope.js",
                "/lib/%2e%2e/index.html",
                "/lib/..%2findex.html",
                "/lib/vendor%2fpreact.js",
                "/vendor/README.md",
                "/vendor/SHA256SUMS",
                "/vendor/refresh.sh",
                "/application.yml",
                "/lib/Router.js",
                "/nope/router.js",
                "/v1/nope"
            })
    void what_is_no_file_of_the_dashboard_is_not_found(String path) {
        assertEquals("not-found", api.get(path).is(404).problem());
    }
}
