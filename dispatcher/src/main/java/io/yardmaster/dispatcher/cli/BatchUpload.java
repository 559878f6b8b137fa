package io.yardmaster.dispatcher.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Sends NDJSON in chunks to `POST /v1/requests/batch`. Lines that are no JSON objects are reported
/// here and not sent, because one of them would have its whole chunk refused. Used once.
final class BatchUpload {
    private static final int CHUNK_LINES = 1_000;
    private static final int CHUNK_CHARS = 700_000; // keeps UTF-8 of ordinary text below 1 MiB
    private static final int LARGEST_LINE = 16 * 1024 * 1024;
    private static final int SHOWN_ERRORS = 100;
    private static final int PATIENCE = 10;
    private static final String WHAT = "cannot enqueue the batch";

    private final Shell shell;
    private final ApiClient api;
    private final JsonObject defaults;
    private final boolean json;

    private final List<String> chunk = new ArrayList<>();
    private final List<Long> lineNumbers = new ArrayList<>();
    private int chunkChars;
    private long lines;
    private long accepted;
    private long rejected;

    /// Prepares an upload; nothing is read yet.
    ///
    /// @param defaults fields for the lines that lack them
    BatchUpload(Shell shell, ApiClient api, JsonObject defaults, boolean json) {
        this.shell = shell;
        this.api = api;
        this.defaults = defaults;
        this.json = json;
    }

    /// Reads, sends, and reports.
    ///
    /// @param source `@file`, or null or `-` for standard input
    /// @return 0 when every line was accepted, else 1
    int run(@Nullable String source) throws InterruptedException {
        if (source != null && !source.equals("-") && !source.startsWith("@")) {
            throw Failure.usage(
                    "the batch cannot be read",
                    "BODY: " + source + " (expected: @file, or - for standard input)",
                    "yardmaster enqueue --batch @" + source);
        }
        BodySource from = new BodySource(shell);
        try (var reader =
                new BufferedReader(
                        new InputStreamReader(from.open(source), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines++;
                if (!line.isBlank()) {
                    add(line.strip());
                }
            }
            send();
        } catch (IOException e) {
            throw from.unreadable(source, e);
        } finally {
            summary();
        }
        return rejected == 0 ? 0 : Failure.FAILED;
    }

    private void add(String line) throws InterruptedException {
        Json request;
        try {
            request = line.length() > LARGEST_LINE ? Json.MISSING : Json.parse(line);
        } catch (IOException e) {
            request = Json.MISSING;
        }
        if (!request.isObject()) {
            reject(lines, "not a JSON object");
            return;
        }
        if (chunk.size() == CHUNK_LINES || chunkChars + line.length() > CHUNK_CHARS) {
            send();
        }
        String whole = completed(line, request.fields());
        chunk.add(whole);
        lineNumbers.add(lines);
        chunkChars += whole.length() + 1;
    }

    /// The line itself stays as it is, so that its numbers keep every digit.
    private String completed(String line, Map<String, Json> fields) {
        String missing = defaults.without(fields.keySet()).inner();
        if (missing.isEmpty()) {
            return line;
        }
        return "{" + missing + (fields.isEmpty() ? "" : ",") + line.substring(1);
    }

    private void send() throws InterruptedException {
        if (chunk.isEmpty()) {
            return;
        }
        byte[] bytes = (String.join("\n", chunk) + "\n").getBytes(StandardCharsets.UTF_8);
        Call call =
                Call.post("/v1/requests/batch")
                        .with(new Call.Content("application/x-ndjson", bytes));
        Reply reply = api.send(WHAT, call);
        // a chunk that was rate-limited as a whole left nothing behind, so it can be sent again
        for (int again = 0; reply.status() == 429 && again < PATIENCE; again++) {
            shell.time().pause().millis(seconds(reply.retryAfter()) * 1_000);
            reply = api.send(WHAT, call);
        }
        if (!reply.ok()) {
            throw Failure.refused(WHAT + ", from line " + lineNumbers.getFirst() + " on", reply);
        }
        count(reply);
        chunk.clear();
        lineNumbers.clear();
        chunkChars = 0;
    }

    private void count(Reply reply) {
        if (json) {
            shell.out().println(Printable.json(reply.body().strip()));
        }
        Json answer = reply.json();
        accepted += answer.at("accepted").count();
        List<Json> results = answer.at("results").items();
        long told = 0;
        for (int i = 0; i < Math.min(results.size(), lineNumbers.size()); i++) {
            Json error = results.get(i).at("error");
            if (!error.missing()) {
                told++;
                reject(
                        lineNumbers.get(i),
                        error.at("detail", "message", "title").raw(error.raw("-")));
            }
        }
        rejected += Math.max(0, answer.at("rejected").count() - told);
    }

    private void reject(long line, String why) {
        rejected++;
        if (rejected <= SHOWN_ERRORS) {
            shell.err().println("line " + line + ": " + Printable.line(why));
        } else if (rejected == SHOWN_ERRORS + 1) {
            shell.err().println("(further errors are only counted)");
        }
    }

    private void summary() {
        String text = "accepted " + accepted + ", rejected " + rejected + ", lines read " + lines;
        (json ? shell.err() : shell.out()).println(text);
        shell.out().flush();
    }

    private static long seconds(String retryAfter) {
        try {
            return Math.clamp(Long.parseLong(retryAfter), 1, 60);
        } catch (NumberFormatException e) {
            return 1;
        }
    }
}
