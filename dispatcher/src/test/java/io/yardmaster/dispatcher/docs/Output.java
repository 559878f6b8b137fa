package io.yardmaster.dispatcher.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// What a page says that its commands print, compared with what they did print.
///
/// Times, durations, made-up ids, fractions and chosen ports differ in every run, and so does the
/// width of tables; they are taken as equal. `...` in the page stands for anything within a line,
/// and alone on a line for any lines.
final class Output {
    private static final List<List<String>> VARYING =
            List.of(
                    List.of("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z", "<time>"),
                    List.of("\\w{3}, \\d\\d \\w{3} \\d{4} [\\d:]{8} GMT", "<date>"),
                    List.of(
                            "(?<![\\w.])\\d+(?:\\.\\d+)?(?:ms|s|min|m|h|d)\\b(?: \\d+\\w)?",
                            "<duration>"),
                    List.of("(?<![\\w.])\\d+(?:\\.\\d+)? s\\b", "<duration>"),
                    List.of("\\bms=\\d+", "ms=<n>"),
                    List.of("^(\\w+Ms) +\\d+$", "$1 <n>"),
                    List.of("\\b(?=\\w*[A-Z])(?=\\w*[a-z0-9])[A-Za-z0-9]{16,32}\\b", "<id>"),
                    List.of("(?<=127\\.0\\.0\\.1:)\\d{5}", "<port>"),
                    List.of("\\d+(?:\\.\\d+)+", "<n>"),
                    List.of("[ \\t]+", " "));

    private Output() {}

    /// @param whole whether nothing else may have been printed
    static boolean matches(String expected, String actual, boolean whole) {
        Pattern pattern = pattern(plain(expected));
        String text = plain(actual);
        return whole ? pattern.matcher(text).matches() : pattern.matcher(text).find();
    }

    static String plain(String text) {
        List<String> lines = new ArrayList<>();
        for (String line : text.strip().split("\n", -1)) {
            String plain = line;
            for (List<String> each : VARYING) {
                plain = plain.replaceAll(each.get(0), each.get(1));
            }
            lines.add(plain.strip());
        }
        return String.join("\n", lines) + "\n";
    }

    private static Pattern pattern(String expected) {
        StringBuilder regex = new StringBuilder();
        for (String line : expected.strip().split("\n", -1)) {
            if (line.equals("...")) {
                regex.append("(?:.*\n)*?");
                continue;
            }
            String[] parts = line.split("\\.\\.\\.", -1);
            for (int i = 0; i < parts.length; i++) {
                regex.append(i == 0 ? "" : ".*").append(Pattern.quote(parts[i]));
            }
            regex.append("\n");
        }
        return Pattern.compile(regex.toString());
    }
}
