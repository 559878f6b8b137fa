package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.DoctorPage.Line;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What can be seen from here when no dispatcher answers: its port, and a Redis.
final class Nearby {
    private static final Pattern REDIS =
            Pattern.compile(
                    "(rediss?(?:-sentinel)?)://(?:[^@/]*@)?(\\[[^]]+]|[^:/,?#]+)(?::(\\d{1,5}))?.*");

    private Nearby() {}

    static List<Line> look(String host, int port, Map<String, String> env) {
        List<Line> lines = new ArrayList<>();
        lines.add(door(host, port));
        String uris = env.getOrDefault("YARDMASTER_REDIS_URI", "");
        if (uris.isEmpty()) {
            lines.add(embedded(Path.of(env.getOrDefault("YARDMASTER_DATA_DIR", "./data"))));
        }
        // The hosts of one Sentinel address are themselves separated by commas; the first will do.
        boolean one = uris.isEmpty() || uris.contains("-sentinel://");
        for (String uri : one ? new String[] {uris} : uris.split(",", -1)) {
            if (!uri.isEmpty()) {
                lines.add(redis(uri.strip()));
            }
        }
        return lines;
    }

    private static Line door(String host, int port) {
        String why =
                "an open port that does not answer is a process that hangs, or another program";
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), millis());
            return new Line(
                    "port",
                    "warn",
                    "something listens at "
                            + host
                            + ":"
                            + port
                            + " and is no dispatcher that answers",
                    why,
                    "ss -ltnp 'sport = :" + port + "' names it; look at its log");
        } catch (IOException e) {
            return new Line(
                    "port",
                    "warn",
                    "nothing can be reached at " + host + ":" + port + " (" + e.getMessage() + ")",
                    why,
                    "systemctl status yardmaster; journalctl -u yardmaster -n 50");
        }
    }

    private static Line embedded(Path data) {
        Path file = data.resolve("redis.port");
        try {
            return redis("redis://127.0.0.1:" + Files.readString(file).strip());
        } catch (IOException e) {
            return new Line(
                    "redis",
                    "warn",
                    "no YARDMASTER_REDIS_URI, and no embedded Redis in " + data,
                    "the queues are in Redis",
                    "run this where the dispatcher runs, or set YARDMASTER_REDIS_URI or"
                            + " YARDMASTER_DATA_DIR");
        }
    }

    private static Line redis(String uri) {
        String why = "the queues are in Redis: while it is well, nothing accepted is lost";
        Matcher parts = REDIS.matcher(uri);
        String fix = "systemctl status redis-server; or correct YARDMASTER_REDIS_URI";
        if (!parts.matches()) {
            return new Line("redis", "fail", "its address cannot be read", why, fix);
        }
        String scheme = parts.group(1);
        String host = parts.group(2);
        String digits = parts.group(3);
        int port =
                digits != null
                        ? Integer.parseInt(digits)
                        : scheme.endsWith("-sentinel") ? 26379 : 6379;
        String name = host + ":" + port;
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), millis());
            socket.setSoTimeout(millis());
            if (scheme.startsWith("rediss")) {
                return new Line("redis", "ok", name + " takes connections (TLS)", why, "");
            }
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            String said = firstLine(socket.getInputStream());
            boolean well = said.startsWith("+PONG") || said.startsWith("-NOAUTH");
            return new Line(
                    "redis",
                    well ? "ok" : "fail",
                    name + (well ? " answers" : " says: " + said),
                    why,
                    well ? "" : fix);
        } catch (IOException | IllegalArgumentException e) {
            return new Line("redis", "fail", name + ": " + e.getMessage(), why, fix);
        }
    }

    private static String firstLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b >= 0 && b != '\r' && line.length() < 200; b = in.read()) {
            line.append((char) b);
        }
        return line.toString();
    }

    private static int millis() {
        return Math.toIntExact(DoctorCommand.PATIENCE.toMillis());
    }
}
