package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import io.yardmaster.dispatcher.cli.Table.Cell;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/// Lists the nodes with their load.
@Command(name = "list", description = "List the nodes with their state and load.")
final class NodesList extends ListCommand {
    NodesList(Shell shell) {
        super(shell);
    }

    @Override
    View view() {
        return new Nodes(shell.ink());
    }

    /// The nodes.
    private record Nodes(Ink ink) implements View {
        @Override
        public String what() {
            return "cannot list the nodes";
        }

        @Override
        public Call call() {
            return Call.get("/v1/nodes");
        }

        @Override
        public List<String> draw(Json answer, long nanos) {
            return table(answer.at("nodes").items(), ink);
        }
    }

    private static List<String> table(List<Json> nodes, Ink ink) {
        if (nodes.isEmpty()) {
            return List.of("No nodes yet. Add one: yardmaster nodes add ID http://host:port");
        }
        boolean pressure = anyReports(nodes, "pressure");
        boolean temperature = anyReports(nodes, "temperature");
        Table table = new Table().left("ID", "URL", "STATE").right("CPU", "MEM", "IO");
        if (pressure) {
            table.right("PRESSURE");
        }
        if (temperature) {
            table.right("TEMP");
        }
        table.right("IN FLIGHT", "LATENCY", "ERRORS", "SCORE").left("SERVICES");
        for (Json node : nodes) {
            table.row(row(node, pressure, temperature));
        }
        return table.lines(ink);
    }

    /// What few machines tell takes no room where none does.
    private static boolean anyReports(List<Json> nodes, String figure) {
        return nodes.stream().anyMatch(node -> !node.at("report").at(figure).missing());
    }

    private static List<Cell> row(Json node, boolean pressure, boolean temperature) {
        Json report = node.at("report");
        String state = node.at("state").raw("-");
        String role = node.at("backup").isTrue() ? state + " (backup)" : state;
        List<Cell> cells = new ArrayList<>();
        cells.add(Cell.of(node.at("id").raw("-")));
        cells.add(Cell.of(node.at("url").raw("-")));
        cells.add(new Cell(role, Ink.ofState(state)));
        cells.add(load(report.at("cpu"), 0.8));
        cells.add(load(report.at("memory"), 0.8));
        cells.add(load(report.at("io"), 0.7));
        if (pressure) {
            cells.add(load(report.at("pressure"), 0.5));
        }
        if (temperature) {
            Number celsius = report.at("temperature").number();
            cells.add(Cell.of(celsius == null ? "-" : Math.round(celsius.doubleValue()) + "°C"));
        }
        cells.add(Cell.of(node.at("inFlight").raw("-") + "/" + node.at("maxConnections").raw("-")));
        Number latency = node.at("latencyMs").number();
        cells.add(
                Cell.of(
                        latency == null
                                ? "-"
                                : Durations.human(Math.round(latency.doubleValue()))));
        cells.add(load(node.at("errorRate"), 0.1));
        cells.add(Cell.of(score(node)));
        List<String> services = new ArrayList<>();
        for (Json service : node.at("services").items()) {
            services.add(service.raw("-"));
        }
        cells.add(Cell.of(services.isEmpty() ? "-" : String.join(",", services)));
        return cells;
    }

    static String score(Json scored) {
        Number score = scored.at("healthScore").number();
        return score == null ? "-" : Long.toString(Math.round(score.doubleValue()));
    }

    /// A share of 1 as a percentage, coloured from the threshold on.
    private static Cell load(Json share, double threshold) {
        Number number = share.number();
        if (number == null) {
            return Cell.of("-");
        }
        double value = number.doubleValue();
        return new Cell(Math.round(value * 100) + "%", value >= threshold ? Tone.WARN : Tone.PLAIN);
    }
}
