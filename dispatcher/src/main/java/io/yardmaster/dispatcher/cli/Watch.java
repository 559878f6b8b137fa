package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Draws a list again and again: on a screen in place, cut to its size; elsewhere one block after
/// the other, whole; with `--json` one answer a line. A dispatcher that goes away after the first
/// answer is waited for.
final class Watch {
    private static final long SHORTEST_MILLIS = 100;
    private static final String NO_WRAP = "\u001b[?7l";
    private static final String WRAP = "\u001b[?7h";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE_END = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";

    private final Shell shell;
    private final ApiClient api;
    private final boolean json;
    private final View view;
    private final boolean screen;
    private List<String> lastTable = List.of();
    private long lastSuccess;

    Watch(Shell shell, ApiClient api, boolean json, View view) {
        this.shell = shell;
        this.view = view;
        this.api = api;
        this.json = json;
        this.screen = shell.tty().output() && !json && !"dumb".equals(shell.env().get("TERM"));
    }

    /// Draws until the count is reached or the reader is gone.
    ///
    /// @param every the pause between two drawings; at least 100 ms are kept
    /// @param count how many drawings
    /// @return 0
    /// @throws Failure when the first reading fails, or a later one is refused for good
    int run(Duration every, long count) throws InterruptedException {
        Thread end = new Thread(this::endedByPerson, "watch-end");
        Runtime.getRuntime().addShutdownHook(end);
        try {
            for (long drawn = 0; drawn < count && !shell.out().checkError(); drawn++) {
                if (drawn > 0) {
                    shell.time().pause().millis(Math.max(SHORTEST_MILLIS, every.toMillis()));
                }
                draw(drawn == 0);
            }
        } finally {
            Runtime.getRuntime().removeShutdownHook(end);
            shell.out().print(screen ? WRAP + SHOW_CURSOR : "");
            shell.out().flush();
        }
        return 0;
    }

    private void draw(boolean first) {
        long now;
        String trouble = "";
        try {
            Reply reply = api.send(view.what(), view.call());
            if (!reply.ok() && (first || reply.status() < 500)) {
                throw Failure.refused(view.what(), reply);
            }
            now = shell.time().nanos().getAsLong();
            if (!reply.ok()) {
                trouble = "answered " + reply.status();
            } else if (json) {
                shell.out().println(Printable.json(reply.body().strip()));
            } else {
                lastTable = view.draw(reply.json(), now);
                lastSuccess = now;
            }
        } catch (Failure e) {
            if (first || e.exitCode() != Failure.UNREACHABLE) {
                throw e;
            }
            now = shell.time().nanos().getAsLong();
            trouble = "unreachable: " + e.reasons();
        }
        show(first, trouble, now);
    }

    private void show(boolean first, String trouble, long now) {
        if (json) {
            if (!trouble.isEmpty()) {
                shell.err().println(trouble);
                shell.err().flush();
            }
            shell.out().flush();
            return;
        }
        List<String> lines = new ArrayList<>(lastTable);
        if (!trouble.isEmpty()) {
            String age = Durations.human((now - lastSuccess) / 1_000_000);
            String note = trouble + "; figures are " + age + " old, trying again";
            lines.add(shell.ink().paint(Ink.Tone.BAD, note));
        }
        if (screen) {
            fit(lines, ScreenSize.ask().rows());
        }
        StringBuilder frame = new StringBuilder();
        frame.append(
                screen && first ? HIDE_CURSOR + NO_WRAP + HOME + CLEAR_BELOW : screen ? HOME : "");
        for (String line : lines) {
            frame.append(line).append(screen ? CLEAR_LINE_END : "").append('\n');
        }
        shell.out().print(frame.append(screen ? CLEAR_BELOW : "\n"));
        shell.out().flush();
    }

    /// More lines than rows would scroll the first ones away. The line end after the last takes a
    /// row.
    private static void fit(List<String> lines, int rows) {
        int most = Math.max(2, rows - 1);
        if (lines.size() > most) {
            int more = lines.size() - most + 1;
            lines.subList(most - 1, lines.size()).clear();
            lines.add("… and " + more + " lines more");
        }
    }

    /// Ctrl-C is how a watch ends, so it ends well: the cursor comes back and the exit code is 0.
    private void endedByPerson() {
        shell.out().print(screen ? WRAP + SHOW_CURSOR : "");
        shell.out().flush();
        Runtime.getRuntime().halt(0);
    }
}
