package io.yardmaster.dispatcher.doctor;

import io.yardmaster.dispatcher.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What can be seen of this replica's computer and of its own door.
final class HostChecks {
    private static final double LITTLE = 0.1;
    private static final long LITTLE_BYTES = 1L << 30;
    private static final double NONE = 0.02;
    private static final long NONE_BYTES = 200L << 20;

    private final Installation at;

    HostChecks(Installation at) {
        this.at = at;
    }

    List<Check> list() {
        return List.of(
                Check.here(
                        "kernel",
                        "Redis forks to write its file: without overcommit that fails, with huge"
                                + " pages it stalls",
                        this::kernel),
                Check.here(
                        "disk",
                        "with a full disk Redis stops; rewriting its file needs room for a second"
                                + " copy",
                        this::disk),
                Check.here(
                        "door", "whoever reaches REST may do anything without keys", this::door));
    }

    private Verdict kernel() {
        if (!Addresses.of(at.settings().redis()).loopback()) {
            return new Verdict.Ok(
                    "not visible from here (Redis is on another machine: look there at"
                            + " vm.overcommit_memory and transparent_hugepage)");
        }
        String overcommit = read("proc/sys/vm/overcommit_memory");
        String huge = read("sys/kernel/mm/transparent_hugepage/enabled");
        List<String> wrong = new ArrayList<>();
        List<String> fixes = new ArrayList<>();
        if (overcommit.equals("0") || overcommit.equals("2")) {
            wrong.add("vm.overcommit_memory is " + overcommit);
            fixes.add("sysctl -w vm.overcommit_memory=1 (and in /etc/sysctl.d)");
        }
        if (huge.contains("[always]")) {
            wrong.add("transparent huge pages are always on");
            fixes.add("echo madvise > /sys/kernel/mm/transparent_hugepage/enabled");
        }
        if (!wrong.isEmpty()) {
            return new Verdict.Warn(String.join("; ", wrong), String.join("; ", fixes));
        }
        return new Verdict.Ok(
                overcommit.isEmpty() && huge.isEmpty()
                        ? "not visible on this system"
                        : "overcommit and huge pages suit Redis");
    }

    private String read(String file) {
        try {
            return Files.readString(at.host().root().resolve(file)).strip();
        } catch (IOException e) {
            return "";
        }
    }

    private Verdict disk() {
        if (!at.settings().redis().embedded()) {
            return new Verdict.Ok("not visible from here: df -h on Redis' machine");
        }
        Path data = at.settings().server().dataDir();
        Installation.Disk.Space space;
        try {
            space = at.host().disk().of(data);
        } catch (IOException e) {
            return new Verdict.Warn(
                    "not visible: " + e.getMessage(), "df -h " + data + " as this user");
        }
        String found =
                Texts.bytes(space.free())
                        + " of "
                        + Texts.bytes(space.total())
                        + " free at "
                        + data;
        String fix = "make room on that file system, or move yardmaster.data-dir to a larger one";
        if (space.free() < Math.min(NONE_BYTES, space.total() * NONE)) {
            return new Verdict.Fail(found, fix);
        }
        return space.free() < Math.min(LITTLE_BYTES, space.total() * LITTLE)
                ? new Verdict.Warn(found, fix)
                : new Verdict.Ok(found);
    }

    private Verdict door() {
        Settings settings = at.settings();
        String host = settings.server().host();
        boolean local = Addresses.loopback(host);
        if (local) {
            return new Verdict.Ok(
                    "listens on " + host + (settings.security().enabled() ? " with keys" : ""));
        }
        if (!settings.security().enabled()) {
            return new Verdict.Fail(
                    "listens on " + host + " without keys",
                    "yardmaster.security.enabled=true and yardmaster.security.keys, or"
                            + " yardmaster.host=127.0.0.1 behind a proxy that asks");
        }
        return settings.security().tls().isEmpty()
                ? new Verdict.Warn(
                        "listens on " + host + " with keys, which travel in clear text",
                        "yardmaster.security.tls.*, or TLS in a proxy in front (deploy/nginx)")
                : new Verdict.Ok("listens on " + host + " with keys and TLS");
    }
}
