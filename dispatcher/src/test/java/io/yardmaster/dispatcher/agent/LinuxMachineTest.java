package io.yardmaster.dispatcher.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LinuxMachineTest {
    @TempDir Path root;

    private final AtomicLong now = new AtomicLong(5_000_000_000L);

    private void file(String path, String content) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(Objects.requireNonNull(file.getParent()));
        Files.writeString(file, content);
    }

    private Reading read() {
        return new LinuxMachine(root, now::get).read();
    }

    /// A NAS with two cores, two disks in a RAID and an SSD.
    private void nas(int user, int idle, int iowait, int sdaMs, int mdMs) throws IOException {
        file(
                "proc/stat",
                """
                cpu  %d 0 50 %d %d 0 0 10 400 0
                cpu0 100 0 25 500 5 0 0 5 200 0
                cpu1 100 0 25 500 5 0 0 5 200 0
                intr 12345 0 0
                ctxt 99
                """
                        .formatted(user, idle, iowait));
        file(
                "proc/meminfo",
                """
                MemTotal:        2000000 kB
                MemFree:          100000 kB
                MemAvailable:     500000 kB
                Buffers:           10000 kB
                Cached:           300000 kB
                """);
        file(
                "proc/diskstats",
                """
                   8       0 sda 100 0 2000 30 50 0 900 40 0 %1$d 70 0 0 0 0
                   8       1 sda1 90 0 1900 28 50 0 900 40 0 999999 70 0 0 0 0
                 259       0 nvme0n1 10 0 100 3 5 0 90 4 0 20 7
                 259       1 nvme0n1p1 10 0 100 3 5 0 90 4 0 999999 7
                   9       0 md0 100 0 2000 0 50 0 900 0 0 %2$d 0
                   7       0 loop0 100 0 2000 0 50 0 900 0 0 999999 0
                """
                        .formatted(sdaMs, mdMs));
    }

    @Test
    void two_readings_of_a_nas_make_figures() throws IOException {
        nas(200, 1000, 20, 1000, 5000);
        Reading before = read();
        assertEquals(Map.of("sda", 1000L, "nvme0n1", 20L), before.diskBusyMs());
        now.addAndGet(2_000_000_000L);
        // 400 ticks: 100 user, 250 idle, 50 waiting for disks; sda busy 1.5 of 2 s
        nas(300, 1250, 70, 2500, 9999);
        Figures figures = Figures.between(before, read());
        assertEquals(new Figures(0.25, 0.75, 0.75, 2, null, null), figures);
    }

    @Test
    void pressure_and_temperature_are_the_worst_there_is() throws IOException {
        nas(200, 1000, 20, 1000, 5000);
        file("proc/pressure/cpu", "some avg10=1.50 avg60=2.00 avg300=0.50 total=123\n");
        file(
                "proc/pressure/io",
                """
                some avg10=12.25 avg60=2.00 avg300=0.50 total=123
                full avg10=90.00 avg60=2.00 avg300=0.50 total=123
                """);
        file("sys/class/thermal/thermal_zone0/temp", "48250\n");
        file("sys/class/thermal/cooling_device0/temp", "99000\n");
        file("sys/class/hwmon/hwmon1/temp1_input", "61500\n");
        file("sys/class/hwmon/hwmon1/temp2_input", "-273150\n");
        file("sys/class/hwmon/hwmon1/temp3_input", "not today\n");
        file("sys/class/hwmon/hwmon1/temp1_max", "95000\n");
        Reading reading = read();
        assertEquals(0.1225, Objects.requireNonNull(reading.pressure()), 1e-9);
        assertEquals(61.5, reading.temperature());
    }

    @Test
    void old_kernel_without_available_memory_pressure_and_sensors_reports_the_rest()
            throws IOException {
        nas(200, 1000, 20, 1000, 5000);
        file(
                "proc/meminfo",
                """
                MemTotal:        1000 kB
                MemFree:          100 kB
                Buffers:          100 kB
                Cached:           300 kB
                """);
        Reading reading = read();
        assertEquals(0.5, reading.memory(), 1e-9);
        assertNull(reading.pressure());
        assertNull(reading.temperature());
        assertNull(reading.quota());
    }

    @Test
    void container_counts_the_cpus_and_memory_that_it_may_use() throws IOException {
        nas(200, 1000, 20, 1000, 5000);
        file("sys/fs/cgroup/cpu.max", "50000 100000\n");
        file("sys/fs/cgroup/cpu.stat", "usage_usec 1000000\nuser_usec 900000\n");
        file("sys/fs/cgroup/memory.max", "1000\n");
        file("sys/fs/cgroup/memory.current", "980\n");
        file("sys/fs/cgroup/memory.stat", "anon 700\ninactive_file 80\n");
        Reading before = read();
        assertEquals(0.9, before.memory(), 1e-9);
        now.addAndGet(2_000_000_000L);
        nas(220, 1375, 25, 1000, 5000); // the machine: 20 of 400 ticks
        file("sys/fs/cgroup/cpu.stat", "usage_usec 1900000\nuser_usec 900000\n");
        Figures figures = Figures.between(before, read());
        // 0.9 s of CPU in 2 s, where half a CPU is allowed
        assertEquals(0.9, figures.cpu());
        assertEquals(1, figures.cores());
    }

    @Test
    void limit_of_max_is_no_limit() throws IOException {
        nas(200, 1000, 20, 1000, 5000);
        file("sys/fs/cgroup/cpu.max", "max 100000\n");
        file("sys/fs/cgroup/memory.max", "max\n");
        Reading reading = read();
        assertNull(reading.quota());
        assertEquals(0.75, reading.memory(), 1e-9);
    }

    @Test
    void disk_that_was_plugged_in_meanwhile_counts_from_the_next_reading_on() throws IOException {
        nas(200, 1000, 20, 1000, 5000);
        Reading before = read();
        Reading after =
                new Reading(
                        before.at() + 1_000_000_000L,
                        before.cpuBusy(),
                        before.cpuTotal() + 100,
                        2,
                        null,
                        0.5,
                        Map.of("sdb", 123_456L, "sda", 1100L),
                        null,
                        null);
        assertEquals(0.1, Figures.between(before, after).io(), 1e-9);
    }

    @Test
    void counters_that_went_back_are_no_load_and_never_negative() throws IOException {
        nas(200, 1000, 20, 1000, 5000);
        Reading before = read();
        nas(100, 500, 10, 500, 100);
        now.addAndGet(1_000_000_000L);
        Figures figures = Figures.between(before, read());
        assertEquals(0, figures.cpu());
        assertEquals(0, figures.io());
    }

    @Test
    void damaged_files_are_passed_over() throws IOException {
        nas(200, 1000, 20, 1000, 5000);
        file("proc/meminfo", "MemTotal\n: 3\nMemTotal: lots kB\n");
        file("proc/diskstats", "8 0 sda 1 2\nx\n\n");
        file("proc/pressure/cpu", "some avg10=\nsome\n");
        file("sys/fs/cgroup/cpu.max", "\n");
        file("sys/fs/cgroup/memory.max", "-1\n");
        Reading reading = read();
        assertEquals(0, reading.memory());
        assertEquals(Map.of(), reading.diskBusyMs());
    }

    @Test
    void system_without_proc_stat_is_no_linux() {
        String message =
                String.valueOf(assertThrows(UncheckedIOException.class, this::read).getMessage());
        assertTrue(message.contains("proc/stat (expected: "), message);
    }

    @Test
    void this_machine_is_read() {
        assumeTrue(Files.isReadable(Path.of("/proc/stat")), "needs a Linux");
        LinuxMachine machine = new LinuxMachine(Path.of("/"), System::nanoTime);
        plausible(machine);
    }

    @Test
    void this_machine_is_read_by_oshi_too() {
        plausible(new OshiMachine(System::nanoTime));
    }

    private static void plausible(Machine machine) {
        Reading before = machine.read();
        Reading now = machine.read();
        assertTrue(now.cores() >= 1 && now.cores() <= 4096, now.toString());
        assertTrue(now.memory() > 0 && now.memory() < 1, now.toString());
        assertTrue(now.cpuTotal() >= before.cpuTotal() && now.cpuBusy() > 0, now.toString());
        Figures figures = Figures.between(before, now);
        assertTrue(figures.cpu() >= 0 && figures.cpu() <= 1, figures.toString());
        assertTrue(figures.io() >= 0 && figures.io() <= 1, figures.toString());
    }
}
