package io.yardmaster.dispatcher.cli;

import java.io.IOException;

/// Turns what a terminal sends into names of keys. An `Esc` is told from the start of a sequence by
/// the pause or by what comes after it. Not thread-safe.
final class KeyDecoder {
    private static final int ESC = 27;
    private static final int NOTHING = -2;
    private static final int PAUSE_MILLIS = 40;

    /// Reads one character.
    interface Source {
        /// @param millis how long to wait
        /// @return the character, -1 at the end of input, -2 when none came in time
        int read(long millis) throws IOException;
    }

    static final String NONE = "";
    static final String END = "ctrl-c";

    private final Source source;

    /// What was read after an `Esc` and did not belong to it.
    private int kept = NOTHING;

    KeyDecoder(Source source) {
        this.source = source;
    }

    /// The next key.
    ///
    /// @return one printable character, a name such as `up`, or [#NONE] when none came in time
    String next(long millis) throws IOException {
        int c = kept == NOTHING ? source.read(millis) : kept;
        kept = NOTHING;
        return switch (c) {
            case NOTHING -> NONE;
            case -1, 3, 4 -> END;
            case 9 -> "tab";
            case 10, 13 -> "enter";
            case 8, 127 -> "backspace";
            case ESC -> sequence();
            default -> c < ' ' ? NONE : String.valueOf((char) c);
        };
    }

    private String sequence() throws IOException {
        int second = source.read(PAUSE_MILLIS);
        if (second != '[' && second != 'O') {
            kept = second;
            return "esc";
        }
        StringBuilder rest = new StringBuilder();
        for (int c = source.read(PAUSE_MILLIS); c >= 0 && rest.length() < 12; ) {
            rest.append((char) c);
            if (c >= '@' && c <= '~') {
                break;
            }
            c = source.read(PAUSE_MILLIS);
        }
        return switch (rest.toString()) {
            case "A" -> "up";
            case "B" -> "down";
            case "C" -> "right";
            case "D" -> "left";
            case "H", "1~" -> "home";
            case "F", "4~" -> "end";
            case "5~" -> "pgup";
            case "6~" -> "pgdn";
            case "Z" -> "backtab";
            default -> NONE;
        };
    }
}
