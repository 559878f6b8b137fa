package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import io.yardmaster.dispatcher.cli.Table.Cell;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;

/// Lists the nodes with their load.
@Command(name = "list", description = "List the nodes with their state and load.")
final class NodesList extends RemoteCommand {
    NodesList(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        Reply reply = api().expect("cannot list the nodes", Call.get("/v1/nodes"));
        if (wantsJson()) {
            printJson(reply);
            return 0;
        }
        List<Json> nodes = reply.json().at("nodes").items();
        if (nodes.isEmpty()) {
            shell.out().println("No nodes yet. Add one: yardmaster nodes add ID http://host:port");
            return 0;
        }
        Table table = new Table().left("ID", "URL", "STATE").right("CPU", "MEM", "IO");
        table.right("IN FLIGHT", "LATENCY", "ERRORS", "SCORE").left("SERVICES");
        for (Json node : nodes) {
            table.row(row(node));
        }
        printLines(table.lines(shell.ink()));
        return 0;
    }

    private static List<Cell> row(Json node) {
        Json report = node.at("report");
        String state = node.at("state").raw("-");
        String role = node.at("backup").isTrue() ? state + " (backup)" : state;
        String busy = node.at("inFlight").raw("-") + "/" + node.at("maxConnections").raw("-");
        Number latency = node.at("latencyMs").number();
        List<String> services = new ArrayList<>();
        for (Json service : node.at("services").items()) {
            services.add(service.raw("-"));
        }
        return List.of(
                Cell.of(node.at("id").raw("-")),
                Cell.of(node.at("url").raw("-")),
                new Cell(role, Ink.ofState(state)),
                load(report.at("cpu"), 0.8),
                load(report.at("memory"), 0.8),
                load(report.at("io"), 0.7),
                Cell.of(busy),
                Cell.of(latency == null ? "-" : Durations.human(Math.round(latency.doubleValue()))),
                load(node.at("errorRate"), 0.1),
                Cell.of(score(node)),
                Cell.of(services.isEmpty() ? "-" : String.join(",", services)));
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
