package io.yardmaster.dispatcher.settings;

import java.util.List;

/// `docs/reference/configuration.md`, written from the [Schema].
public final class ReferencePage {
    private ReferencePage() {}

    public static String markdown() {
        StringBuilder page = new StringBuilder(INTRODUCTION);
        table(page, "Settings", Schema.all().stream().filter(Row::single).toList());
        table(page, "Nodes known from the start", under("yardmaster.nodes["));
        table(page, "Services known from the start", under("yardmaster.services."));
        table(page, "API keys", under("yardmaster.security.keys["));
        return page.toString();
    }

    private static List<Row> under(String prefix) {
        return Schema.all().stream().filter(row -> row.key().startsWith(prefix)).toList();
    }

    private static void table(StringBuilder page, String title, List<Row> rows) {
        page.append("\n## ")
                .append(title)
                .append("\n\n| key | default | value | meaning |\n|---|---|---|---|\n");
        for (Row row : rows) {
            String initial = row.initial().isEmpty() ? "not set" : "`" + row.initial() + "`";
            page.append("| `").append(row.key()).append("` | ").append(initial).append(" | ");
            page.append(cell(row.kind().expected()))
                    .append(" | ")
                    .append(cell(row.meaning()))
                    .append(" |\n");
        }
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;");
    }

    private static final String INTRODUCTION =
            """
            # Configuration

            This page is written by the program from its own table (`Schema`); a test keeps it current.

            Settings come from flags, then environment, then the file named by `--config`, then `application.yml`;
            the first that gives a key wins, key by key. Blank values count as not given. Unknown keys and impossible
            values stop the start with exit code 2, all of them together, one line each:
            `key: value (expected: ...)`.

            - **Flags** of `serve`: `--redis`, `--port`, `--host`, `--data-dir`, `--replica-id`, and `--set key=value` for
              every other key, with or without `yardmaster.` in front.
            - **Environment**: the key in capitals, with `_` for each `.`, `-` and index: `yardmaster.queues.max-size` is
              `YARDMASTER_QUEUES_MAX_SIZE`, `yardmaster.nodes[0].url` is `YARDMASTER_NODES_0_URL`. The name of a service is
              lower case there, and `_` in it is `-`. `YARDMASTER_NODES`, `YARDMASTER_SERVICES` and `YARDMASTER_SECURITY_KEYS`
              take JSON. `YARDMASTER_DEBUG`, `YARDMASTER_URL`, `YARDMASTER_KEY`, `YARDMASTER_HOME`, `YARDMASTER_HEAP`, `YARDMASTER_JAVA_OPTS`, `YARDMASTER_CACHE`, `YARDMASTER_WARM`,
              `YARDMASTER_LOG_LEVEL` and `YARDMASTER_TEST_*` are not settings; the variables that Kubernetes makes up for a Service named
              `yardmaster` are passed over.
            - **File**: YAML in UTF-8, at most 1 MiB, everything under `yardmaster:`. `max-size` may be written `maxSize`.
              Lists are YAML lists or comma-separated.

            Durations need a unit: `500ms`, `5s`, `10m`, `1h`, `30d`, `1m30s`, or `PT5S`. Sizes are `64KiB`, `1MiB`, `1MB` (a
            million) or plain bytes.
            """;
}
