package io.yardmaster.dispatcher.docs;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.Yaml;

/// Makes the calls of a `rest_command:` as Home Assistant would.
final class RestCommands {
    private static final Pattern TEMPLATE = Pattern.compile("\\{\\{\\s*(\\w+)[^}]*}}");

    private RestCommands() {}

    /// @param values `name=value` for the templates
    /// @param placed puts ports in
    static List<String> call(String yaml, List<String> values, UnaryOperator<String> placed)
            throws IOException, InterruptedException {
        Map<String, Map<String, Map<String, Object>>> page = new Yaml().load(yaml);
        Map<String, Map<String, Object>> commands = page.get("rest_command");
        if (commands == null || commands.isEmpty()) {
            throw new AssertionError("no rest_command in\n" + yaml);
        }
        List<String> said = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient()) {
            for (Map.Entry<String, Map<String, Object>> each : commands.entrySet()) {
                Map<String, Object> command = each.getValue();
                HttpRequest.Builder request =
                        HttpRequest.newBuilder(URI.create(placed.apply(text(command, "url"))))
                                .method(
                                        text(command, "method").toUpperCase(java.util.Locale.ROOT),
                                        HttpRequest.BodyPublishers.ofString(
                                                filled(
                                                        placed.apply(text(command, "payload")),
                                                        values)));
                request.header("Content-Type", text(command, "content_type"));
                HttpResponse<String> answer =
                        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
                said.add(each.getKey() + ": " + answer.statusCode() + " " + answer.body());
                if (answer.statusCode() >= 300) {
                    throw new AssertionError(said.getLast());
                }
            }
        }
        return said;
    }

    private static String text(Map<String, Object> command, String key) {
        Object value = command.get(key);
        if (value == null) {
            throw new AssertionError("rest_command without " + key + ": " + command);
        }
        return value.toString();
    }

    private static String filled(String payload, List<String> values) {
        Matcher template = TEMPLATE.matcher(payload);
        return template.replaceAll(found ->
                values.stream()
                        .filter(each -> each.startsWith(found.group(1) + "="))
                        .map(each -> each.substring(found.group(1).length() + 1))
                        .findFirst()
                        .orElseThrow(() ->
                                new AssertionError(
                                        "no value for " + found.group() + " in " + values)));
    }
}
