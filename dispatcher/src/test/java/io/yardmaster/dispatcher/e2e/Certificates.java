package io.yardmaster.dispatcher.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Authorities and certificates, made by openssl for one test.
final class Certificates implements AutoCloseable {
    private final Path directory;

    /// Files in PEM form.
    record Pair(Path certificate, Path key) {}

    Certificates() {
        try {
            directory = Files.createTempDirectory("yardmaster-e2e-tls").toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Pair authority(String name) {
        Pair pair = pair(name);
        openssl(
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "10",
                "-subj",
                "/CN=" + name,
                "-keyout",
                pair.key().toString(),
                "-out",
                pair.certificate().toString());
        return pair;
    }

    /// @param names as `DNS:localhost,IP:127.0.0.1`
    /// @param days 0: expired the moment that it was made
    Pair certificate(String name, Pair authority, String names, int days) {
        Pair pair = pair(name);
        Path request = directory.resolve(name + ".csr");
        Path extensions = directory.resolve(name + ".ext");
        try {
            Files.writeString(extensions, "subjectAltName=" + names + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        openssl(
                "req",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-subj",
                "/CN=" + name,
                "-keyout",
                pair.key().toString(),
                "-out",
                request.toString());
        openssl(
                "x509",
                "-req",
                "-in",
                request.toString(),
                "-CA",
                authority.certificate().toString(),
                "-CAkey",
                authority.key().toString(),
                "-CAcreateserial",
                "-days",
                Integer.toString(days),
                "-extfile",
                extensions.toString(),
                "-out",
                pair.certificate().toString());
        return pair;
    }

    private Pair pair(String name) {
        return new Pair(directory.resolve(name + ".crt"), directory.resolve(name + ".key"));
    }

    private static void openssl(String... arguments) {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(List.of(arguments));
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError(command + "\n" + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("openssl is needed (Debian package openssl)", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
