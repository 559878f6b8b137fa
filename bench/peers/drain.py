"""How fast a queue is drained that was full before anybody took from it, and what that costs."""
import re
import time

from machine import NODE_PORTS, PROXY_PORT, Proc, Refused, folder, machine_cpu, own_cpu, say, timed_run, tool
from servers import Nodes, Redis
from systems import Dispatcher, HaProxy, Peer, depth, enqueue, left

LIMIT = 180  # seconds of one drain
EVERY = 0.01  # seconds between two samples


class Sample:
    """Receipts at the nodes and CPU seconds of everybody, at one moment."""

    def __init__(self, nodes, redis, workers):
        self.got = nodes.count()
        self.at = time.monotonic()
        self.worker = sum(w.cpu() for w in workers)
        self.redis = redis.proc.cpu()
        self.nodes = nodes.proc.cpu()
        self.machine, self.harness = machine_cpu(), own_cpu()


def span(a, b):
    """Figures of the time from sample a to sample b."""
    k, secs = b.got - a.got, max(1e-9, b.at - a.at)
    own = sum(getattr(b, x) - getattr(a, x) for x in ("worker", "redis", "nodes", "harness"))
    out = {"rate": k / secs, "others_cpus": (b.machine - a.machine - own) / secs}
    for x in ("worker", "redis", "nodes"):
        out["cpu_" + x] = (getattr(b, x) - getattr(a, x)) / k * 1000 if k > 0 else None
    return out


def watch(n, nodes, redis, workers, pending, after=0, start=None, look=None):
    """Samples until n receipts have come and nothing is pending; the figures of the receipts beyond `after`."""
    begin, samples = Sample(nodes, redis, workers), []
    moved = begin
    if start:
        start()
    while True:
        s = Sample(nodes, redis, workers)
        samples.append(s)
        if s.got > moved.got:
            moved = s
        # without the last receipts, too, once nothing is pending and nothing comes any more: some ended otherwise
        if (s.got - begin.got >= n or s.at - moved.at > 1) and pending() <= 0:
            break
        if not all(w.alive() for w in workers):
            raise Refused("drain: what works it off has ended (BENCH_LOG=FILE keeps what it prints)")
        if s.at - begin.at > LIMIT:
            raise Refused("drain: %d of %d within %d s" % (s.got - begin.got, n, LIMIT))
        if look and len(samples) % 20 == 0:
            look()
        time.sleep(EVERY)
    for s in samples:
        s.got -= begin.got
    end = Sample(nodes, redis, workers)
    end.got -= begin.got
    if after:
        first = next((s for s in samples if s.got >= after), samples[0])
    else:
        first = max([s for s in samples if s.got == 0] or samples[:1], key=lambda s: s.at)
    m = n - after
    a = next((s for s in samples if s.got >= after + 0.1 * m), first)
    b = next((s for s in samples if s.got >= after + 0.9 * m), end)
    steady = span(a, b)
    time.sleep(0.3)
    return {"n": m, **span(first, end), "rate_steady": steady["rate"],
            **{k + "_steady": v for k, v in steady.items() if k.startswith("cpu_")},
            "again": max(0, nodes.count() - begin.got - n), "begins_after_s": first.at - begin.at}


def rss(workers):
    return sum(w.memory("VmHWM") for w in workers) / 1e6


def fill(redis, n):
    """Queues n requests at Yardmaster; bytes of Redis for each."""
    before = redis.used()
    enqueue(n)
    time.sleep(0.2)
    return (redis.used() - before) / n


def own_watch(n, nodes, redis, replicas, **more):
    """As `watch`, for Yardmaster, and how many requests ended otherwise than served by a node."""
    before = depth(redis).get("succeeded", 0)
    row = watch(n, nodes, redis, [d.proc for d in replicas], lambda: left(redis), **more)
    return {**row, "not_served": n - (depth(redis)["succeeded"] - before)}


def cold(fsync, options):
    """Yardmaster's rows from a process just started."""
    for n in options.drain:
        for _ in range(options.reps):
            with timed_run(), Redis(fsync) as redis, Nodes() as nodes:
                with Dispatcher() as d:  # brings its functions and the nodes into Redis
                    d.add_nodes(options.connections)
                memory = fill(redis, n)
                with Dispatcher(ready=False) as d:
                    row = own_watch(n, nodes, redis, [d])
                    yield {"state": "cold", **row, "redis_bytes": memory, "rss_mb": rss([d.proc])}


def warm(fsync, options):
    with timed_run(), Redis(fsync) as redis, Nodes() as nodes, Dispatcher() as d:
        warm_up(d, redis, nodes, options)
        for n in options.drain:
            for _ in range(options.reps):
                yield {"state": "warm", **own_again(n, d, redis, nodes), "rss_mb": rss([d.proc])}


def warm_up(d, redis, nodes, options):
    d.add_nodes(options.connections)
    own_again(options.warm, d, redis, nodes)


def own_again(n, d, redis, nodes, more=(), look=None):
    """Queues n more at a running dispatcher, and lets it and `more` replicas drain them."""
    d.pause()
    memory = fill(redis, n)
    return {**own_watch(n, nodes, redis, [d, *more], start=d.resume, look=look), "redis_bytes": memory}


def peer(name, state, options):
    """A peer's rows. Warm: the last n of a longer queue."""
    p, after = Peer(name), options.warm if state == "warm" else 0
    for n in options.drain[-1:] if state == "warm" else options.drain:
        for _ in range(options.reps):
            with timed_run(), Redis() as redis, Nodes() as nodes:
                before = redis.used()
                p.produce("batch", after + n)
                time.sleep(0.2)
                memory = (redis.used() - before) / (after + n)
                with p.worker() as w:
                    row = watch(after + n, nodes, redis, [w], lambda: p.pending(redis), after)
                    yield {"state": state, **row, "redis_bytes": memory, "rss_mb": rss([w])}


LUA = """
wrk.method, wrk.path = "POST", "/job"
wrk.headers["content-type"] = "application/json"
wrk.body = '%s'
"""


def haproxy(options):
    """What a forwarder without a queue passes on: 64 connections of wrk."""
    from load import body
    for direct in (True, False):
        for _ in range(options.reps):
            with timed_run(), Nodes() as nodes, HaProxy() as proxy, folder("wrk") as d:
                with open(d + "/post.lua", "w") as f:
                    f.write(LUA % body(0))
                port = NODE_PORTS[0] if direct else PROXY_PORT

                def wrk(secs):
                    with Proc([tool("wrk"), "-t1", "-c64", "-d%ds" % secs, "-s", d + "/post.lua",
                               "http://127.0.0.1:%d/job" % port], out=-1) as w:
                        return w.finish(secs + 30)

                wrk(1)
                before, load = (proxy.proc.cpu(), nodes.proc.cpu(), machine_cpu()), own_cpu()
                text = wrk(options.seconds)
                after, load = (proxy.proc.cpu(), nodes.proc.cpu(), machine_cpu()), own_cpu() - load
                n = int(re.search(r"(\d+) requests in", text).group(1))
                if "Non-2xx" in text or "Socket errors" in text:
                    raise Refused("wrk: " + text)
                used = [b - a for a, b in zip(before, after)]
                yield {**({"system": "nodes", "state": "nodes alone"} if direct else {"state": "no queue"}), "n": n,
                       "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
                       "cpu_worker": None if direct else used[0] / n * 1000, "cpu_nodes": used[1] / n * 1000,
                       "cpu_load": load / n * 1000,
                       "others_cpus": (used[2] - used[0] - used[1] - load) / options.seconds}


def parts(options):
    for system in options.systems:
        if system == "Yardmaster":
            yield from ((system, fsync, part(fsync, options)) for fsync in options.fsync for part in (cold, warm))
        elif system == "HAProxy":
            yield system, "none", haproxy(options)
        else:
            yield from ((system, "everysec", peer(system, state, options)) for state in ("cold", "warm"))
