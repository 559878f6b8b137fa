package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// The manual pages and the reference are those of the program. After a change of the commands
/// write them anew with `mvn -pl dispatcher test -Dtest=CliPagesTest -Dpages.write`.
final class CliPagesTest {
    private static final Path DOCS = Path.of(System.getProperty("basedir", ".")).resolve("../docs");
    private static final String HINT =
            "write it anew: mvn -pl dispatcher -am test -Dtest=CliPagesTest -Dpages.write"
                    + " -Dsurefire.failIfNoSpecifiedTests=false";

    static Page program() {
        return Page.of(Commands.tree(Shell.system(), new String[0]));
    }

    private static void current(Path file, String expected) throws IOException {
        if (System.getProperty("pages.write") != null) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, expected);
        }
        assertEquals(
                expected, Files.exists(file) ? Files.readString(file) : "", file + ": " + HINT);
    }

    @Test
    void the_reference_is_current() throws IOException {
        current(DOCS.resolve("reference/cli.md"), CliReference.markdown(program()));
    }

    @Test
    void the_manual_pages_are_current() throws IOException {
        Map<String, String> pages = ManPages.of(program());
        for (var page : pages.entrySet()) {
            current(DOCS.resolve("man").resolve(page.getKey()), page.getValue());
        }
        try (Stream<Path> files = Files.list(DOCS.resolve("man"))) {
            assertEquals(
                    new TreeSet<>(pages.keySet()),
                    new TreeSet<>(files.map(file -> file.getFileName().toString()).toList()));
        }
    }

    @Test
    void every_command_and_option_is_described() {
        for (Page page : program().all()) {
            assertTrue(!page.description().isEmpty(), page.name());
            for (Page.Arg arg : page.options()) {
                assertTrue(arg.description().endsWith("."), page.name() + " " + arg.typed());
            }
            for (Page.Arg arg : page.parameters()) {
                assertTrue(arg.description().endsWith("."), page.name() + " " + arg.typed());
            }
        }
    }

    /// groff warns of what it does not understand; it must have nothing to say.
    @Test
    void groff_accepts_the_manual_pages() throws Exception {
        accepted(List.of("groff", "-man", "-ww", "-Tutf8", "-z"));
    }

    @Test
    void mandoc_accepts_the_manual_pages() throws Exception {
        accepted(List.of("mandoc", "-Tlint", "-Wwarning"));
    }

    private static void accepted(List<String> command) throws Exception {
        Assumptions.assumeTrue(
                RealShell.has(command.getFirst()), command.getFirst() + " is not installed");
        for (String page : ManPages.of(program()).values()) {
            RealShell.Said said = RealShell.run(command, page);
            assertEquals("", said.out() + said.err(), page.lines().skip(1).findFirst().orElse(""));
        }
    }

    @Test
    void pages_are_printed_and_installed() throws IOException {
        Path dir = Files.createTempDirectory("man");
        StringWriter out = new StringWriter();
        Shell here = Shell.system();
        Shell shell =
                new Shell(
                        new Shell.Streams(
                                here.streams().in(), new PrintWriter(out), new PrintWriter(out)),
                        Map.of(),
                        new Shell.Tty(false, false),
                        here.time());
        assertEquals(0, Cli.run(new String[] {"man", "depth"}, shell));
        assertTrue(out.toString().contains(".TH YARDMASTER-DEPTH 1"), out.toString());
        assertEquals(0, Cli.run(new String[] {"man", "--install=" + dir}, shell));
        assertTrue(Files.exists(dir.resolve("man1/yardmaster-dead.1")));
        assertEquals(2, Cli.run(new String[] {"man", "dpeth"}, shell));
    }
}
