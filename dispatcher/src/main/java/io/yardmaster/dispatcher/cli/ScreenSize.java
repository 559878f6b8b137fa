package io.yardmaster.dispatcher.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/// How large the person's screen is.
///
/// @param columns characters in a row
/// @param rows rows
record ScreenSize(int columns, int rows) {
    /// What is believed when nobody says: nothing is cut.
    private static final ScreenSize ENDLESS = new ScreenSize(Integer.MAX_VALUE, Integer.MAX_VALUE);

    private static final int LONGEST_MILLIS = 500;

    /// Asks the terminal of standard input by way of `stty`, a process of some milliseconds.
    static ScreenSize ask() {
        try {
            Process stty =
                    new ProcessBuilder("stty", "size")
                            .redirectInput(ProcessBuilder.Redirect.INHERIT)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (!stty.waitFor(LONGEST_MILLIS, TimeUnit.MILLISECONDS)) {
                stty.destroyForcibly();
                return ENDLESS;
            }
            return read(
                    new String(stty.getInputStream().readNBytes(40), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            return ENDLESS;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return ENDLESS;
        }
    }

    /// `24 80` is 24 rows of 80 columns; a size of 0 means that the terminal does not know.
    private static ScreenSize read(String answer) {
        String[] words = answer.strip().split(" ", -1);
        try {
            int rows = Integer.parseInt(words[0]);
            int columns = Integer.parseInt(words[words.length - 1]);
            return words.length == 2 && rows > 0 && columns > 0
                    ? new ScreenSize(columns, rows)
                    : ENDLESS;
        } catch (NumberFormatException e) {
            return ENDLESS;
        }
    }
}
