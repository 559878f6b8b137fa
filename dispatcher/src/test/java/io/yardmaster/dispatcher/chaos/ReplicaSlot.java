package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.e2e.Await;
import io.yardmaster.dispatcher.e2e.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A place for one replica: its address stays when the process is another.
final class ReplicaSlot implements AutoCloseable {
    private final Place place;
    private final int port;
    private final Shim shim;
    private final Path directory;
    private final AtomicInteger failedStarts = new AtomicInteger();
    private volatile boolean wanted;
    private volatile @Nullable Program program;

    /// Where it runs and what it is told.
    ///
    /// @param address where its REST is reached
    /// @param prefix a command that runs it, such as `ip netns exec`
    /// @param arguments of `serve`, beside its port and name
    /// @param classes looked into before the program's own classes
    record Place(
            String name,
            String address,
            List<String> prefix,
            List<String> arguments,
            Optional<Path> classes) {}

    ReplicaSlot(Path directory, Place place) {
        this.directory = directory;
        this.place = place;
        this.port = RedisServer.freePort();
        this.shim = new Shim(directory, place.name());
    }

    String name() {
        return place.name();
    }

    String url() {
        return "http://" + place.address() + ":" + port;
    }

    Shim shim() {
        return shim;
    }

    /// Without waiting for it.
    synchronized void start() {
        wanted = true;
        launch();
    }

    /// How often it ended without having been told to.
    int failedStarts() {
        return failedStarts.get();
    }

    private void launch() {
        keepWhatItSaid();
        List<String> arguments =
                new ArrayList<>(
                        List.of("serve", "--port", Integer.toString(port), "--replica-id", name()));
        arguments.addAll(place.arguments());
        Map<String, String> environment = shim.environment();
        String[] words = arguments.toArray(String[]::new);
        program =
                place.classes()
                        .map(classes ->
                                Program.patched(classes, environment, place.prefix(), words))
                        .orElseGet(() -> Program.start(environment, place.prefix(), words));
    }

    /// A replica that ended by itself is started again, as systemd or Kubernetes would: one that
    /// does not reach Redis when it starts gives up.
    boolean ready() {
        synchronized (this) {
            if (wanted && !running()) {
                failedStarts.incrementAndGet();
                launch();
            }
        }
        return running() && Rest.status(url() + "/health/readiness") == 200;
    }

    boolean running() {
        Program current = program;
        return current != null && current.running();
    }

    void awaitReady() {
        Await.until(name() + " is ready", this::ready, () -> said());
    }

    void signal(String name) {
        Program current = program;
        if (current != null && current.running()) {
            current.signal(name);
        }
    }

    /// kill -9; gone when this returns.
    void kill() throws InterruptedException {
        wanted = false;
        signal("KILL");
        awaitEnd();
    }

    /// SIGTERM; gone when this returns.
    ///
    /// @return the exit code
    int end() throws InterruptedException {
        wanted = false;
        signal("TERM");
        return awaitEnd();
    }

    private int awaitEnd() throws InterruptedException {
        Program current = program;
        return current == null ? 0 : current.exitCode();
    }

    private void keepWhatItSaid() {
        Program before = program;
        if (before != null) {
            try {
                Files.writeString(
                        directory.resolve(name() + ".log"),
                        before.said(),
                        java.nio.file.StandardOpenOption.CREATE,
                        java.nio.file.StandardOpenOption.APPEND);
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            before.close();
        }
    }

    String said() {
        Program current = program;
        return current == null ? name() + " never started" : current.said();
    }

    @Override
    public void close() {
        wanted = false;
        keepWhatItSaid();
        program = null;
    }
}
