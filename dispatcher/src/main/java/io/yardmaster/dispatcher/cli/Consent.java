package io.yardmaster.dispatcher.cli;

import java.io.IOException;
import java.util.List;

/// Asks a person before something that cannot be undone.
final class Consent {
    private static final int LONGEST_ANSWER = 64;

    private final Shell shell;

    Consent(Shell shell) {
        this.shell = shell;
    }

    /// Returns only when the answer is yes.
    ///
    /// @param question ends with a question mark
    /// @param repeat the exact command that does it without asking
    /// @throws Failure (usage) when there is nobody to ask; (failed) when the answer is not yes
    void ask(String question, String repeat) {
        if (!shell.tty().input()) {
            throw Failure.usage(
                    "not done: this cannot be undone",
                    "standard input is not a terminal, so nobody can be asked",
                    repeat);
        }
        shell.err().print(Printable.line(question) + " [y/N] ");
        shell.err().flush();
        String answer = line().strip();
        if (!answer.equalsIgnoreCase("y") && !answer.equalsIgnoreCase("yes")) {
            throw Failure.failed("not done", List.of("the answer was not yes"), "");
        }
    }

    private String line() {
        StringBuilder line = new StringBuilder();
        try {
            for (int c = shell.streams().in().read();
                    c >= 0 && c != '\n' && line.length() < LONGEST_ANSWER;
                    c = shell.streams().in().read()) {
                line.append((char) c);
            }
        } catch (IOException e) {
            return "";
        }
        return line.toString();
    }
}
