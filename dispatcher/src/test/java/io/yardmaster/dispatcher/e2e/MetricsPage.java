package io.yardmaster.dispatcher.e2e;

import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a page of metrics shows: each metric with its type and the labels of its rows.
final class MetricsPage {
    private static final Pattern ROW = Pattern.compile("([a-z0-9_]+)(?:\\{(.*)})? \\S+");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"(?:[^\"\\\\]|\\\\.)*\"");

    private MetricsPage() {}

    record Metric(String type, Set<String> labels) {}

    static SortedMap<String, Metric> read(String page) {
        SortedMap<String, Metric> metrics = new TreeMap<>();
        String name = "";
        Set<String> labels = new TreeSet<>();
        for (String line : page.lines().toList()) {
            if (line.startsWith("# TYPE ")) {
                String[] words = line.split(" ", -1);
                name = words[2];
                labels = new TreeSet<>();
                metrics.put(name, new Metric(words[3], labels));
            } else if (!line.startsWith("#")) {
                Matcher row = ROW.matcher(line);
                if (!row.matches() || !row.group(1).startsWith(name)) {
                    throw new AssertionError("row under " + name + ": " + line);
                }
                Matcher label = LABEL.matcher(row.group(2) == null ? "" : row.group(2));
                while (label.find()) {
                    if (!label.group(1).equals("le")) {
                        labels.add(label.group(1));
                    }
                }
            }
        }
        return metrics;
    }
}
