package io.yardmaster.bench.simulate.scenario;

import java.util.ArrayList;
import java.util.List;

/// Drawings of characters.
final class Charts {
    private static final String EIGHTHS = " ▏▎▍▌▋▊▉█";
    private static final String LEVELS = "▁▂▃▄▅▆▇█";
    private static final int WIDTH = 40;

    private Charts() {}

    /// A line for each, as long as its figure; `most` fills the width, and what is beyond is cut.
    static List<String> bars(List<String> names, List<Double> figures, String unit, double most) {
        int longest = names.stream().mapToInt(String::length).max().orElse(0);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            double figure = figures.get(i);
            lines.add(
                    Figures.format(
                            "%-" + longest + "s %s %.2f %s",
                            names.get(i),
                            bar(Math.min(1, figure / most)),
                            figure,
                            unit));
        }
        return lines;
    }

    private static String bar(double share) {
        int eighths = (int) Math.round(share * WIDTH * 8);
        String full = "█".repeat(eighths / 8);
        return eighths % 8 == 0 ? full : full + EIGHTHS.charAt(eighths % 8);
    }

    /// One character for each figure.
    static String spark(List<Double> figures, double least, double most) {
        StringBuilder line = new StringBuilder();
        for (double figure : figures) {
            double share = Math.min(1, Math.max(0, (figure - least) / (most - least)));
            line.append(LEVELS.charAt((int) Math.round(share * (LEVELS.length() - 1))));
        }
        return line.toString();
    }
}
