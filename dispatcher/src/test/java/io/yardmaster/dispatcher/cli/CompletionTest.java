package io.yardmaster.dispatcher.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The completion scripts in the shells that they are for. A stand-in for the program answers
/// `__names`.
final class CompletionTest {
    @TempDir private Path dir;

    private Path program;

    @BeforeEach
    void standIn() throws Exception {
        program = dir.resolve("yardmaster");
        Files.writeString(
                program,
                "#!/bin/sh\n[ \"$1\" = __names ] && printf '%s-1\\n%s-2\\n' \"$2\" \"$2\"\n");
        assertTrue(program.toFile().setExecutable(true));
    }

    private static void needs(String shell) {
        Assumptions.assumeTrue(RealShell.has(shell), shell + " is not installed");
    }

    private Path script(String name, String text) throws Exception {
        return Files.writeString(dir.resolve(name), text);
    }

    private static Set<String> words(String text) {
        Set<String> words = new TreeSet<>(Arrays.asList(text.strip().split("\\s+", -1)));
        words.remove("");
        return words;
    }

    private Set<String> bash(String... typed) throws Exception {
        Path script = script("c.bash", BashScript.of(CliPagesTest.program()));
        String test =
                "source "
                        + script
                        + "\n"
                        + "COMP_WORDS=(\"$@\")\n"
                        + "COMP_CWORD=$(($# - 1))\n"
                        + "_yardmaster\n"
                        + "printf '%s\\n' \"${COMPREPLY[@]}\"";
        List<String> command =
                new java.util.ArrayList<>(List.of("bash", "-c", test, "bash", program.toString()));
        command.addAll(List.of(typed));
        RealShell.Said said = RealShell.run(command, "");
        assertEquals("", said.err());
        return words(said.out());
    }

    @Test
    void bash_completes_commands_options_values_and_names() throws Exception {
        needs("bash");
        assertEquals(words("demo depth dead"), bash("de"));
        assertEquals(words("list retry drop"), bash("dead", ""));
        assertEquals(words("--priority"), bash("dead", "list", "--pri"));
        assertEquals(words("high"), bash("dead", "list", "--priority", "h"));
        assertEquals(words("high"), bash("dead", "list", "--priority", "=", "h"));
        assertEquals(words("queues-1 queues-2"), bash("pause", "qu"));
        assertEquals(words("services-1 services-2"), bash("bulk", "retry", "--service", "="));
        assertEquals(words("nodes-1 nodes-2"), bash("nodes", "drain", ""));
        assertEquals(words(""), bash("enqueue", "--id", ""));
        assertTrue(bash("--").contains("--url"));
    }

    @Test
    void zsh_completes_commands_options_values_and_names() throws Exception {
        needs("zsh");
        Path script = script("c.zsh", ZshScript.of(CliPagesTest.program()));
        String test =
                """
                compdef() { : }
                source %s
                compset() { PREFIX=${PREFIX#*=} }
                compadd() { shift; print -r -- ${(P)1} }
                _describe() { local a=${@[-1]}; print -rl -- ${${(P)a}%%%%:*} }
                _files() { print files }
                typed() { words=(%s "$@"); CURRENT=$#words; PREFIX=${words[-1]}; print -r -- $(_yardmaster) }
                typed dead ''
                typed dead list --priority ''
                typed dead list --priority=
                typed pause ''
                typed nodes drain ''
                typed depth --
                typed serve --config ''
                """
                        .formatted(script, program);
        RealShell.Said said =
                RealShell.run(List.of("zsh", "-f", script("t.zsh", test).toString()), "");
        assertEquals("", said.err());
        List<String> lines = said.out().lines().toList();
        assertEquals(words("list retry drop"), words(lines.get(0)));
        assertEquals("critical high normal low", lines.get(1));
        assertEquals("critical high normal low", lines.get(2));
        assertEquals("queues-1 queues-2", lines.get(3));
        assertEquals("nodes-1 nodes-2", lines.get(4));
        assertTrue(lines.get(5).contains("--watch"), lines.get(5));
        assertEquals("files", lines.get(6));
    }

    @Test
    void fish_completes_commands_options_values_and_names() throws Exception {
        needs("fish");
        Path script = script("c.fish", FishScript.of(CliPagesTest.program()));
        String test =
                """
                set PATH %s $PATH
                source %s
                function typed; complete -C $argv | string replace -r '\\t.*' '' | string join ' '; end
                typed 'yardmaster dep'
                typed 'yardmaster dead '
                typed 'yardmaster dead list --prio'
                typed 'yardmaster dead list --priority h'
                typed 'yardmaster pause '
                typed 'yardmaster nodes drain '
                """
                        .formatted(dir, script);
        RealShell.Said said =
                RealShell.run(
                        List.of("fish", "--no-config", script("t.fish", test).toString()),
                        "",
                        java.util.Map.of(
                                "HOME", dir.toString(), "XDG_CONFIG_HOME", dir.toString()));
        assertEquals("", said.err());
        List<String> lines = said.out().lines().toList();
        assertEquals("depth", lines.get(0));
        assertTrue(words(lines.get(1)).containsAll(words("list retry drop")), lines.get(1));
        assertEquals("--priority", lines.get(2));
        assertTrue(words(lines.get(3)).contains("high"), lines.get(3));
        assertEquals(words("queues-1 queues-2"), words(lines.get(4)));
        assertEquals(words("nodes-1 nodes-2"), words(lines.get(5)));
    }
}
