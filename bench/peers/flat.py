"""Whether a long queue and many requests in flight make anything slower."""
import time

from drain import fill, own_watch, rss, warm_up, watch
from machine import Refused, timed_run, wait_until
from servers import Nodes, Redis
from systems import PRIORITIES, Dispatcher, depth, enqueue


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
        for _ in range(options.reps):
            d.pause()
            fill(redis, options.few)
            watch_slow(redis)
            row = own_watch(options.few, nodes, redis, [d], start=d.resume)
            yield {"waiting": options.few, "in_flight": 0, **row, **figures(redis, d), "rss_mb": rss([d.proc])}


def hold(redis, many):
    """Has that many requests of another service in flight: taken as a replica takes them, with leases of 10 minutes,
    so that nobody has to renew them on the cores that are measured."""
    enqueue(many, service="held")
    for i in range(many // 100 + len(PRIORITIES)):
        redis.call("FCALL", "yard_take", 1, "{yard:0}", "bench-holder", "%08x" % i, 600000,
                   "held:" + PRIORITIES[i % len(PRIORITIES)], 100, 0, 0)
    held = depth(redis, "held")["inFlight"]
    if held != many:
        raise Refused("flat: %d in flight (expected: %d; has the way changed that requests are taken?)" % (held, many))


def many(fsync, options):
    with timed_run(), Redis(fsync) as redis, Nodes() as nodes:
        with Dispatcher():  # brings its functions into Redis
            pass
        hold(redis, options.held)
        with Dispatcher() as d:
            warm_up(d, redis, nodes, options)
            d.pause()
            for _ in range(0, options.many, 100000):
                fill(redis, min(100000, options.many))
            for _ in range(options.reps):
                watch_slow(redis)
                yield {"waiting": options.many, **some_of_them(d, redis, nodes, options), **figures(redis, d),
                       "rss_mb": rss([d.proc])}


def some_of_them(d, redis, nodes, options):
    """Drains as many as the short queue has, then pauses."""
    row = watch(options.few, nodes, redis, [d.proc], lambda: 0, start=d.resume)
    row.pop("again")  # the others go on until the pause
    d.pause()
    wait_until("end of what is at nodes", lambda: depth(redis)["inFlight"] == 0, 30)
    held = depth(redis, "held")["inFlight"]
    if held != options.held:
        raise Refused("flat: %d in flight (expected: %d)" % (held, options.held))
    return {**row, "in_flight": held}


def parts(options):
    fsync = options.fsync[0]
    if "Yardmaster" in options.systems:
        yield from (("Yardmaster", fsync, part(fsync, options)) for part in (few, many))
