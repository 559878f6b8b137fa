package io.yardmaster.dispatcher.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Linux, by the files of `/proc` and `/sys` under a root. What a kernel or container does not have
/// is left out; only `/proc/stat` must be there.
final class LinuxMachine implements Machine {
    /// Whole disks alone: a partition's time is its disk's, and what lies above several disks (md,
    /// dm, loop) would count twice. `sata1` is how Synology calls them.
    private static final Pattern DISK =
            Pattern.compile(
                    "(sd|hd|vd|xvd)[a-z]+|nvme\\d+n\\d+|mmcblk\\d+|sata\\d+|sas\\d+|nbd\\d+");

    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final int IDLE = 3;
    private static final int IOWAIT = 4;
    private static final int GUEST = 8;
    private static final int DISK_BUSY_MS = 12;
    private static final int MOST_SENSORS = 256;
    private static final double COLDEST = -50;
    private static final double HOTTEST = 150;

    private final Path root;
    private final LongSupplier nanos;

    LinuxMachine(Path root, LongSupplier nanos) {
        this.root = root;
        this.nanos = nanos;
    }

    @Override
    public Reading read() {
        double busy = 0;
        double total = 0;
        int cores = 0;
        List<String> stat = lines("proc/stat");
        for (String line : stat) {
            if (line.startsWith("cpu ")) {
                String[] fields = blanks(line);
                // guest time, the last two, is in user time already
                for (int i = 0; i < Math.min(GUEST, fields.length - 1); i++) {
                    double ticks = number(fields[i + 1]);
                    total += ticks;
                    // waiting for a disk leaves the CPU to others; io says that
                    busy += i == IDLE || i == IOWAIT ? 0 : ticks;
                }
            } else if (line.startsWith("cpu")) {
                cores++;
            }
        }
        if (total <= 0) {
            throw new UncheckedIOException(
                    new IOException(root.resolve("proc/stat") + " (expected: a line 'cpu ...')"));
        }
        return new Reading(
                nanos.getAsLong(),
                busy,
                total,
                Math.max(1, cores),
                quota(),
                memory(),
                disks(),
                pressure(),
                temperature());
    }

    private Map<String, Long> disks() {
        Map<String, Long> disks = new HashMap<>();
        for (String line : lines("proc/diskstats")) {
            String[] fields = blanks(line.strip());
            if (fields.length > DISK_BUSY_MS && DISK.matcher(fields[2]).matches()) {
                disks.put(fields[2], (long) number(fields[DISK_BUSY_MS]));
            }
        }
        return disks;
    }

    /// The machine's use, or the container's of its limit when that is greater.
    private double memory() {
        Map<String, Double> kilobytes = new HashMap<>();
        for (String line : lines("proc/meminfo")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                String[] value = blanks(line.substring(colon + 1).strip());
                kilobytes.put(line.substring(0, colon), number(value[0]));
            }
        }
        double total = kilobytes.getOrDefault("MemTotal", 0.0);
        double used = 0;
        if (total > 0) {
            // MemAvailable is there since Linux 3.14
            double free =
                    kilobytes.containsKey("MemAvailable")
                            ? kilobytes.getOrDefault("MemAvailable", 0.0)
                            : kilobytes.getOrDefault("MemFree", 0.0)
                                    + kilobytes.getOrDefault("Buffers", 0.0)
                                    + kilobytes.getOrDefault("Cached", 0.0);
            used = 1 - free / total;
        }
        double limit = number(first("sys/fs/cgroup/memory.max"));
        if (limit > 0) {
            double cached = 0;
            for (String line : lines("sys/fs/cgroup/memory.stat")) {
                if (line.startsWith("inactive_file ")) {
                    cached = number(line.substring("inactive_file ".length()));
                }
            }
            double current = number(first("sys/fs/cgroup/memory.current"));
            used = Math.max(used, (current - cached) / limit);
        }
        return used;
    }

    /// Inside a container the root of cgroup v2 is the container's own; on a plain machine the root
    /// has no such files.
    private Reading.@Nullable Quota quota() {
        String[] max = blanks(first("sys/fs/cgroup/cpu.max").strip());
        if (max.length < 2 || number(max[0]) <= 0 || number(max[1]) <= 0) {
            return null; // "max 100000" is no limit
        }
        long used = 0;
        for (String line : lines("sys/fs/cgroup/cpu.stat")) {
            if (line.startsWith("usage_usec ")) {
                used = (long) number(line.substring("usage_usec ".length()));
            }
        }
        return new Reading.Quota(number(max[0]) / number(max[1]), used);
    }

    private @Nullable Double pressure() {
        Double worst = null;
        for (String resource : List.of("cpu", "memory", "io")) {
            for (String line : lines("proc/pressure/" + resource)) {
                int at = line.indexOf("avg10=");
                if (line.startsWith("some ") && at > 0) {
                    String percent = blanks(line.substring(at + "avg10=".length()))[0];
                    double share = Math.clamp(number(percent) / 100, 0.0, 1.0);
                    worst = worst == null ? share : Math.max(worst, share);
                }
            }
        }
        return worst;
    }

    private @Nullable Double temperature() {
        double hottest = Double.NEGATIVE_INFINITY;
        for (Path zone : list("sys/class/thermal", "thermal_zone\\d+")) {
            hottest = Math.max(hottest, celsius(zone.resolve("temp")));
        }
        for (Path chip : list("sys/class/hwmon", "hwmon\\d+")) {
            for (Path sensor : list(root.relativize(chip).toString(), "temp\\d+_input")) {
                hottest = Math.max(hottest, celsius(sensor));
            }
        }
        return Double.isFinite(hottest) ? hottest : null;
    }

    /// A sensor that is not there reads -273, 255 and the like, or cannot be read.
    private static double celsius(Path millidegrees) {
        List<String> lines = lines(millidegrees);
        double value = lines.isEmpty() ? Double.NaN : parsed(lines.getFirst().strip()) / 1000;
        return value >= COLDEST && value <= HOTTEST ? value : Double.NEGATIVE_INFINITY;
    }

    private List<Path> list(String directory, String names) {
        try (Stream<Path> entries = Files.list(root.resolve(directory))) {
            return entries.filter(path -> path.getFileName().toString().matches(names))
                    .limit(MOST_SENSORS)
                    .toList();
        } catch (IOException | UncheckedIOException e) {
            return List.of();
        }
    }

    private String first(String file) {
        List<String> lines = lines(file);
        return lines.isEmpty() ? "" : lines.getFirst();
    }

    private List<String> lines(String file) {
        return lines(root.resolve(file));
    }

    /// None when the file cannot be read.
    private static List<String> lines(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).lines().toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static String[] blanks(String line) {
        return BLANKS.split(line, -1);
    }

    /// 0 for what is no number.
    private static double number(String text) {
        double value = parsed(text);
        return Double.isFinite(value) ? value : 0;
    }

    private static double parsed(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }
}
