"""Processes of a run, their CPU and memory, and what else the machine did meanwhile. Standard library only."""
import atexit
import contextlib
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(os.path.dirname(HERE))
HZ = os.sysconf("SC_CLK_TCK")

# All ports of a run; BENCH_BASE moves them.
BASE = int(os.environ.get("BENCH_BASE", "19180"))
NODE_PORTS = [BASE, BASE + 1, BASE + 2]
PROXY_PORT, STATUS_PORT, REDIS_PORT = BASE + 3, BASE + 4, BASE + 5
HTTP_PORTS = [BASE + 10 + i for i in range(8)]  # dispatchers

# One timed run on the machine at a time, as `flock $BENCH_LOCK` for whatever else is timed there.
LOCK = os.environ.get("BENCH_LOCK", os.path.join(tempfile.gettempdir(), "yardmaster-bench.lock"))

# What is measured runs at this niceness, so that light work of others takes less from a run. Linux groups processes
# by session ("autogroup"), and between sessions the group's niceness counts, so both are set. It takes root.
NICE = int(os.environ.get("BENCH_NICE", "-10"))


class Refused(Exception):
    """A run that cannot be, or came out wrong; the message says why."""


def favour(pid):
    if NICE:
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, pid, NICE)
        with contextlib.suppress(OSError), open("/proc/%d/autogroup" % pid, "w") as f:
            f.write(str(NICE))


def say(text):
    """Progress, for the person who waits."""
    print("bench: " + text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def timed_run(limit=1800):
    """Holds the lock; waits at most `limit` seconds for it, in the kernel's own queue so that its turn comes."""
    def too_long(*_):
        raise Refused("%s: held by others for %d s" % (LOCK, limit))

    with open(LOCK, "a") as f:
        try:
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another timed run (%s)" % LOCK)
            before = signal.signal(signal.SIGALRM, too_long)
            signal.alarm(limit)
            try:
                fcntl.flock(f, fcntl.LOCK_EX)
            finally:
                signal.alarm(0)
                signal.signal(signal.SIGALRM, before)
        yield  # closing the file gives the lock back


def machine_cpu():
    """CPU seconds that the whole machine has used: user, nice, system, irq, softirq."""
    with open("/proc/stat") as f:
        a = list(map(int, f.readline().split()[1:]))
    return (a[0] + a[1] + a[2] + a[5] + a[6]) / HZ


def own_cpu():
    """CPU seconds of this harness and of its children that have ended."""
    return sum(os.times()[:4])


def free(*ports):
    """Refuses ports that something listens on: never talk to what others started."""
    for port in ports:
        end = time.monotonic() + 20  # what ended a moment ago may still be there
        while True:
            with socket.socket() as s:
                s.settimeout(1)
                if s.connect_ex(("127.0.0.1", port)) != 0:
                    break
            if time.monotonic() > end:
                raise Refused("port %d: in use (expected: free; BENCH_BASE moves all ports)" % port)
            time.sleep(0.2)


def wait_until(what, condition, limit, every=0.02):
    """Waits until `condition` gives something true, which is returned; refuses after `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Refused("%s: not within %d s" % (what, limit))
        time.sleep(every)


def listening(port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex(("127.0.0.1", port)) == 0


_live = []


@atexit.register
def end_all():
    """Ends what is left of a run that failed, so that the next one finds its ports free."""
    for p in list(_live):
        p.stop(wait=3)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended too


class Proc:
    """A child in a session of its own, ended by its own id and group only."""

    def __init__(self, argv, env=None, cwd=None, out=subprocess.DEVNULL, err=None):
        self.argv = argv
        self.p = subprocess.Popen(argv, env=env, cwd=cwd, stdout=out, stderr=err or subprocess.DEVNULL,
                                  stdin=subprocess.DEVNULL, start_new_session=True)
        self.pid = self.p.pid
        favour(self.pid)
        _live.append(self)
        self._tree, self._until = [self.pid], 0.0

    def tree(self):
        """Ids of it and what it started, looked up twice a second."""
        if time.monotonic() > self._until:
            found, todo = [], [self.pid]
            while todo:
                pid = todo.pop()
                found.append(pid)
                with contextlib.suppress(OSError):
                    for task in os.listdir("/proc/%d/task" % pid):
                        with contextlib.suppress(OSError), open("/proc/%d/task/%s/children" % (pid, task)) as f:
                            todo += map(int, f.read().split())
            self._tree, self._until = found, time.monotonic() + 0.5
        return self._tree

    def cpu(self):
        """User and system seconds of the living tree and of its children that ended."""
        ticks = 0
        for pid in self.tree():
            with contextlib.suppress(OSError), open("/proc/%d/stat" % pid) as f:
                a = f.read().rsplit(")", 1)[1].split()
                ticks += sum(map(int, a[11:15]))
        return ticks / HZ

    def memory(self, field):
        """Bytes of a field of /proc/PID/status: VmHWM is the most that was resident, VmRSS what is now."""
        self._until, total = 0.0, 0
        for pid in self.tree():
            with contextlib.suppress(OSError), open("/proc/%d/status" % pid) as f:
                total += sum(int(line.split()[1]) * 1024 for line in f if line.startswith(field + ":"))
        return total

    def alive(self):
        return self.p.poll() is None

    def finish(self, limit):
        """Waits for its end and returns what it printed."""
        try:
            out = self.p.communicate(timeout=limit)[0]
        except subprocess.TimeoutExpired:
            raise Refused("%s: not done within %d s" % (" ".join(self.argv[:3]), limit)) from None
        finally:
            self.stop()
        if self.p.returncode:
            raise Refused("%s: ended with %d" % (" ".join(self.argv[:3]), self.p.returncode))
        return (out or b"").decode()

    def stop(self, wait=10):
        if self.alive():
            self.p.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.p.wait(wait)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)  # the group that start_new_session made
        self.p.wait(10)
        if self in _live:
            _live.remove(self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


@contextlib.contextmanager
def folder(name):
    path = tempfile.mkdtemp(prefix="yardmaster-bench-%s-" % name)
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def tool(name):
    """The path of a program, also where only root's PATH has it."""
    for path in (shutil.which(name), "/usr/sbin/" + name):
        if path and os.access(path, os.X_OK):
            return path
    raise Refused("%s: missing (expected: installed)" % name)
