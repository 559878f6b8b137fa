"""Whether a long queue and many requests in flight make anything slower."""
import os
import time

from drain import fill, own_again, rss, warm_up, watch
from machine import HANG_PORTS, HERE, Proc, Refused, free, listening, timed_run, wait_until
from servers import Nodes, Redis
from systems import PYTHON, Dispatcher, depth, enqueue


def times(what, count=100):
    """(p50, p99) in ms of calling `what`."""
    took = []
    for _ in range(count):
        began = time.monotonic()
        what()
        took.append((time.monotonic() - began) * 1000)
    took.sort()
    return took[count // 2], took[count * 99 // 100]


def slow(redis):
    """Commands of Yardmaster that took Redis longer than 1 ms since `watch_slow`: how many, and the slowest."""
    entries = [(e[2], b" ".join(e[3][:2]).decode(errors="replace")) for e in redis.call("SLOWLOG", "GET", 1000)]
    return len(entries), "%s %.1f ms" % (max(entries)[1], max(entries)[0] / 1000) if entries else None


def watch_slow(redis):
    redis.call("CONFIG", "SET", "slowlog-max-len", 1000)
    redis.call("CONFIG", "SET", "slowlog-log-slower-than", 1000)
    redis.call("SLOWLOG", "RESET")


def figures(redis, d):
    """What is waiting and in flight, how long asking for that takes, and what was slow."""
    function, rest = times(lambda: depth(redis)), times(lambda: d.must("GET", "/v1/queues"))
    count, slowest = slow(redis)
    return {"slow": count, "slowest": slowest, "depth_p50": function[0], "depth_p99": function[1],
            "queues_p50": rest[0], "queues_p99": rest[1]}


def few(fsync, options):
    with timed_run(), Redis(fsync) as redis, Nodes() as nodes, Dispatcher() as d:
        warm_up(d, redis, nodes, options)
        watch_slow(redis)
        for _ in range(options.reps):
            row = own_again(options.few, d, redis, nodes)
            yield {"waiting": options.few, "in_flight": 0, **row, **figures(redis, d), "rss_mb": rss([d.proc])}


class Held:
    """Requests in flight for long: at nodes that never answer, from replicas that take nothing else."""

    def __init__(self, redis, many):
        self.redis, self.many, self.each, self.all = redis, many, -(-many // len(HANG_PORTS)), []

    def __enter__(self):
        try:
            for port in HANG_PORTS:
                free(port)
                self.all.append(Proc([PYTHON, os.path.join(HERE, "hang.py"), str(port)]))
                wait_until("node on %d" % port, lambda p=port: listening(p), 10)
            for i in range(len(HANG_PORTS)):
                # a long lease: renewing so many by the default of 5 s would take these two cores by itself
                d = Dispatcher(1 + i, {"lease": "10m", "max-in-flight": self.each, "resources.max-connections": 100000,
                                       "resources.limit-concurrency": "false", "circuit-breaker.min-requests": 10000},
                               java="-Xmx3g")
                self.all.append(d.proc)
            d.add_nodes(self.each, HANG_PORTS, services=["held"])
            done = 0
            while done < self.many:  # in steps, or connections are refused
                step = min(4000, self.many - done)
                enqueue(step, service="held")
                done += step
                wait_until("%d in flight" % done, lambda n=done: depth(self.redis, "held")["inFlight"] == n, 120, 0.1)
        except BaseException:
            self.__exit__()
            raise
        return self

    def cpu(self):
        return sum(p.cpu() for p in self.all)

    def __exit__(self, *_):
        for p in reversed(self.all):
            p.stop(wait=1)


def many(fsync, options):
    with timed_run(), Redis(fsync) as redis, Nodes() as nodes, Held(redis, options.held) as others, Dispatcher() as d:
        warm_up(d, redis, nodes, options)
        d.pause()
        for _ in range(0, options.many, 100000):
            fill(redis, min(100000, options.many))
        watch_slow(redis)
        for _ in range(options.reps):
            began, used = time.monotonic(), others.cpu()
            row = watch(options.few, nodes, redis, [d.proc], lambda: 0, start=d.resume)
            row.pop("again")  # the others go on until the pause
            used = (others.cpu() - used) / (time.monotonic() - began)
            d.pause()
            wait_until("end of what is at nodes", lambda: depth(redis)["inFlight"] == 0, 30)
            held = depth(redis, "held")["inFlight"]
            if held != options.held:
                raise Refused("flat: %d in flight (expected: %d)" % (held, options.held))
            yield {"waiting": options.many, "in_flight": held, **row,
                   "others_cpus": row["others_cpus"] - used, "held_cpus": used, **figures(redis, d),
                   "rss_mb": rss([d.proc])}


def run(options):
    for fsync in options.fsync[:1]:
        for part in (few, many):
            for row in part(fsync, options):
                row.pop("n", None)
                yield {"system": "Yardmaster", "durability": fsync, **row}
