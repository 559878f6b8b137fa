package io.yardmaster.dispatcher.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The commands of one page of documentation, in order.
///
/// A block of commands is fenced as `sh`. Comments above it, which readers do not see, say how it
/// is run; without one it must end with exit code 0:
///
/// - `<!-- run: background -->`: goes on until the page ends; the next block waits until it has
///   printed what stands below it. `<!-- run: background, ready: COMMAND -->` waits for a command.
/// - `<!-- run: fails -->`: must end with another exit code.
/// - `<!-- run: skip, REASON -->`: can't be run here.
/// - `<!-- run: crontab -->` above lines of a crontab: their commands, one after the other.
/// - `<!-- run: redis -->` above commands of Redis: they are given to the embedded server.
/// - `<!-- run: rest_command, NAME=VALUE, ... -->` above a block of YAML: Home Assistant's calls.
///
/// A comment that begins with `<!-- before: HOW` (as after `run:`, or nothing) holds commands in
/// its further lines: what the page takes for granted, or a look at what its commands did.
///
/// `<!-- faster: TEXT = OTHER -->`, anywhere, hurries a machine of the page for the test, and `<!--
/// here: TEXT = OTHER -->` names one that is here for one that is not.
///
/// A block without a language right below the commands is what they print. It is compared (see
/// [Output]) unless `<!-- output: REASON -->` stands above it.
///
/// @param others the fenced blocks that are neither commands nor what commands print
record Page(String name, List<Block> blocks, List<Other> others) {
    private static final Pattern OTHERWISE =
            Pattern.compile("<!-- (?:faster|here): (.+) = (.+) -->");

    /// @param line where its fence begins
    record Other(int line, String language, String text) {}

    /// @param line where its fence begins
    /// @param printed what the page says that it prints
    record Block(int line, How how, String text, Optional<String> printed) {}

    /// How a block is run.
    sealed interface How {
        record Foreground() implements How {}

        record Failing() implements How {}

        /// @param ready a command that succeeds once it may go on; empty: when it has printed
        record Background(String ready) implements How {}

        record Skipped(String reason) implements How {}

        record RestCommand(List<String> values) implements How {}
    }

    static Page read(Path root, String name) throws IOException {
        List<Block> blocks = new ArrayList<>();
        List<Other> others = new ArrayList<>();
        String page = Files.readString(root.resolve(name));
        for (MatchResult each : OTHERWISE.matcher(page).results().toList()) {
            page = page.replace(each.group(1), each.group(2));
        }
        List<String> lines = page.lines().toList();
        Optional<String> comment = Optional.empty();
        boolean printable = false; // the last thing was a block of commands
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.startsWith("<!-- before:")) {
                int begin = i;
                Optional<String> how = Optional.of("run:" + line.substring(12));
                StringBuilder text = new StringBuilder();
                for (i++; !lines.get(i).equals("-->"); i++) {
                    text.append(lines.get(i)).append('\n');
                }
                blocks.add(
                        new Block(
                                begin + 1,
                                how(name + ":" + (begin + 1), how),
                                text.toString(),
                                Optional.empty()));
                printable = false;
            } else if (line.startsWith("<!-- run:") || line.startsWith("<!-- output:")) {
                comment = Optional.of(line.substring(5, line.length() - 3).strip());
            } else if (line.startsWith("```")) {
                int begin = i;
                StringBuilder text = new StringBuilder();
                for (i++; !lines.get(i).strip().startsWith("```"); i++) {
                    text.append(lines.get(i)).append('\n');
                }
                String inside = text.toString().stripIndent();
                String language = line.substring(3).strip();
                String where = name + ":" + (begin + 1);
                boolean run =
                        language.equals("sh")
                                || comment.filter(c -> c.startsWith("run:")).isPresent();
                if (run) {
                    blocks.add(
                            new Block(
                                    begin + 1,
                                    how(where, comment),
                                    switch (comment.orElse("")) {
                                        case "run: crontab" -> commands(inside);
                                        case "run: redis" -> redis(inside);
                                        default -> inside;
                                    },
                                    Optional.empty()));
                } else if (language.isEmpty() && printable && comment.isEmpty()) {
                    Block last = blocks.removeLast();
                    blocks.add(
                            new Block(last.line(), last.how(), last.text(), Optional.of(inside)));
                } else if (comment.isEmpty()) {
                    others.add(new Other(begin + 1, language, inside));
                }
                printable = run;
                comment = Optional.empty();
            } else if (!line.isBlank()) {
                printable = false;
                if (comment.isPresent()) {
                    throw new AssertionError(name + ":" + (i + 1) + ": a marker without a block");
                }
            }
        }
        return new Page(name, List.copyOf(blocks), List.copyOf(others));
    }

    /// What cron would run: without the five fields of time, and with `\\%` for `%`.
    private static String commands(String crontab) {
        return crontab.lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> line.replaceFirst("(?:\\S+\\s+){5}", "").replace("\\%", "%"))
                .collect(Collectors.joining("\n", "", "\n"));
    }

    /// An answer that begins with a word in capitals is an error.
    private static String redis(String commands) {
        return """
        said=$(redis-cli -p "$(cat data/redis.port)" <<'END'
        %sEND
        )
        printf '%%s\\n' "$said"
        ! grep -E '^[A-Z]+ ' <<< "$said"
        """
                .formatted(commands);
    }

    private static How how(String where, Optional<String> comment) {
        String text = comment.map(c -> c.replaceFirst("^run:\\s*", "")).orElse("");
        String word = text.replaceFirst(",.*", "");
        String rest = text.substring(word.length()).replaceFirst("^,\\s*", "");
        return switch (word) {
            case "", "crontab", "redis" -> new How.Foreground();
            case "fails" -> new How.Failing();
            case "background" -> new How.Background(rest.replaceFirst("^ready:\\s*", ""));
            case "rest_command" -> new How.RestCommand(List.of(rest.split("\\s*,\\s*", -1)));
            case "skip" -> {
                if (rest.isBlank()) {
                    throw new AssertionError(where + ": skip without a reason");
                }
                yield new How.Skipped(rest);
            }
            default -> throw new AssertionError(where + ": unknown marker " + comment);
        };
    }
}
