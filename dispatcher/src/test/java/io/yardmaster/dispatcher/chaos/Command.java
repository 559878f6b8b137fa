package io.yardmaster.dispatcher.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/// Runs the machine's own tools: `ip`, `nft`, `mount`, `gcc`.
final class Command {
    private Command() {}

    /// Runs it, and insists on exit code 0.
    static void run(String... words) {
        String said = "";
        int code;
        try {
            Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
            process.getOutputStream().close();
            said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            code = process.waitFor(60, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            throw new UncheckedIOException(words[0] + " (scripts/test installs it)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(words[0], e);
        }
        if (code != 0) {
            throw new IllegalStateException(
                    String.join(" ", words) + ": exit code " + code + ": " + said);
        }
    }
}
