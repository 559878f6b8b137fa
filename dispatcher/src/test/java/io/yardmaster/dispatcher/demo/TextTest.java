package io.yardmaster.dispatcher.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TextTest {
    private static final Progress.State START = new Progress.State(0, Map.of(), Map.of(), Map.of());
    private static final Progress.State LATER =
            new Progress.State(
                    2,
                    Map.of(Lane.LOW, new DispatcherApi.Queue(300, 4, 0, 0, 100)),
                    Map.of("pi", 16L, "desktop", 84L),
                    Map.of(Lane.LOW, 100L));

    @Test
    void first_column_is_left_and_figures_are_right() {
        assertEquals(
                """
                  node     requests
                  pi              7
                  desktop       100
                """,
                new TextTable("node", "requests").row("pi", "7").row("desktop", "100").render());
    }

    @Test
    void row_of_another_width_is_refused() {
        assertThrows(IllegalArgumentException.class, () -> new TextTable("a", "b").row("1"));
    }

    @Test
    void progress_shows_rates_since_the_line_before() {
        String line = Progress.line(START, LATER, 100, 1000);
        assertTrue(line.contains("100/1000"), line);
        assertTrue(line.matches(".*\\b300 \\|.*\\b50 \\|\\s+8\\s+0\\s+42"), line);
    }

    @Test
    void progress_in_a_pipe_has_no_control_characters() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Progress progress =
                new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), false);
        progress.head();
        progress.show(LATER, 1, 10);
        progress.show(LATER, 2, 10);
        String text = bytes.toString(StandardCharsets.UTF_8);
        assertEquals(3, text.lines().count());
        assertFalse(text.contains("\r") || text.contains("\033"), text);
    }
}
