package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Draws the queues again and again: on a screen in place, elsewhere one block after the other,
/// with `--json` one answer a line. A dispatcher that goes away after the first answer is waited
/// for.
final class DepthWatch {
    static final String WHAT = "cannot read the queues";
    static final Call CALL = Call.get("/v1/queues");

    private static final long SHORTEST_MILLIS = 100;
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE_END = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final String HIDE_CURSOR = "\u001b[?25l";
    private static final String SHOW_CURSOR = "\u001b[?25h";

    private final Shell shell;
    private final ApiClient api;
    private final boolean json;
    private final boolean screen;
    private final QueueRates rates = new QueueRates();
    private List<String> lastTable = List.of();
    private long lastSuccess;

    DepthWatch(Shell shell, ApiClient api, boolean json) {
        this.shell = shell;
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
            shell.out().print(screen ? SHOW_CURSOR : "");
            shell.out().flush();
        }
        return 0;
    }

    private void draw(boolean first) {
        long now;
        String trouble = "";
        try {
            Reply reply = api.send(WHAT, CALL);
            if (!reply.ok() && (first || reply.status() < 500)) {
                throw Failure.refused(WHAT, reply);
            }
            now = shell.time().nanos().getAsLong();
            if (!reply.ok()) {
                trouble = "answered " + reply.status();
            } else if (json) {
                shell.out().println(Printable.json(reply.body().strip()));
            } else {
                List<Json> queues = DepthTable.queues(reply.json());
                rates.read(queues, now);
                lastTable = DepthTable.draw(queues, rates, shell.ink());
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
        StringBuilder frame = new StringBuilder();
        frame.append(screen && first ? HIDE_CURSOR + HOME + CLEAR_BELOW : screen ? HOME : "");
        for (String line : lines) {
            frame.append(line).append(screen ? CLEAR_LINE_END : "").append('\n');
        }
        shell.out().print(frame.append(screen ? CLEAR_BELOW : "\n"));
        shell.out().flush();
    }

    /// Ctrl-C is how a watch ends, so it ends well: the cursor comes back and the exit code is 0.
    private void endedByPerson() {
        shell.out().print(screen ? SHOW_CURSOR : "");
        shell.out().flush();
        Runtime.getRuntime().halt(0);
    }
}
