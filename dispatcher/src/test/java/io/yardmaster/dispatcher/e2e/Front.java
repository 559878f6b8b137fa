package io.yardmaster.dispatcher.e2e;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// nginx or HAProxy, the installed program, with the configuration from `deploy/`: only ports are
/// put in.
final class Front implements AutoCloseable {
    private static final Path DEPLOY = Path.of("..", "deploy").toAbsolutePath().normalize();

    private final Process process;
    private final Path log;
    private final int port;

    private Front(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.port = port;
    }

    /// @param program `nginx` or `haproxy`
    static Front start(String program, Path directory, int one, int two) throws IOException {
        int port = freePort();
        Path log = directory.resolve(program + ".log");
        List<String> command = new ArrayList<>(List.of(binary(program)));
        if (program.equals("nginx")) {
            Path site = directory.resolve("yardmaster.conf");
            Files.writeString(
                    site, placed(DEPLOY.resolve("nginx/yardmaster.conf"), port, one, two));
            Path main = directory.resolve("nginx.conf");
            Files.writeString(
                    main,
                    """
                    user root; daemon off; worker_processes 2; pid %1$s/nginx.pid; error_log stderr;
                    events { worker_connections 1024; }
                    http { access_log off; client_body_temp_path %1$s/b; proxy_temp_path %1$s/p;
                      fastcgi_temp_path %1$s/f; uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s;
                      include %1$s/yardmaster.conf; }
                    """
                            .formatted(directory));
            command.addAll(List.of("-p", directory.toString(), "-c", main.toString()));
        } else {
            Path config = directory.resolve("haproxy.cfg");
            Files.writeString(
                    config, placed(DEPLOY.resolve("haproxy/haproxy.cfg"), port, one, two));
            command.addAll(List.of("-db", "-f", config.toString()));
        }
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        Front front = new Front(process, log, port);
        try {
            Await.until("the proxy listens", () -> front.listens() || !process.isAlive());
            if (!process.isAlive()) {
                throw new AssertionError(program + " ended: " + front.said());
            }
            return front;
        } catch (AssertionError e) {
            front.close();
            throw e;
        }
    }

    private static String placed(Path file, int port, int one, int two) throws IOException {
        String text = Files.readString(file);
        for (String address : List.of("127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:8082")) {
            if (!text.contains(address)) {
                throw new AssertionError(file + " names no " + address);
            }
        }
        return text.replace("127.0.0.1:8080", "127.0.0.1:" + port)
                .replace("127.0.0.1:8081", "127.0.0.1:" + one)
                .replace("127.0.0.1:8082", "127.0.0.1:" + two);
    }

    private static String binary(String program) {
        for (String directory : List.of("/usr/sbin", "/usr/bin", "/usr/local/sbin")) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return directory + "/" + program;
            }
        }
        throw new AssertionError(program + " is not installed; scripts/test installs it");
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected() && process.isAlive();
        } catch (IOException e) {
            return false;
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    String said() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> workers = process.descendants().toList();
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        workers.forEach(ProcessHandle::destroyForcibly);
    }
}
