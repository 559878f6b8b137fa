package io.yardmaster.dispatcher.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The processes of the demo and their directory: one dispatcher with its embedded Redis, and the
/// nodes. Closing ends them all, within bounded time, and removes what they wrote. Thread-safe.
final class House implements AutoCloseable {
    private static final int PREFERRED_PORT = 8080;
    private static final int PORTS_TRIED = 20;
    private static final int SECONDS_TO_END = 10;

    private final Path directory;
    private final int port;
    private final List<Child> nodes = new ArrayList<>();
    private final Child dispatcher;
    private boolean closed;

    House(Child.Program program) throws IOException {
        directory = Files.createTempDirectory("yardmaster-demo-");
        port = freePort();
        try {
            dispatcher =
                    new Child(
                            "dispatcher",
                            program,
                            List.of(
                                    "serve",
                                    "--port",
                                    Integer.toString(port),
                                    "--data-dir",
                                    directory.resolve("data").toString()),
                            directory);
            for (Machine machine : Machine.HOUSE) {
                nodes.add(
                        new Child(
                                machine.id(),
                                program,
                                List.of(
                                        "demo-node",
                                        "--id",
                                        machine.id(),
                                        "--cores",
                                        Integer.toString(machine.cores()),
                                        "--slowness",
                                        Double.toString(machine.slowness()),
                                        "--dispatcher",
                                        url().toString()),
                                directory));
            }
        } catch (IOException e) {
            nodes.forEach(Child::stop);
            throw e;
        }
    }

    /// Where the dispatcher's REST and dashboard are.
    URI url() {
        return URI.create("http://127.0.0.1:" + port);
    }

    boolean preferredPort() {
        return port == PREFERRED_PORT;
    }

    /// Where the machines listen, in the order of [Machine#HOUSE]; shorter while some are still
    /// starting.
    List<URI> nodeUrls() {
        return nodes.stream()
                .flatMap(node -> node.said(DemoNodeCommand.LISTENING).stream())
                .map(URI::create)
                .toList();
    }

    /// Fails with the last words of a process that has ended.
    void requireAlive() {
        dispatcher.requireAlive();
        nodes.forEach(Child::requireAlive);
    }

    /// Why a connection broke, with the last words of the process that ended (which may take it a
    /// moment), else of the dispatcher.
    DemoFailure explain(IOException broken) throws InterruptedException {
        dispatcher.awaitEndUpTo(2);
        requireAlive();
        return new DemoFailure(
                "no answer: "
                        + broken
                        + ". The dispatcher's last words:\n  "
                        + String.join("\n  ", dispatcher.tail()));
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        dispatcher.stop();
        nodes.forEach(Child::stop);
        try {
            for (Child node : nodes) {
                node.awaitEnd(SECONDS_TO_END);
            }
            dispatcher.awaitEnd(SECONDS_TO_END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        remove(directory);
    }

    private static int freePort() throws IOException {
        for (int port = PREFERRED_PORT; port < PREFERRED_PORT + PORTS_TRIED; port++) {
            try (ServerSocket socket =
                    new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException _) {
                // taken: the next one
            }
        }
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static void remove(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException e) {
            System.err.println("left behind: " + directory + " (" + e + ")");
        }
    }
}
