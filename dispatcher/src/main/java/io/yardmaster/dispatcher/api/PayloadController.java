package io.yardmaster.dispatcher.api;

import static java.nio.charset.StandardCharsets.UTF_8;

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
import io.yardmaster.queue.Found;
import io.yardmaster.queue.Request;
import io.yardmaster.queue.Shards;
import io.yardmaster.queue.StoredRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a producer sent, for operators who look for the reason of a failure. Kept while a request
/// waits, is in flight or is dead; once it has ended otherwise there is nothing to show.
@Controller("/v1/requests")
@Produces(MediaType.ALL)
@ExecuteOn(TaskExecutors.BLOCKING)
final class PayloadController {
    private static final int PREVIEW = 4096;
    private static final int MOST = 1 << 20;
    private static final String MASK = "***";

    /// Names of header fields whose values let somebody in, by what is in them.
    private static final Pattern CREDENTIALS =
            Pattern.compile(
                    "authori[sz]ation|authentication|cookie|token|secret|password|passwd|api-?key"
                            + "|access-?key|private|credential|signature|session|csrf|xsrf"
                            + "|(^|-)auth(-|$)|(^|-)key$");

    private final Shards queue;

    PayloadController(Shards queue) {
        this.queue = queue;
    }

    @Get("/{id}/payload")
    @Allow(Access.OPERATE)
    HttpResponse<?> payload(HttpRequest<?> request, String id) {
        @Nullable String form = request.getParameters().get("form");
        if (form != null && !form.equals("json") && !form.equals("raw")) {
            throw Problem.invalid("form", form, "raw or json").refused();
        }
        int most = most(request.getParameters().get("most"));
        Found found = RequestsController.find(queue, request, id);
        if (found instanceof Found.Unknown) {
            return Problem.unknownRequest(id).response();
        }
        return queue.stored(id)
                .<HttpResponse<?>>map(stored ->
                        form == null || form.equals("raw") ? raw(stored) : json(stored, most))
                .orElseGet(() -> gone(id).response());
    }

    private static int most(@Nullable String text) {
        if (text == null) {
            return PREVIEW;
        }
        if (!text.matches("\\d{1,7}") || Integer.parseInt(text) > MOST) {
            throw Problem.invalid("most", text, "0 to " + MOST).refused();
        }
        return Integer.parseInt(text);
    }

    private static Problem gone(String id) {
        return Problem.notFound(
                "what was sent as request " + id + " is kept until it ends, and it has ended");
    }

    /// The bytes as they are, in a form that no browser shows or runs.
    private static HttpResponse<?> raw(StoredRequest stored) {
        byte[] body = stored.request().body();
        boolean text = isText(body);
        String name = stored.request().id().replace(':', '_') + (text ? ".txt" : ".bin");
        return HttpResponse.ok(body)
                .header(
                        "Content-Type",
                        text ? "text/plain; charset=utf-8" : "application/octet-stream")
                .header("Content-Disposition", "attachment; filename=\"" + name + "\"")
                .header("X-Content-Type-Options", "nosniff")
                .header("Content-Security-Policy", RawAnswer.SANDBOX);
    }

    private static HttpResponse<?> json(StoredRequest stored, int most) {
        Request sent = stored.request();
        ObjectNode json =
                Answers.object()
                        .put("id", sent.id())
                        .put("service", sent.queue().service())
                        .put("priority", sent.queue().priority().text())
                        .put("method", sent.method())
                        .put("path", sent.path());
        ArrayNode headers = json.putArray("headers");
        for (Request.Header header : sent.headers()) {
            headers.addObject()
                    .put("name", header.name())
                    .put("value", credentials(header.name()) ? MASK : header.value());
        }
        byte[] body = sent.body();
        int shown = Math.min(most, body.length);
        json.put("size", body.length);
        int whole = wholeText(body, shown);
        if (isText(body)) {
            json.put("body", new String(body, 0, whole, UTF_8));
        } else {
            whole = shown;
            json.put("bodyBase64", Arrays.copyOf(body, shown));
        }
        json.put("truncated", whole < body.length);
        return Answers.ok(json);
    }

    static boolean credentials(String header) {
        return CREDENTIALS.matcher(header.toLowerCase(Locale.ROOT)).find();
    }

    /// The most bytes up to `end` that don't end within a character.
    private static int wholeText(byte[] body, int end) {
        int cut = end;
        while (cut > 0 && cut < body.length && (body[cut] & 0xC0) == 0x80) {
            cut--;
        }
        return cut;
    }

    /// Whether a person can read it: UTF-8 without control characters but the usual white space.
    private static boolean isText(byte[] body) {
        for (byte b : body) {
            if (b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t' && b != '\f'
                    && b != 0x1b) {
                return false;
            }
        }
        try {
            UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }
}
