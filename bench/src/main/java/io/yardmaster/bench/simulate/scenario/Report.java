package io.yardmaster.bench.simulate.scenario;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.yardmaster.bench.simulate.scenario.Section.Block;
import io.yardmaster.bench.simulate.scenario.Section.Cell;
import io.yardmaster.bench.simulate.scenario.Section.Check;
import io.yardmaster.bench.simulate.scenario.Section.Subject;
import java.util.ArrayList;
import java.util.List;

/// Writes findings down: as Markdown whose tables can be read on a terminal too, or as JSON.
public final class Report {
    private Report() {}

    /// One scenario.
    public static String markdown(Section section) {
        StringBuilder text = new StringBuilder("## " + section.title() + "\n\n");
        for (Block block : section.blocks()) {
            switch (block) {
                case Block.Prose(String prose) -> text.append(prose.strip()).append("\n\n");
                case Block.Table table -> appendTable(text, table);
                case Block.Chart(String title, List<String> lines) -> {
                    text.append("**").append(title).append("**\n\n```text\n");
                    lines.forEach(line -> text.append(line.stripTrailing()).append('\n'));
                    text.append("```\n\n");
                }
            }
        }
        if (!section.checks().isEmpty()) {
            appendTable(text, checks("What is expected of it", section.checks()));
        }
        return text.toString();
    }

    /// The whole of it, as it is kept in `docs/simulation.md`.
    public static String document(List<Section> sections) {
        StringBuilder text = new StringBuilder(INTRODUCTION);
        text.append("## What is expected, and what comes out\n\n");
        List<Check> all = sections.stream().flatMap(section -> section.checks().stream()).toList();
        appendTable(
                text,
                checks(
                        "Of the simulator: it reproduces what others have published",
                        about(all, Subject.SIMULATOR)));
        appendTable(text, checks("Of the product", about(all, Subject.PRODUCT)));
        appendTable(
                text,
                checks("Targets that others set, reached or not", about(all, Subject.TARGET)));
        sections.forEach(section -> text.append(markdown(section)));
        return text.toString().stripTrailing() + "\n";
    }

    private static List<Check> about(List<Check> checks, Subject subject) {
        return checks.stream().filter(check -> check.subject() == subject).toList();
    }

    private static String verdict(Check check) {
        return switch (check.subject()) {
            case SIMULATOR, PRODUCT -> check.passed() ? "pass" : "FAIL";
            case TARGET -> check.passed() ? "reached" : "missed";
        };
    }

    static Block.Table checks(String title, List<Check> checks) {
        List<List<Cell>> rows = new ArrayList<>();
        for (Check check : checks) {
            rows.add(
                    List.of(
                            Cell.words(check.what()),
                            Cell.words(check.measured()),
                            Cell.words(check.expected()),
                            Cell.words(verdict(check))));
        }
        return new Block.Table(title, List.of("what", "measured", "expected", ""), rows);
    }

    private static void appendTable(StringBuilder text, Block.Table table) {
        int[] widths = new int[table.columns().size()];
        for (int i = 0; i < widths.length; i++) {
            widths[i] = Math.max(3, table.columns().get(i).length());
            for (List<Cell> row : table.rows()) {
                widths[i] = Math.max(widths[i], row.get(i).text().length());
            }
        }
        text.append("**").append(table.title()).append("**\n\n");
        appendRow(text, table.columns(), widths);
        text.append('|');
        for (int i = 0; i < widths.length; i++) {
            text.append(i == 0 ? "-" : "-".repeat(widths[i]))
                    .append(i == 0 ? "-".repeat(widths[i]) : "-")
                    .append(i == 0 ? "-|" : ":|");
        }
        text.append('\n');
        for (List<Cell> row : table.rows()) {
            appendRow(text, row.stream().map(Cell::text).toList(), widths);
        }
        text.append('\n');
    }

    private static void appendRow(StringBuilder text, List<String> cells, int[] widths) {
        text.append('|');
        for (int i = 0; i < widths.length; i++) {
            String cell = cells.get(i);
            String pad = " ".repeat(widths[i] - cell.length());
            text.append(' ').append(i == 0 ? cell + pad : pad + cell).append(" |");
        }
        text.append('\n');
    }

    /// All of it as one JSON object: figures are not rounded; null is a cell of words.
    public static ObjectNode json(List<Section> sections) {
        ObjectNode root = new ObjectMapper().createObjectNode();
        ArrayNode scenarios = root.putArray("scenarios");
        for (Section section : sections) {
            ObjectNode scenario = scenarios.addObject();
            scenario.put("name", section.name());
            scenario.put("title", section.title());
            ArrayNode tables = scenario.putArray("tables");
            for (Block block : section.blocks()) {
                if (block instanceof Block.Table table) {
                    addTable(tables.addObject(), table);
                }
            }
            ArrayNode checks = scenario.putArray("checks");
            for (Check check : section.checks()) {
                checks.addObject()
                        .put(
                                "subject",
                                check.subject() == Subject.SIMULATOR ? "simulator" : "product")
                        .put("what", check.what())
                        .put("measured", check.measured())
                        .put("expected", check.expected())
                        .put("passed", check.passed());
            }
        }
        return root;
    }

    private static void addTable(ObjectNode node, Block.Table table) {
        node.put("title", table.title());
        ArrayNode columns = node.putArray("columns");
        table.columns().forEach(columns::add);
        ArrayNode rows = node.putArray("rows");
        for (List<Cell> row : table.rows()) {
            ArrayNode cells = rows.addArray();
            for (Cell cell : row) {
                if (Double.isNaN(cell.value())) {
                    cells.add(cell.text());
                } else {
                    cells.add(cell.value());
                }
            }
        }
    }

    private static final String INTRODUCTION =
            """
            # Simulation

            Which rule chooses the best machine is not a matter of taste: it can be tried out. `scripts/yardmaster simulate` plays
            scenarios in virtual time with the very classes that run live: the strategies with their registry view, reports, error penalty,
            slow start and health (`nodes`), the breakers (`ratelimit`), the shares of the priorities (`queue`). Only machines, network, foreign
            load and callers are models. This page is what it prints; a test runs it again and compares the text, so a change of a
            rule shows here.

            ```sh
            scripts/yardmaster simulate --scenario hc12 --quick    # one, shorter and with fewer seeds
            scripts/yardmaster simulate --scenario sink --seeds 1,2,3 --json
            ```

            All of it takes minutes. After a change of a rule this page is written anew with it:

            <!-- run: skip, it takes minutes; SimulationReportTest compares this page with what it would write -->
            ```sh
            scripts/yardmaster simulate
            scripts/yardmaster simulate --write docs/simulation.md
            ```

            ## The model

            A machine shares its free cores between the requests that it is serving: each progresses with `speed * min(1, free cores / requests)`.
            Foreign load takes cores away, in two states with exponential times. Requests arrive as a Poisson process at a dispatcher drawn at random; whoever
            is not served by the deadline counts as failed, with the deadline as its latency (`TO` in the tables), and its work is dropped. Reports are
            as old as the scenario says, with a tenth of jitter. Unless a scenario says otherwise, nothing is retried and the network takes no time.

            Arrivals, foreign load, reports, failures and the rule's own draws come from streams of their own, all from one seed: every rule meets the same traffic
            and the same foreign load. The same seed gives the same run to the last bit. Figures are means over the seeds of a scenario; min-max is over the same seeds.

            What it leaves out: garbage collection, connection set-up, disks, memory, and reports that are wrong rather than late. One request keeps one core busy at
            most. So these figures say which rule is better and why, not how many milliseconds your machines will take.

            ## How to read it

            Names in `code` are what ships; the others are there to be compared with, and live beside the product (package `simulate.baseline`). Bars and
            sparklines (▁▂▃▄▅▆▇█) have the scale that their title says, for p99 from 0 to the deadline.
            `pass` and `FAIL` are computed by the run that wrote this page.

            """;
}
