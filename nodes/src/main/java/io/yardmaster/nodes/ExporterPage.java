package io.yardmaster.nodes;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// What one page of a Prometheus node exporter says of a machine, as far as a [Report] asks. Lines
/// that are damaged or of no use are passed over. Reads Linux, macOS and the BSDs; the disks and
/// the pressure of Linux alone. Immutable.
final class ExporterPage {
    private static final String[] RESOURCES = {"cpu", "memory", "io"};
    private static final int MOST_CPUS = 4096;
    private static final int MOST_DISKS = 1024;

    /// Seconds since boot that one CPU has been up and idle.
    private record Cpu(double total, double idle) {
        Cpu plus(String mode, double seconds) {
            // waiting for a disk leaves the CPU to others; io says that
            boolean free = mode.equals("idle") || mode.equals("iowait");
            return new Cpu(total + seconds, idle + (free ? seconds : 0));
        }
    }

    private final Map<String, Cpu> cpus = new HashMap<>();
    private final Map<String, Double> diskSeconds = new HashMap<>();
    private final Map<String, Double> plain = new HashMap<>();
    private double hottest = Double.NEGATIVE_INFINITY;

    private ExporterPage() {}

    /// Reads a page in Prometheus' text format, version 0.0.4.
    static ExporterPage parse(byte[] page) {
        ExporterPage read = new ExporterPage();
        int start = 0;
        while (start < page.length) {
            int end = start;
            while (end < page.length && page[end] != '\n') {
                end++;
            }
            if (end - start > 5 && page[start] == 'n' && page[start + 4] == '_') {
                read.line(new String(page, start, end - start, StandardCharsets.UTF_8));
            }
            start = end + 1;
        }
        return read;
    }

    private void line(String line) {
        int nameEnd = 0;
        while (nameEnd < line.length() && " \t{".indexOf(line.charAt(nameEnd)) < 0) {
            nameEnd++;
        }
        String name = line.substring(0, nameEnd);
        if (!isOfUse(name)) {
            return;
        }
        int valueStart = nameEnd;
        Map<String, String> labels = new HashMap<>();
        if (nameEnd < line.length() && line.charAt(nameEnd) == '{') {
            valueStart = labels(line, nameEnd + 1, labels);
            if (valueStart < 0) {
                return;
            }
        }
        double value = value(line.substring(valueStart));
        if (Double.isFinite(value)) {
            note(name, labels, value);
        }
    }

    private static boolean isOfUse(String name) {
        return name.equals("node_cpu_seconds_total")
                || name.equals("node_disk_io_time_seconds_total")
                || name.equals("node_hwmon_temp_celsius")
                || name.equals("node_thermal_zone_temp")
                || name.startsWith("node_memory_")
                || name.startsWith("node_pressure_");
    }

    private void note(String name, Map<String, String> labels, double value) {
        switch (name) {
            case "node_cpu_seconds_total" -> {
                String cpu = labels.get("cpu");
                String mode = labels.get("mode");
                if (cpu != null
                        && mode != null
                        && (cpus.size() < MOST_CPUS || cpus.containsKey(cpu))) {
                    cpus.put(cpu, cpus.getOrDefault(cpu, new Cpu(0, 0)).plus(mode, value));
                }
            }
            case "node_disk_io_time_seconds_total" -> {
                String device = labels.get("device");
                if (device != null && diskSeconds.size() < MOST_DISKS) {
                    diskSeconds.put(device, value);
                }
            }
            case "node_hwmon_temp_celsius", "node_thermal_zone_temp" -> {
                // a sensor that is not there reads -273, 255 and the like
                if (value >= Report.COLDEST && value <= Report.HOTTEST) {
                    hottest = Math.max(hottest, value);
                }
            }
            default -> {
                if (labels.isEmpty() && plain.size() < 1000) {
                    plain.put(name, value);
                }
            }
        }
    }

    /// Reads `a="x",b="y"}` and gives the position after it; -1 when it is damaged.
    private static int labels(String line, int from, Map<String, String> labels) {
        int at = from;
        while (at < line.length() && line.charAt(at) != '}') {
            int equals = line.indexOf("=\"", at);
            if (equals < 0) {
                return -1;
            }
            StringBuilder value = new StringBuilder();
            int end = equals + 2;
            while (end < line.length() && line.charAt(end) != '"') {
                if (line.charAt(end) == '\\') {
                    end++;
                }
                if (end < line.length()) {
                    value.append(line.charAt(end));
                }
                end++;
            }
            labels.put(line.substring(at, equals).strip(), value.toString());
            at = end + 1;
            while (at < line.length() && ", \t".indexOf(line.charAt(at)) >= 0) {
                at++;
            }
        }
        return at < line.length() ? at + 1 : -1;
    }

    /// A time stamp may follow the value. NaN when it is no number.
    private static double value(String text) {
        String stripped = text.strip();
        int end = 0;
        while (end < stripped.length() && !Character.isWhitespace(stripped.charAt(end))) {
            end++;
        }
        try {
            return Double.parseDouble(stripped.substring(0, end));
        } catch (NumberFormatException e) {
            return Double.NaN; // also +Inf, which is as little of use here
        }
    }

    /// True when the page has what a report cannot do without.
    boolean countsCpu() {
        return !cpus.isEmpty();
    }

    /// What became of the machine since an earlier page of it.
    ///
    /// @param seconds between the two, above 0
    /// @return null when the CPU's use is not known: its counters are not there, or did not move
    @Nullable Report since(ExporterPage earlier, double seconds) {
        double total = 0;
        double idle = 0;
        for (Map.Entry<String, Cpu> now : cpus.entrySet()) {
            Cpu then = earlier.cpus.get(now.getKey());
            // a CPU that came meanwhile, or counters that began anew, say nothing
            if (then != null && now.getValue().total() > then.total()) {
                total += now.getValue().total() - then.total();
                // on some kernels idle time goes back a little
                idle += Math.max(0, now.getValue().idle() - then.idle());
            }
        }
        if (total <= 0) {
            return null;
        }
        double pressure = pressureSince(earlier, seconds);
        return new Report(
                Math.clamp(1 - idle / total, 0.0, 1.0),
                memory(),
                diskSince(earlier, seconds),
                Math.min(MOST_CPUS, cpus.size()),
                Report.UNKNOWN,
                pressure < 0 ? null : pressure,
                Double.isFinite(hottest) ? hottest : null);
    }

    private double diskSince(ExporterPage earlier, double seconds) {
        double busiest = 0;
        for (Map.Entry<String, Double> now : diskSeconds.entrySet()) {
            Double then = earlier.diskSeconds.get(now.getKey());
            if (then != null) {
                busiest = Math.max(busiest, (now.getValue() - then) / seconds);
            }
        }
        return Math.clamp(busiest, 0.0, 1.0);
    }

    /// -1 when the kernel has no pressure figures.
    private double pressureSince(ExporterPage earlier, double seconds) {
        double worst = -1;
        for (String resource : RESOURCES) {
            String name = "node_pressure_" + resource + "_waiting_seconds_total";
            Double now = plain.get(name);
            Double then = earlier.plain.get(name);
            if (now != null && then != null) {
                worst = Math.max(worst, Math.clamp((now - then) / seconds, 0.0, 1.0));
            }
        }
        return worst;
    }

    /// Used share; 0 when the page does not say.
    private double memory() {
        OptionalDouble linux = share("MemTotal_bytes", "MemAvailable_bytes");
        if (linux.isEmpty()) {
            // before Linux 3.14
            linux = share("MemTotal_bytes", "MemFree_bytes", "Buffers_bytes", "Cached_bytes");
        }
        return linux.orElseGet(() ->
                share("total_bytes", "free_bytes", "inactive_bytes", "purgeable_bytes") // macOS
                        .orElseGet(() ->
                                share("size_bytes", "free_bytes", "inactive_bytes", "cache_bytes")
                                        .orElse(0)));
    }

    /// What is used of a total when the first of the others, which must be there, and the rest of
    /// them are free.
    private OptionalDouble share(String total, String free, String... alsoFree) {
        Double all = plain.get("node_memory_" + total);
        Double unused = plain.get("node_memory_" + free);
        if (all == null || unused == null || all <= 0) {
            return OptionalDouble.empty();
        }
        double available = unused;
        for (String more : alsoFree) {
            available += plain.getOrDefault("node_memory_" + more, 0.0);
        }
        return OptionalDouble.of(Math.clamp(1 - available / all, 0.0, 1.0));
    }
}
