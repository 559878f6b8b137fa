package io.yardmaster.dispatcher.cli;

/// Colours text with ANSI sequences, or leaves it as it is.
///
/// @param on whether to colour
record Ink(boolean on) {

    /// What a colour says; the sequence is the SGR parameter.
    enum Tone {
        PLAIN(""),
        GOOD("32"),
        WARN("33"),
        BAD("31"),
        DIM("2"),
        BOLD("1");

        private final String code;

        Tone(String code) {
            this.code = code;
        }
    }

    String paint(Tone tone, String text) {
        return !on || tone == Tone.PLAIN || text.isEmpty()
                ? text
                : "\u001b[" + tone.code + "m" + text + "\u001b[0m";
    }

    /// The tone of a request's, node's or breaker's state.
    static Tone ofState(String state) {
        return switch (state) {
            case "healthy", "succeeded" -> Tone.GOOD;
            case "unhealthy", "open", "dead" -> Tone.BAD;
            case "draining", "half-open", "cancelled", "expired" -> Tone.WARN;
            case "unknown", "-" -> Tone.DIM;
            default -> Tone.PLAIN; // states that a newer server may add
        };
    }
}
