"""Where and with what it was measured."""
import datetime
import json
import os
import platform
import subprocess

from latency import fsync_times
from machine import HERE, HOME, folder, tool


def said(*argv, line=0):
    """A line that a program prints, on whichever stream; empty when it can't be run."""
    try:
        out = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, cwd=HOME)
        return out.stdout.decode(errors="replace").strip().splitlines()[line].strip()
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return ""


def field(path, name, otherwise=""):
    with open(path) as f:
        for line in f:
            if line.startswith(name):
                return line.split(":" if ":" in line else "=", 1)[1].strip().strip('"')
    return otherwise


def package(name):
    with open(os.path.join(HERE, "js", "node_modules", name, "package.json")) as f:
        return json.load(f)["version"]


def serve():
    """The command of the dispatchers, and what Java runs it unless the command is somebody's own."""
    own, home = os.environ.get("BENCH_SERVE"), os.environ.get("JAVA_HOME", "")
    return own or "scripts/yardmaster serve; " + said(os.path.join(home, "bin", "java"), "-version", line=1)


def all_():
    changed = said("git", "status", "--porcelain", "--untracked-files=no")
    commit = said("git", "log", "-1", "--format=%h of %cs")
    with folder("disk") as d:
        p50, p99 = fsync_times(d)
    return {
        "date": datetime.date.today().isoformat(),
        "machine": "%d cores (%s), %.0f GiB, %s, kernel %s" % (
            os.cpu_count(), field("/proc/cpuinfo", "model name", platform.machine()),
            int(field("/proc/meminfo", "MemTotal").split()[0]) / 2 ** 20,
            field("/etc/os-release", "PRETTY_NAME"), platform.release()),
        "yardmaster": "commit %s%s, %s" % (commit, " with changes" if changed else "", serve()),
        "redis": said(tool("redis-server"), "--version").split(" sha=")[0],
        "others": "%s; %s; wrk %s; Node.js %s; %s" % (
            said(tool("nginx"), "-v").replace("nginx version: ", ""),
            said(tool("haproxy"), "-v").split(" 20")[0].replace("version ", ""),
            said(tool("wrk"), "-v").split(" [")[0].replace("wrk ", ""),
            said("node", "--version").lstrip("v"),
            ", ".join("%s %s" % (n, package(n)) for n in ("bullmq", "bee-queue", "ioredis", "undici"))),
        "disk": "%.2f ms (median) and %.2f ms (99 %%) for an fsync after 600 bytes" % (p50, p99),
    }
