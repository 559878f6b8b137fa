package io.yardmaster.dispatcher.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each command of every page but the tutorial's ([TutorialIT]), in the order of the page. One page
/// alone: `scripts/test --only DocsIT -Dyardmaster.docs=docs/how-to/cron.md`
@Tag("long")
class DocsIT {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    static final Set<String> GENERATED = Set.of("docs/reference/api.md", "docs/reference/cli.md");

    static List<String> pages() throws IOException {
        String only = System.getProperty("yardmaster.docs", "");
        if (!only.isEmpty()) {
            return List.of(only);
        }
        List<String> pages = new ArrayList<>();
        for (String name : all()) {
            boolean runs =
                    Page.read(ROOT, name).blocks().stream()
                            .anyMatch(block -> !(block.how() instanceof Page.How.Skipped));
            if (runs && !name.equals("docs/tutorial.md")) {
                pages.add(name);
            }
        }
        return pages;
    }

    /// What is written for people, but for pages that are made from the program: their examples are
    /// looked at by `ExamplesTest`.
    static List<String> all() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(
                            Stream.of("README.md", "deploy/README.md"),
                            docs.map(page -> ROOT.relativize(page).toString())
                                    .filter(page -> page.endsWith(".md"))
                                    .filter(page -> !GENERATED.contains(page))
                                    .sorted())
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void every_command_works_and_prints_what_the_page_says(String name) throws Exception {
        Page page = Page.read(ROOT, name);
        try (Terminal terminal = new Terminal(page)) {
            terminal.run(page);
        }
    }
}
