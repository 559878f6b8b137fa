"""How long a request takes from the moment before its enqueue to its receipt at a node, at a steady rate."""
import os
import time

from machine import Refused, machine_cpu, own_cpu, timed_run, wait_until
from servers import Redis, Sink
from systems import Dispatcher, Peer, own_producer

RATE = 300  # requests a second, open loop: a late one does not delay the next
SIZE = 600  # bytes: about what one enqueue adds to Redis' file


def fsync_times(folder, count=200):
    """(p50, p99) of appending to a file and having the disk take it, in ms, as Redis does for `always`."""
    path, took = os.path.join(folder, "fsync-probe"), []
    with open(path, "wb", buffering=0) as f:
        for _ in range(count):
            began = time.monotonic()
            f.write(b"x" * SIZE)
            os.fdatasync(f.fileno())
            took.append((time.monotonic() - began) * 1000)
            time.sleep(1 / RATE)
    os.remove(path)
    took.sort()
    return took[count // 2], took[count * 99 // 100]


def measured(redis, sink, workers, produce, options):
    """Warms everything up, then gives the figures of each run."""
    produce("single", 50, WARM=1)
    wait_until("first receipts", lambda: sink.figures()["warm"] >= 50, 60)
    for share, rate in ((0.2, 1500), (0.8, 3000)):  # just-in-time compilers, cold at first
        produce("rate", int(share * options.settle), RATE=rate, WARM=1)
    for _ in range(options.reps):
        produce("rate", 5 * RATE, RATE=RATE, WARM=1)
        time.sleep(1)
        sink.forget()
        yield one(redis, sink, workers, produce, options)


def one(redis, sink, workers, produce, options):
    p50, p99 = fsync_times(redis.dir)
    n = RATE * options.latency
    used = [sum(w.cpu() for w in workers), redis.proc.cpu(), sink.proc.cpu()]
    began, machine, harness = time.monotonic(), machine_cpu(), own_cpu()
    made = produce("rate", n, RATE=RATE)
    wait_until("all receipts", lambda: sink.figures()["count"] >= n, 15, 0.1)
    used = [b - a for a, b in zip(used, [sum(w.cpu() for w in workers), redis.proc.cpu(), sink.proc.cpu()])]
    others = machine_cpu() - machine - (own_cpu() - harness) - sum(used)
    figures = sink.figures()
    if figures["dup"] or figures["count"] != n:
        raise Refused("latency: %s (expected: %d, once each)" % (figures, n))
    return {"n": n, **{k: figures[k] for k in ("p50", "p90", "p99", "p999", "max")}, "late": made["late"],
            "fsync_p50": p50, "fsync_p99": p99, "cpu_worker": used[0] / n * 1000, "cpu_redis": used[1] / n * 1000,
            "others_cpus": others / (time.monotonic() - began)}


def own(fsync, door, state, options):
    def produce(mode, n, **more):
        return own_producer(mode, n, door, **more)

    with timed_run(), Redis(fsync) as redis, Sink() as sink, Dispatcher() as d:
        d.add_nodes(options.connections)
        for row in measured(redis, sink, [d.proc], produce, options):
            yield {"state": state, **row}


def peer(name, options):
    p = Peer(name)
    with timed_run(), Redis() as redis, Sink() as sink, p.worker() as w:
        for row in measured(redis, sink, [w], p.produce, options):
            yield {"state": "its client", **row}


def parts(options):
    for system in options.systems:
        if system == "Yardmaster":
            yield from ((system, fsync, own(fsync, door, state, options)) for fsync in options.fsync
                        for door, state in (("redis", "FCALL"), ("rest", "REST")))
        elif system != "HAProxy":
            yield system, "everysec", peer(system, options)
