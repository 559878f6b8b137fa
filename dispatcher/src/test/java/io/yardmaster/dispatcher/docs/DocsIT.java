package io.yardmaster.dispatcher.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each command of the README and the how-tos, in the order of the page. One page alone:
/// `scripts/test --only DocsIT -Dyardmaster.docs=docs/how-to/cron.md`
@Tag("long")
class DocsIT {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    static List<String> pages() throws IOException {
        String only = System.getProperty("yardmaster.docs", "");
        if (!only.isEmpty()) {
            return List.of(only);
        }
        try (Stream<Path> recipes = Files.list(ROOT.resolve("docs/how-to"))) {
            return Stream.concat(
                            Stream.of("README.md"),
                            recipes.map(page -> ROOT.relativize(page).toString()).sorted())
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
