package io.yardmaster.dispatcher.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What can be said of the documentation without running anything.
class LinksTest {
    private static final Pattern LINK = Pattern.compile("(?<!!)\\[[^\\]\\[]*]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```$|`[^`\n]*`");

    private static final Pattern FENCED = Pattern.compile("(?ms)^ *```.*?^ *```$");

    /// What a fenced block may hold that is neither run nor printed by what is run.
    private static final Set<String> DATA = Set.of("json", "yaml", "text");

    private static final Pattern COMMAND =
            Pattern.compile(
                    "(?m)^[$#]? ?(?:[\\w./]*scripts/|yardmaster [a-z]|curl |redis-cli |mvn |git |sudo |"
                            + "systemctl |docker |python3 |ln -|FCALL|RPUSH |ACL SETUSER |"
                            + "(?:[\\d*/,-]+ +){4}[\\d*/,-]+ )");

    private static List<Path> pages() throws IOException {
        List<Path> pages =
                new ArrayList<>(
                        List.of(
                                DocsIT.ROOT.resolve("README.md"),
                                DocsIT.ROOT.resolve("CHANGELOG.md"),
                                DocsIT.ROOT.resolve("deploy/README.md")));
        try (Stream<Path> docs = Files.walk(DocsIT.ROOT.resolve("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        return pages;
    }

    @Test
    void every_link_within_the_documentation_leads_somewhere() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path page : pages()) {
            for (MatchResult link : LINK.matcher(prose(page)).results().toList()) {
                String target = link.group(1);
                if (target.matches("[a-z]+:.*")) {
                    continue;
                }
                String[] parts = target.split("#", 2);
                Path file = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
                if (!Files.exists(file)
                        || (parts.length == 2 && !anchors(file).contains(parts[1]))) {
                    broken.add(DocsIT.ROOT.relativize(page) + ": " + target);
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    private static String prose(Path page) throws IOException {
        return CODE.matcher(Files.readString(page)).replaceAll("");
    }

    /// As GitHub and GitLab make them of headings.
    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new HashSet<>();
        if (Files.isDirectory(page)) {
            return anchors;
        }
        Files.readString(page)
                .lines()
                .filter(line -> line.startsWith("#"))
                .map(line ->
                        line.replaceFirst("^#+\\s*", "")
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                                .replace(' ', '-'))
                .forEach(anchors::add);
        Pattern.compile("<a (?:id|name)=\"([^\"]+)\"")
                .matcher(Files.readString(page))
                .results()
                .forEach(each -> anchors.add(each.group(1)));
        return anchors;
    }

    @Test
    void every_page_is_listed_in_the_index() throws IOException {
        String index = Files.readString(DocsIT.ROOT.resolve("docs/README.md"));
        Path docs = DocsIT.ROOT.resolve("docs");
        List<String> missing =
                pages().stream()
                        .filter(page -> page.startsWith(docs))
                        .map(page -> docs.relativize(page).toString())
                        .filter(page -> !page.startsWith("adr/") && !page.endsWith("README.md"))
                        .filter(page -> !index.contains("(" + page + ")"))
                        .toList();
        assertEquals(List.of(), missing);
    }

    @Test
    void the_markers_of_every_page_are_understood_and_few_blocks_are_left_out() throws IOException {
        for (String name : DocsIT.all()) {
            if (!name.matches("README\\.md|docs/tutorial\\.md|docs/how-to/.*")) {
                continue;
            }
            Page page = Page.read(DocsIT.ROOT, name);
            long skipped =
                    page.blocks().stream()
                            .filter(block -> block.how() instanceof Page.How.Skipped)
                            .count();
            assertTrue(page.blocks().size() > 5, name + " has hardly any commands");
            assertTrue(skipped <= 3, name + " leaves out " + skipped + " blocks");
        }
    }

    /// [DocsIT] and [TutorialIT] run each block that [Page] takes for commands and that has no
    /// reason not to be run; so nothing that looks like a command may stand anywhere else.
    @Test
    void every_command_of_every_page_is_run_or_says_why_not() throws IOException {
        List<String> unrun = new ArrayList<>();
        for (String name : DocsIT.all()) {
            for (Page.Other other : Page.read(DocsIT.ROOT, name).others()) {
                if (!DATA.contains(other.language()) || COMMAND.matcher(other.text()).find()) {
                    unrun.add(name + ":" + other.line());
                }
            }
            String unfenced = FENCED.matcher(text(name)).replaceAll("");
            if (Pattern.compile("(?m)^ {4,}" + COMMAND.pattern().substring(5))
                    .matcher(unfenced)
                    .find()) {
                unrun.add(name + ": commands that are indented instead of fenced");
            }
        }
        assertEquals(List.of(), unrun);
        assertTrue(COMMAND.matcher("a\n$ scripts/yardmaster depth\n").find());
        assertTrue(!DATA.contains("sh") && !DATA.contains("") && !DATA.contains("bash"));
    }

    /// Comments with hidden commands are no prose.
    private static String text(String name) throws IOException {
        return Files.readString(DocsIT.ROOT.resolve(name)).replaceAll("(?s)<!--.*?-->", "");
    }

    @Test
    void what_varies_is_taken_as_equal_and_nothing_else() {
        String page =
                """
                queued VbasXpDUeDUxEzLU at 2026-11-21T08:27:21.775Z (1.5s ago)
                serving on http://127.0.0.1:8080 with Redis redis://127.0.0.1:44187 ...
                ...
                default  low  1  0   720ms
                paused 4.2 s ago
                waitedMs   460
                """;
        String run =
                """
                queued kD5QvxhdUQOxHn3KmMHK8qj at 2027-01-01T00:00:00Z (12ms ago)
                serving on http://127.0.0.1:8080 with Redis redis://127.0.0.1:39999 now
                more
                and more
                default  low  1  0   9.1s
                paused 11 s ago
                waitedMs   3097
                """;
        assertTrue(Output.matches(page, run, true), Output.plain(run));
        assertTrue(!Output.matches(page, run.replace("low  1", "low  2"), true));
        assertTrue(!Output.matches(page, run + "and a warning\n", true));
        assertTrue(Output.matches(page, "before\n" + run + "and a warning\n", false));
    }
}
