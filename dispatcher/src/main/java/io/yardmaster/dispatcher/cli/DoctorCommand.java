package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.DoctorPage.Line;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Says on one page whether an installation keeps its promises.
@Command(
        name = "doctor",
        description = "Say whether this installation keeps its promises, and what to do where not.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster doctor",
            "  yardmaster doctor --verbose              also why each line matters",
            "  yardmaster doctor --json | jq '.findings[] | select(.level != \"ok\")'",
            "",
            "Exit codes: 0 nothing failed, 1 a line says fail, 3 no dispatcher answers."
        })
final class DoctorCommand extends RemoteCommand {
    private static final String WHAT = "cannot examine";
    private static final long CLOCK_MS = 2_000;

    @Option(
            names = {"-v", "--verbose"},
            description = "Say of every line why it matters.")
    boolean verbose;

    DoctorCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        ApiClient api = api();
        long asked = shell.time().clock().millis();
        Reply reply;
        try {
            reply = api.send(WHAT, Call.get("/v1/doctor"));
        } catch (Failure e) {
            if (e.exitCode() != Failure.UNREACHABLE) {
                throw e;
            }
            return unreachable(api, e);
        }
        if (!reply.ok()) {
            throw Failure.refused(WHAT, reply);
        }
        long answered = shell.time().clock().millis();
        Json page = reply.json();
        List<Line> lines = new ArrayList<>(DoctorPage.lines(page));
        lines.add(clock(page.at("at").raw(""), asked, answered));
        String title =
                "Replica "
                        + page.at("replica").raw("-")
                        + ", version "
                        + page.at("version").raw("-")
                        + ", "
                        + page.at("at").raw("-");
        return show(title, page, lines);
    }

    private int show(String title, @Nullable Json page, List<Line> lines) {
        if (wantsJson()) {
            shell.out().println(DoctorPage.json(page, lines));
        } else {
            printLines(DoctorPage.draw(title, lines, verbose, shell.ink()));
        }
        return DoctorPage.worst(lines).equals("fail") ? Failure.FAILED : 0;
    }

    /// The replica looked at some moment between asking and answering.
    private static Line clock(String at, long asked, long answered) {
        String why = "times that the command line shows and sends come from this computer's clock";
        long there;
        try {
            there = Instant.parse(at).toEpochMilli();
        } catch (DateTimeParseException e) {
            return new Line("this-clock", "warn", "the replica named no time", why, "upgrade it");
        }
        long off = there < asked ? asked - there : there > answered ? answered - there : 0;
        String found =
                off == 0
                        ? "agrees with the replica's"
                        : Durations.human(Math.abs(off))
                                + (off > 0 ? " ahead of" : " behind")
                                + " the replica's";
        return Math.abs(off) > CLOCK_MS
                ? new Line("this-clock", "warn", found, why, "timedatectl set-ntp true")
                : new Line("this-clock", "ok", found, why, "");
    }

    /// Says what can be said from here.
    private int unreachable(ApiClient api, Failure failure) {
        List<Line> lines = new ArrayList<>();
        lines.add(
                new Line(
                        "dispatcher",
                        "fail",
                        failure.getMessage() + ": " + failure.reasons(),
                        "without a dispatcher nothing is accepted over REST and nothing is sent",
                        "yardmaster serve; or name it with --url or YARDMASTER_URL"));
        lines.addAll(Nearby.look(api.host(), api.port(), shell.env()));
        show("No dispatcher answers; this is what can be seen from here.", null, lines);
        return Failure.UNREACHABLE;
    }

    /// How long each look from here may take.
    static final Duration PATIENCE = Duration.ofSeconds(1);
}
