package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What `doctor` prints.
final class DoctorPage {
    private static final int NAME_WIDTH = 18;

    private DoctorPage() {}

    /// One finding.
    ///
    /// @param level `ok`, `warn` or `fail`
    /// @param fix empty when nothing is to be done
    record Line(String check, String level, String found, String why, String fix) {}

    static List<Line> lines(Json page) {
        List<Line> lines = new ArrayList<>();
        for (Json finding : page.at("findings").items()) {
            lines.add(
                    new Line(
                            finding.at("check").raw("-"),
                            finding.at("level").raw("-"),
                            finding.at("found").raw(""),
                            finding.at("why").raw(""),
                            finding.at("fix").raw("")));
        }
        return lines;
    }

    static String worst(List<Line> lines) {
        if (count(lines, "fail") > 0) {
            return "fail";
        }
        return count(lines, "warn") > 0 ? "warn" : "ok";
    }

    private static long count(List<Line> lines, String level) {
        return lines.stream().filter(line -> line.level().equals(level)).count();
    }

    /// What fails comes last, where people look.
    static List<String> draw(String title, List<Line> lines, boolean verbose, Ink ink) {
        List<String> drawn = new ArrayList<>();
        drawn.add(ink.paint(Tone.BOLD, Printable.line(title)));
        for (String level : List.of("ok", "warn", "fail")) {
            for (Line line : lines) {
                if (line.level().equals(level)) {
                    drawn.addAll(line(line, verbose, ink));
                }
            }
        }
        drawn.add(
                lines.size()
                        + " checks: "
                        + count(lines, "ok")
                        + " ok, "
                        + count(lines, "warn")
                        + " warn, "
                        + count(lines, "fail")
                        + " fail");
        return drawn;
    }

    private static List<String> line(Line line, boolean verbose, Ink ink) {
        boolean good = line.level().equals("ok");
        Tone tone =
                switch (line.level()) {
                    case "ok" -> Tone.GOOD;
                    case "warn" -> Tone.WARN;
                    default -> Tone.BAD;
                };
        List<String> drawn = new ArrayList<>();
        String name = Printable.line(line.check());
        drawn.add(
                ink.paint(tone, padded(line.level(), 4))
                        + "  "
                        + padded(name, NAME_WIDTH)
                        + "  "
                        + Printable.line(line.found()));
        if ((verbose || !good) && !line.why().isEmpty()) {
            drawn.add("        why: " + Printable.line(line.why()));
        }
        if (!line.fix().isEmpty()) {
            drawn.add("        fix: " + Printable.line(line.fix()));
        }
        return drawn;
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    /// The same as an object: the shape of `GET /v1/doctor`, with what was found from here.
    ///
    /// @param page what the dispatcher said, null when none answered
    static String json(@Nullable Json page, List<Line> lines) {
        List<String> findings = new ArrayList<>();
        for (Line line : lines) {
            findings.add(
                    new JsonObject()
                            .text("check", line.check())
                            .text("level", line.level())
                            .text("found", line.found())
                            .text("why", line.why())
                            .text("fix", line.fix())
                            .toString());
        }
        JsonObject object = new JsonObject().text("status", worst(lines));
        if (page != null) {
            object.text("at", page.at("at").raw(""))
                    .text("replica", page.at("replica").raw(""))
                    .text("version", page.at("version").raw(""));
        }
        return object.raw("findings", "[" + String.join(",", findings) + "]").toString();
    }
}
