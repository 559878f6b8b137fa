package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// Every command line of ours that stands anywhere in the documentation is one that the program
/// understands: in blocks, in prose, with a placeholder, and where it can't be run.
final class ExamplesTest {
    private static final Path ROOT = Path.of(System.getProperty("basedir", "."), "..");

    /// At the begin of a line of a block or of code in prose, or behind a pipe and the like. Its
    /// end is what the shell would end it at, or two blanks, which set off a remark.
    private static final Pattern IN_BLOCKS =
            Pattern.compile(
                    "(?m)(?:^ *(?:\\$ )?|[|&;(] *)(?:[\\w./]*scripts/)?yardmaster ((?:'[^']*'|\"[^\"]*\"|\\\\\n"
                            + "|<<|(?!  )[^|&;()<>#\n'\"])+)");

    private static final Pattern IN_PROSE =
            Pattern.compile("(?<!`)`(?:scripts/)?yardmaster ([^`|&;<>…]+)`");

    private static final Pattern WORD = Pattern.compile("(?:'[^']*'|\"[^\"]*\"|[^\\s'\"])+");

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(
                            Stream.of(ROOT.resolve("README.md"), ROOT.resolve("deploy/README.md")),
                            docs.filter(page -> page.toString().endsWith(".md")).sorted())
                    .toList();
        }
    }

    @Test
    void every_line_of_every_block_is_understood() throws IOException {
        List<String> wrong = new ArrayList<>();
        int lines = 0;
        for (Path page : pages()) {
            String text = Files.readString(page);
            for (MatchResult each : IN_BLOCKS.matcher(text).results().toList()) {
                if (!each.group(1).contains("[OPTION]...")) {
                    lines++;
                    complaint(each.group(1), false)
                            .ifPresent(
                                    said -> wrong.add(page + ": " + each.group(1) + ": " + said));
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(lines > 150, lines + " lines are hardly all");
    }

    /// Prose names commands without their arguments too.
    @Test
    void every_command_in_prose_is_understood() throws IOException {
        List<String> wrong = new ArrayList<>();
        int lines = 0;
        for (Path page : pages()) {
            String text = Files.readString(page);
            for (MatchResult each : IN_PROSE.matcher(text).results().toList()) {
                if (!each.group(1).contains("COMMAND")) {
                    lines++;
                    complaint(each.group(1), true)
                            .ifPresent(
                                    said -> wrong.add(page + ": " + each.group(1) + ": " + said));
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(lines > 25, lines + " lines are hardly all");
    }

    @Test
    void what_the_program_does_not_understand_is_found() {
        assertEquals(Optional.empty(), complaint("depth --watch=1s", false));
        assertTrue(complaint("depth --wotch=1s", false).isPresent());
        assertTrue(complaint("dpeth", true).isPresent());
        assertTrue(complaint("cancel", false).isPresent());
        assertEquals(Optional.empty(), complaint("cancel", true));
        MatchResult match =
                IN_BLOCKS
                        .matcher("a | scripts/yardmaster get ID \\\n --json   # words\n")
                        .results()
                        .findFirst()
                        .orElseThrow();
        assertEquals(List.of("get", "ID", "--json"), words(match.group(1)));
    }

    private static List<String> words(String line) {
        return WORD.matcher(line.replace("\\\n", " "))
                .results()
                .map(word -> word.group().replaceAll("['\"]", ""))
                .toList();
    }

    private static Optional<String> complaint(String line, boolean incomplete) {
        String[] args = words(line).toArray(String[]::new);
        try {
            Commands.tree(Shell.system(), args).parseArgs(args);
            return Optional.empty();
        } catch (CommandLine.MissingParameterException e) {
            return incomplete ? Optional.empty() : Optional.of(String.valueOf(e.getMessage()));
        } catch (CommandLine.ParameterException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }
}
