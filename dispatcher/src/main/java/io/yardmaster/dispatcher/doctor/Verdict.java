package io.yardmaster.dispatcher.doctor;

/// What a look found.
public sealed interface Verdict {
    /// What was found, in plain words.
    String found();

    /// How it is to be.
    record Ok(String found) implements Verdict {}

    /// It works, and will not in some circumstance.
    ///
    /// @param fix a command or setting
    record Warn(String found, String fix) implements Verdict {}

    /// A promise is broken, or will be by the next crash.
    ///
    /// @param fix a command or setting
    record Fail(String found, String fix) implements Verdict {}

    /// `ok`, `warn` or `fail`.
    default String level() {
        return switch (this) {
            case Ok _ -> "ok";
            case Warn _ -> "warn";
            case Fail _ -> "fail";
        };
    }

    /// Empty when nothing is to be done.
    default String remedy() {
        return switch (this) {
            case Ok _ -> "";
            case Warn(_, String fix) -> fix;
            case Fail(_, String fix) -> fix;
        };
    }
}
