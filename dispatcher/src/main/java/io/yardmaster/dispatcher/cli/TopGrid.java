package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Ink.Tone;
import io.yardmaster.dispatcher.cli.Table.Cell;
import java.util.List;

/// The tables of `top`, the most telling columns first: the last ones go when the screen is narrow.
final class TopGrid {
    private static final String BARS = "▁▂▃▄▅▆▇█";

    private final List<Json> rows;
    private final boolean rates;

    /// @param rows what is shown
    /// @param queues all queues, to see whether this server tells rates
    TopGrid(List<Json> rows, List<Json> queues) {
        this.rows = rows;
        this.rates = queues.stream().anyMatch(q -> !q.at("enqueuedPerMinute").missing());
    }

    Grid of(Tab tab) {
        Grid grid = new Grid();
        switch (tab) {
            case OVERVIEW, QUEUES -> queues(grid);
            case REQUESTS -> requests(grid);
            case NODES -> nodes(grid);
            case DEAD -> dead(grid);
            case EVENTS -> events(grid);
        }
        return grid;
    }

    private void queues(Grid grid) {
        grid.left("SERVICE", "PRIORITY").right("WAITING", "RUNNING", "LATER", "DEAD", "OLDEST");
        if (rates) {
            grid.right("IN/MIN", "OUT/MIN", "EMPTY IN");
        }
        grid.left("PAUSED", rates ? "DONE" : "");
        for (Json queue : rows) {
            long dead = queue.at("dead").count();
            List<Cell> cells = new java.util.ArrayList<>();
            cells.add(text(queue, "service"));
            cells.add(text(queue, "priority"));
            cells.add(text(queue, "depth"));
            cells.add(text(queue, "inFlight"));
            cells.add(text(queue, "scheduled"));
            cells.add(new Cell(queue.at("dead").raw("-"), dead > 0 ? Tone.BAD : Tone.PLAIN));
            boolean waits = queue.at("depth").count() > 0;
            cells.add(Cell.of(waits ? duration(queue.at("oldestMs")) : "-"));
            if (rates) {
                cells.add(text(queue, "enqueuedPerMinute"));
                cells.add(text(queue, "succeededPerMinute"));
                cells.add(Cell.of(duration(queue.at("emptyInMs"))));
            }
            boolean paused = queue.at("paused").isTrue();
            cells.add(new Cell(paused ? "PAUSED" : "-", paused ? Tone.WARN : Tone.DIM));
            cells.add(new Cell(rates ? spark(queue.at("spark").items()) : "", Tone.GOOD));
            grid.row(TopModel.key(queue), cells);
        }
    }

    private void nodes(Grid grid) {
        grid.left("ID", "STATE").right("RUNNING", "CPU", "MEM", "IO", "LATENCY", "ERRORS", "SCORE");
        grid.left("SERVICES", "URL");
        for (Json node : rows) {
            Json report = node.at("report");
            String services =
                    String.join(
                            ",",
                            node.at("services").items().stream().map(s -> s.raw("-")).toList());
            grid.row(
                    TopModel.key(node),
                    List.of(
                            text(node, "id"),
                            Cell.state(node.at("state").raw("-")),
                            Cell.of(
                                    node.at("inFlight").raw("-")
                                            + "/"
                                            + node.at("maxConnections").raw("-")),
                            percent(report.at("cpu"), 0.8),
                            percent(report.at("memory"), 0.8),
                            percent(report.at("io"), 0.7),
                            Cell.of(duration(node.at("latencyMs"))),
                            percent(node.at("errorRate"), 0.1),
                            Cell.of(NodesList.score(node)),
                            Cell.of(services.isEmpty() ? "-" : services),
                            text(node, "url")));
        }
    }

    private void requests(Grid grid) {
        grid.left("ID", "STATE").right("AGE").left("QUEUE").right("TRIES").left("NODE", "REASON");
        for (Json request : rows) {
            grid.row(
                    TopModel.key(request),
                    List.of(
                            text(request, "id"),
                            Cell.state(request.at("state").raw("-")),
                            Cell.of(duration(request.at("ageMs"))),
                            queue(request),
                            text(request, "attempts"),
                            text(request, "node"),
                            text(request, "reason")));
        }
    }

    private void dead(Grid grid) {
        grid.left("ID", "QUEUE").right("TRIES").left("NODE", "DIED", "ERROR");
        for (Json request : rows) {
            grid.row(
                    TopModel.key(request),
                    List.of(
                            text(request, "id"),
                            queue(request),
                            text(request, "attempts"),
                            text(request, "node"),
                            text(request, "diedAt"),
                            new Cell(request.at("error").raw("-"), Tone.BAD)));
        }
    }

    private void events(Grid grid) {
        grid.left("TIME", "TYPE", "WHAT");
        for (Json event : rows) {
            StringBuilder what = new StringBuilder();
            for (var field : event.at("event_data").fields().entrySet()) {
                what.append(field.getKey())
                        .append('=')
                        .append(field.getValue().raw("-"))
                        .append(' ');
            }
            String type = event.at("event_type").raw("-");
            grid.row(
                    TopModel.key(event),
                    List.of(
                            Cell.of(EventsCommand.time(event.at("timestamp"))),
                            new Cell(type, EventsCommand.tone(type)),
                            Cell.of(what.toString().strip())));
        }
    }

    private static Cell text(Json row, String field) {
        return Cell.of(row.at(field).raw("-"));
    }

    private static Cell queue(Json request) {
        return Cell.of(request.at("service").raw("-") + "/" + request.at("priority").raw("-"));
    }

    static String duration(Json millis) {
        Number number = millis.number();
        return number == null ? "-" : Durations.human(Math.round(number.doubleValue()));
    }

    private static Cell percent(Json share, double threshold) {
        Number number = share.number();
        if (number == null) {
            return Cell.of("-");
        }
        double value = number.doubleValue();
        return new Cell(Math.round(value * 100) + "%", value >= threshold ? Tone.WARN : Tone.PLAIN);
    }

    /// Small bars, the highest of the row full.
    static String spark(List<Json> values) {
        double most = 0;
        for (Json value : values) {
            Number number = value.number();
            most = number == null ? most : Math.max(most, number.doubleValue());
        }
        StringBuilder bars = new StringBuilder();
        for (Json value : values) {
            Number number = value.number();
            double share = number == null || most <= 0 ? 0 : number.doubleValue() / most;
            bars.append(share <= 0 ? ' ' : BARS.charAt(Math.clamp(Math.round(share * 7), 0, 7)));
        }
        return bars.toString();
    }
}
