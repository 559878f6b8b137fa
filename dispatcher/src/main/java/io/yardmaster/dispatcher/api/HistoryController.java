package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.yardmaster.dispatcher.history.History;
import io.yardmaster.dispatcher.history.Series;
import io.yardmaster.dispatcher.live.Live;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What series were in the past, for charts.
@Controller("/v1/history")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class HistoryController {
    private static final int MOST_SERIES = 50;
    private static final int USUAL_POINTS = 360;
    private static final long USUAL_MS = Duration.ofHours(1).toMillis();
    private static final long LONGEST_MS = Duration.ofDays(92).toMillis();

    private final History history;

    HistoryController(Live live) {
        this.history = live.history();
    }

    @Get
    @Allow(Access.READ)
    HttpResponse<?> chart(HttpRequest<?> request) {
        Refusals refusals = new Refusals();
        List<String> names = names(request, refusals);
        long to = number(request, "toMs", history.now(), refusals);
        long from = number(request, "fromMs", Math.max(0, to - USUAL_MS), refusals);
        long points = number(request, "points", USUAL_POINTS, refusals);
        if (points < 1 || points > History.MOST_POINTS) {
            refusals.add("points", Long.toString(points), "1 to " + History.MOST_POINTS);
        }
        if (refusals.none() && (from >= to || to - from > LONGEST_MS)) {
            refusals.add("fromMs", Long.toString(from), "before toMs, by 92 days at most");
        }
        if (!refusals.none()) {
            throw Problem.invalid(refusals.errors()).refused();
        }
        Caller caller = Caller.of(request);
        names.forEach(name -> Series.service(name).ifPresent(caller::demand));
        return Answers.ok(json(history.chart(names, from, to, (int) points)));
    }

    private static List<String> names(HttpRequest<?> request, Refusals refusals) {
        String text = request.getParameters().get("series");
        Set<String> names =
                new LinkedHashSet<>(
                        text == null || text.isBlank()
                                ? List.of()
                                : Arrays.asList(text.split(",", -1)));
        if (names.isEmpty() || names.size() > MOST_SERIES) {
            refusals.add(
                    "series",
                    text == null ? "" : text,
                    "1 to " + MOST_SERIES + " names, with commas");
        }
        names.stream()
                .filter(name -> !Series.isName(name))
                .limit(1)
                .forEach(name ->
                        refusals.add(
                                "series",
                                name,
                                "a series such as rate.succeeded, depth:default/low, wait.p95 or"
                                        + " node.nuc.cpu"));
        return List.copyOf(names);
    }

    private static long number(
            HttpRequest<?> request, String field, long otherwise, Refusals refusals) {
        String text = request.getParameters().get(field);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("\\d{1,15}")) {
            refusals.add(field, text, "a whole number");
            return otherwise;
        }
        return Long.parseLong(text);
    }

    private static ObjectNode json(History.Chart chart) {
        ObjectNode json =
                Answers.object().put("stepMs", chart.stepMs()).put("fromMs", chart.fromMs());
        ObjectNode series = json.putObject("series");
        chart.series()
                .forEach((name, values) -> {
                    ArrayNode array = series.putArray(name);
                    for (double value : values) {
                        if (Double.isNaN(value)) {
                            array.addNull();
                        } else {
                            array.add(rounded(value));
                        }
                    }
                });
        return json;
    }

    /// What is kept has seven digits; more would be noise.
    private static double rounded(double value) {
        return Math.round(value * 10_000) / 10_000.0;
    }
}
