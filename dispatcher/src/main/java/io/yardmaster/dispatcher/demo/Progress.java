package io.yardmaster.dispatcher.demo;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// Shows how the demo goes, one line a second: redrawn on a terminal, one below the other
/// elsewhere. Used by one thread.
final class Progress {
    private final PrintStream out;
    private final boolean terminal;
    private State last;
    private boolean drawn;

    /// @param queues figures of the dispatcher
    /// @param nodes requests served so far, by node
    /// @param lanes requests served so far, by priority
    record State(
            double seconds,
            Map<Lane, DispatcherApi.Queue> queues,
            Map<String, Long> nodes,
            Map<Lane, Long> lanes) {}

    Progress(PrintStream out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
        this.last = new State(0, Map.of(), Map.of(), Map.of());
    }

    void head() {
        StringBuilder nodes = new StringBuilder();
        Machine.HOUSE.forEach(
                machine -> nodes.append(String.format(Locale.ROOT, "%8s", machine.id())));
        out.println(
                "  time     settled | wait crit  high  norm   low | /s crit high norm  low |"
                        + nodes);
    }

    /// A word between the lines.
    void say(String words) {
        if (terminal && drawn) {
            out.println();
            drawn = false;
        }
        out.println(words);
    }

    void show(State now, long settled, long requests) {
        String line = line(last, now, settled, requests);
        out.print(terminal ? "\r\033[2K" + line : line + System.lineSeparator());
        out.flush();
        drawn = true;
        last = now;
    }

    static String line(State before, State now, long settled, long requests) {
        double span = Math.max(0.001, now.seconds() - before.seconds());
        StringBuilder line =
                new StringBuilder(
                        String.format(
                                Locale.ROOT,
                                "%4.0f s %11s |    ",
                                now.seconds(),
                                settled + "/" + requests));
        append(
                line,
                "%6d",
                lane -> now.queues().getOrDefault(lane, DispatcherApi.Queue.EMPTY).depth());
        line.append(" |   ");
        append(line, "%5d", lane -> rate(before.lanes().get(lane), now.lanes().get(lane), span));
        line.append(" |");
        for (Machine machine : Machine.HOUSE) {
            long rate = rate(before.nodes().get(machine.id()), now.nodes().get(machine.id()), span);
            line.append(String.format(Locale.ROOT, "%8d", rate));
        }
        return line.toString();
    }

    private static void append(StringBuilder line, String format, ToLongFunction<Lane> figure) {
        for (Lane lane : List.of(Lane.values())) {
            line.append(String.format(Locale.ROOT, format, figure.applyAsLong(lane)));
        }
    }

    private static long rate(@Nullable Long before, @Nullable Long now, double span) {
        return Math.round(((now == null ? 0 : now) - (before == null ? 0 : before)) / span);
    }
}
