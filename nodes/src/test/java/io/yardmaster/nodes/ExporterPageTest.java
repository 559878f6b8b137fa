package io.yardmaster.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

final class ExporterPageTest {
    /// Of a Raspberry Pi, shortened; `%s` are the counters that move.
    static final String PI =
            """
            # HELP go_gc_duration_seconds A summary of the pause duration of garbage collection cycles.
            # TYPE go_gc_duration_seconds summary
            go_gc_duration_seconds{quantile="0"} 2.5e-05
            # HELP node_cpu_guest_seconds_total Seconds the CPUs spent in guests (VMs) for each mode.
            # TYPE node_cpu_guest_seconds_total counter
            node_cpu_guest_seconds_total{cpu="0",mode="user"} 0
            # HELP node_cpu_seconds_total Seconds the CPUs spent in each mode.
            # TYPE node_cpu_seconds_total counter
            node_cpu_seconds_total{cpu="0",mode="idle"} %s
            node_cpu_seconds_total{cpu="0",mode="iowait"} %s
            node_cpu_seconds_total{cpu="0",mode="irq"} 0
            node_cpu_seconds_total{cpu="0",mode="system"} 60.5
            node_cpu_seconds_total{cpu="0",mode="user"} %s
            node_cpu_seconds_total{cpu="1",mode="idle"} %s
            node_cpu_seconds_total{cpu="1",mode="user"} %s
            # TYPE node_disk_io_time_seconds_total counter
            node_disk_io_time_seconds_total{device="mmcblk0"} %s
            node_disk_io_time_seconds_total{device="sda"} 17.25
            # TYPE node_hwmon_temp_celsius gauge
            node_hwmon_temp_celsius{chip="cpu_thermal",sensor="temp1"} 61.3
            node_hwmon_temp_celsius{chip="broken \\"chip\\"",sensor="temp2"} -273.15
            # TYPE node_load1 gauge
            node_load1 1.07
            # TYPE node_memory_MemAvailable_bytes gauge
            node_memory_MemAvailable_bytes 2.5e+09
            node_memory_MemFree_bytes 1e+08
            # TYPE node_memory_MemTotal_bytes gauge
            node_memory_MemTotal_bytes 4e+09
            # TYPE node_pressure_cpu_waiting_seconds_total counter
            node_pressure_cpu_waiting_seconds_total %s
            node_pressure_io_waiting_seconds_total %s
            # TYPE node_thermal_zone_temp gauge
            node_thermal_zone_temp{type="cpu-thermal",zone="0"} 62.9
            node_uname_info{machine="aarch64",nodename="pi",sysname="Linux"} 1
            """;

    static byte[] pi(Object... counters) {
        return PI.formatted(counters).getBytes(StandardCharsets.UTF_8);
    }

    private static ExporterPage page(String text) {
        return ExporterPage.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Report since(ExporterPage now, ExporterPage then, double seconds) {
        return Objects.requireNonNull(now.since(then, seconds));
    }

    @Test
    void two_pages_of_a_pi_make_a_report() {
        ExporterPage then = ExporterPage.parse(pi(1000, 10, 200, 1100, 150, 500, 40, 90));
        // in 10 s: cpu 0 idle 4, waiting 1, busy 5; cpu 1 idle 10; the card busy 2.5 s
        ExporterPage now = ExporterPage.parse(pi(1004, 11, 205, 1110, 150, "502.5", 41, "93.5"));
        Report report = since(now, then, 10);
        assertEquals(0.25, report.cpu(), 1e-9);
        assertEquals(0.375, report.memory(), 1e-9);
        assertEquals(0.25, report.io(), 1e-9);
        assertEquals(2, report.cores());
        assertEquals(Report.UNKNOWN, report.connections());
        assertEquals(0.35, Objects.requireNonNull(report.pressure()), 1e-9);
        assertEquals(62.9, report.temperature());
    }

    @Test
    void one_page_alone_and_counters_that_stand_still_say_nothing_of_cpu() {
        ExporterPage page = ExporterPage.parse(pi(1000, 10, 200, 1100, 150, 500, 40, 90));
        assertNull(page.since(page, 10));
    }

    @Test
    void counters_that_began_anew_after_a_reboot_are_not_taken_for_load() {
        ExporterPage then = ExporterPage.parse(pi(1000, 10, 200, 1100, 150, 500, 40, 90));
        ExporterPage now = ExporterPage.parse(pi(3, 0, 1, 4, 1, 2, 0, 0));
        assertNull(now.since(then, 10));
    }

    @Test
    void cpu_that_was_switched_on_meanwhile_counts_from_the_next_page_on() {
        ExporterPage then = page("node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 100\n");
        ExporterPage now =
                page(
                        """
                        node_cpu_seconds_total{cpu="0",mode="idle"} 105
                        node_cpu_seconds_total{cpu="0",mode="user"} 5
                        node_cpu_seconds_total{cpu="1",mode="user"} 900
                        """);
        Report report = since(now, then, 10);
        assertEquals(0.5, report.cpu(), 1e-9);
        assertEquals(2, report.cores());
        assertNull(report.pressure());
        assertNull(report.temperature());
        assertEquals(0, report.memory());
    }

    @Test
    void macs_and_bsds_and_old_kernels_count_memory_by_other_names() {
        String cpu = "node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} %d\n";
        ExporterPage then = page(cpu.formatted(1));
        String mac =
                """
                node_memory_total_bytes 1.6e+10
                node_memory_free_bytes 2e+09
                node_memory_inactive_bytes 5e+09
                node_memory_purgeable_bytes 1e+09
                """;
        assertEquals(0.5, since(page(cpu.formatted(2) + mac), then, 10).memory(), 1e-9);
        String bsd =
                """
                node_memory_size_bytes 8e+09
                node_memory_free_bytes 1e+09
                node_memory_inactive_bytes 1e+09
                """;
        assertEquals(0.75, since(page(cpu.formatted(2) + bsd), then, 10).memory(), 1e-9);
        String old =
                """
                node_memory_MemTotal_bytes 1000
                node_memory_MemFree_bytes 100
                node_memory_Buffers_bytes 100
                node_memory_Cached_bytes 300
                """;
        assertEquals(0.5, since(page(cpu.formatted(2) + old), then, 10).memory(), 1e-9);
    }

    @Test
    void page_of_something_else_counts_no_cpu() {
        assertFalse(page("<html>404</html>").countsCpu());
        assertFalse(page("").countsCpu());
        assertFalse(page("node_cpu_seconds_total 7\nnode_cpu_seconds_total{cpu=\"0\"").countsCpu());
        assertFalse(page("node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} NaN").countsCpu());
    }

    @Test
    void time_stamps_blanks_escapes_and_carriage_returns_do_not_confuse() {
        ExporterPage then = page("node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 1");
        ExporterPage now =
                page(
                        """
                        node_cpu_seconds_total{ cpu="0", mode="user", x="a\\"},b" }  2 1395066363000\r
                        node_cpu_seconds_total{cpu="0",mode="idle",} 1\r
                        """);
        assertEquals(0.5, since(now, then, 1).cpu(), 1e-9);
    }

    @Test
    void damaged_pages_are_read_as_far_as_they_go_and_never_thrown() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(13);
        byte[] sound = pi(1000, 10, 200, 1100, 150, 500, 40, 90);
        ExporterPage then = ExporterPage.parse(sound);
        for (int i = 0; i < 5_000; i++) {
            byte[] damaged = pi(1004, 11, 205, 1110, 150, 502, 41, 93);
            for (int change = random.nextInt(20); change >= 0; change--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            ExporterPage page = ExporterPage.parse(damaged);
            page.since(then, 10); // a report beyond its ranges would throw
        }
        assertNotNull(then);
    }
}
