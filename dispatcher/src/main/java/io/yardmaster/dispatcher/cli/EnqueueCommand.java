package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/// Enqueues one request, or with `--batch` one a line.
@Command(
        name = "enqueue",
        description =
                "Enqueue a request. A body that is JSON is sent as JSON, other text as text, anything"
                        + " else as bytes.",
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster enqueue '{\"image\":7}' --service thumbnails --priority high",
            "  yardmaster enqueue @photo.jpg --path /resize -H 'Content-Type: image/jpeg'",
            "  echo hello | yardmaster enqueue --delay 5s --retries 3",
            "  yardmaster enqueue '{}' --wait=60       exit 0 only when it succeeded in time",
            "  yardmaster enqueue --batch @requests.ndjson --service thumbnails"
        })
final class EnqueueCommand extends RemoteCommand {
    static final String DEFAULT_WAIT = "30s";

    private static final long POLL_MILLIS = 500;
    private static final Set<String> SETTLED = Set.of("succeeded", "dead", "cancelled", "expired");

    @Parameters(
            arity = "0..1",
            paramLabel = "BODY",
            description = "The body, or @file, or - for standard input (default when piped).")
    @Nullable String body;

    @Mixin final RequestOptions options = new RequestOptions();

    @Option(
            names = "--idempotency-key",
            paramLabel = "KEY",
            description = "Enqueue once, however often this is repeated.")
    @Nullable String idempotencyKey;

    @Option(names = "--text", description = "Send the body as text even when it is JSON.")
    boolean text;

    @Option(
            names = "--wait",
            arity = "0..1",
            fallbackValue = DEFAULT_WAIT,
            paramLabel = "SECONDS",
            converter = Durations.class,
            description = "Wait for the outcome and print it (30 s unless told).")
    @Nullable Duration wait;

    @Option(
            names = "--batch",
            description = "BODY is NDJSON: one request a line; options fill in what a line lacks.")
    boolean batch;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print only the id.")
    boolean quiet;

    EnqueueCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws InterruptedException {
        JsonObject request = request();
        if (batch) {
            return new BatchUpload(shell, api(), request, wantsJson()).run(body);
        }
        ApiClient api = api();
        BodySource.add(request, new BodySource(shell).bytes(body), text);
        long start = shell.time().nanos().getAsLong();
        Call call =
                Call.post("/v1/requests")
                        .with(Call.Content.json(request.toString()))
                        .with(headers(), wait == null ? Duration.ZERO : wait);
        Reply reply = api.expect("cannot enqueue", call);
        return wait == null ? accepted(reply) : outcome(api, reply, wait, start);
    }

    private JsonObject request() {
        try {
            JsonObject request = options.toJson();
            if (batch && (wait != null || options.id != null || idempotencyKey != null)) {
                throw new TypeConversionException(
                        "--batch: --wait, --id and --idempotency-key are for single requests");
            }
            return request;
        } catch (TypeConversionException e) {
            throw new ParameterException(
                    Objects.requireNonNull(spec, "set by picocli").commandLine(),
                    Objects.requireNonNullElse(e.getMessage(), "wrong option"));
        }
    }

    private Map<String, String> headers() {
        Map<String, String> headers = new LinkedHashMap<>();
        if (wait != null) {
            headers.put("Prefer", "wait=" + Math.max(1, (wait.toMillis() + 999) / 1000));
        }
        if (idempotencyKey != null) {
            headers.put("Idempotency-Key", idempotencyKey);
        }
        return headers;
    }

    private int accepted(Reply reply) {
        Json answer = reply.json();
        if (quiet && !wantsJson()) {
            shell.out().println(answer.at("id").show());
            return 0;
        }
        String queue = answer.at("service").raw("-") + "/" + answer.at("priority").raw("-");
        Json durability = answer.at("durability");
        String kept = durability.missing() ? "" : " (" + durability.raw("-") + ")";
        String state = answer.at("state").raw("queued");
        printResult(reply, state + " " + answer.at("id").raw("-") + " in " + queue + kept);
        return 0;
    }

    /// Asks again when the dispatcher waited less long than we were told to.
    private int outcome(ApiClient api, Reply accepted, Duration patience, long start)
            throws InterruptedException {
        Reply reply = accepted;
        Json answer = reply.json();
        String id = answer.at("id").raw("");
        while (!SETTLED.contains(answer.at("state").raw("")) && !id.isEmpty()) {
            long left =
                    patience.toMillis() - (shell.time().nanos().getAsLong() - start) / 1_000_000;
            if (left <= 0) {
                break;
            }
            shell.time().pause().millis(Math.min(POLL_MILLIS, left));
            String path = "/v1/requests/" + Call.encode(id);
            reply = api.expect("cannot follow request " + id, Call.get(path));
            answer = reply.json();
        }
        String state = answer.at("state").show();
        if (wantsJson()) {
            printJson(reply);
        } else if (quiet) {
            shell.out().println(answer.at("id").show());
        } else {
            printLines(RequestCard.draw(answer, shell.ink(), shell.time().clock()));
        }
        if (!SETTLED.contains(state)) {
            shell.out().flush();
            throw Failure.failed(
                    "request " + id + " is still " + state,
                    List.of("it did not settle within " + Durations.human(patience.toMillis())),
                    "yardmaster why " + id);
        }
        return state.equals("succeeded") ? 0 : Failure.FAILED;
    }
}
