package io.yardmaster.dispatcher.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads what a person gives as a body: the argument itself, `@file`, or `-` for standard input.
final class BodySource {
    static final int LARGEST = 16 * 1024 * 1024;

    private final Shell shell;

    BodySource(Shell shell) {
        this.shell = shell;
    }

    /// Reads a body.
    ///
    /// @param argument as given; null takes standard input unless that is a keyboard
    /// @throws Failure when it cannot be read or is larger than 16 MiB
    byte[] bytes(@Nullable String argument) {
        if (argument != null && !argument.equals("-") && !argument.startsWith("@")) {
            return argument.getBytes(StandardCharsets.UTF_8);
        }
        try (InputStream in = open(argument)) {
            byte[] bytes = in.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw Failure.failed(
                        "the body cannot be sent",
                        List.of("it is larger than 16 MiB"),
                        "put it where the node can fetch it, and send its address");
            }
            return bytes;
        } catch (IOException e) {
            throw unreadable(argument, e);
        }
    }

    /// Reads a JSON object.
    ///
    /// @throws Failure (usage) when it is not a JSON object
    Json object(String argument) {
        try {
            Json json = Json.parse(new String(bytes(argument), StandardCharsets.UTF_8));
            if (json.isObject()) {
                return json;
            }
        } catch (IOException e) {
            // falls through: not JSON is as wrong as another kind of JSON
        }
        throw Failure.usage(
                "the settings cannot be used", "JSON: " + argument + " (expected: an object)", "");
    }

    /// The stream to read from; standard input is handed out in a form that stays open.
    InputStream open(@Nullable String argument) throws IOException {
        if (argument != null && argument.startsWith("@")) {
            return Files.newInputStream(Path.of(argument.substring(1)));
        }
        if (argument == null && shell.tty().input()) {
            return InputStream.nullInputStream();
        }
        return new java.io.FilterInputStream(shell.streams().in()) {
            @Override
            public void close() {}
        };
    }

    Failure unreadable(@Nullable String argument, IOException e) {
        String from = argument == null || argument.equals("-") ? "standard input" : argument;
        String why =
                e instanceof NoSuchFileException
                        ? "there is no such file"
                        : Objects.requireNonNullElse(e.getMessage(), e.toString());
        return Failure.failed("cannot read " + from, List.of(why), "");
    }

    /// Adds a body in the form that keeps it unchanged: JSON as it is, other UTF-8 as text,
    /// anything else as Base64, and nothing when it is empty.
    ///
    /// @param plain treat JSON as text, too
    static void add(JsonObject request, byte[] body, boolean plain) {
        if (body.length == 0) {
            return;
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            request.text("bodyBase64", Base64.getEncoder().encodeToString(body));
            return;
        }
        if (!plain && isJson(text)) {
            request.raw("body", text.strip());
        } else {
            request.text("bodyText", text);
        }
    }

    private static boolean isJson(String text) {
        try {
            Json.parse(text);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
