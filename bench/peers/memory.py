"""What a start takes, and what the dispatcher holds in memory then and under load."""
import time

from drain import own_again, rss, warm_up
from machine import timed_run
from servers import Nodes, Redis
from systems import Dispatcher, depth

THIRD = 334  # of the 1,000 requests that are in flight at three nodes


def own(fsync, options):
    for i in range(options.reps):
        with timed_run(), Redis(fsync) as redis, Nodes() as nodes:
            with Dispatcher() as d:
                d.add_nodes(THIRD)
            time.sleep(0.5)
            began = time.monotonic()
            with Dispatcher() as d:
                row = {"starts_s": time.monotonic() - began, "start_cpu_s": d.proc.cpu()}
                time.sleep(1)
                row["fresh_mb"] = d.proc.memory("VmRSS") / 1e6
                # what is held under load hardly differs from run to run, and takes most of the time
                yield {**row, **(loaded(d, redis, nodes, options) if i == 0 else {})}


def loaded(d, redis, nodes, options):
    warm_up(d, redis, nodes, options)
    seen = []
    row = own_again(options.drain[-1], d, redis, nodes, look=lambda: seen.append(depth(redis)["inFlight"]))
    return {"rss_mb": rss([d.proc]), "in_flight": max(seen, default=None), "redis_bytes": row["redis_bytes"]}


def parts(options):
    fsync = options.fsync[0]  # it holds the same with each
    if "Yardmaster" in options.systems:
        yield "Yardmaster", fsync, own(fsync, options)
