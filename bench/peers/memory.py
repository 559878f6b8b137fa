"""What a start takes, and what the dispatcher holds in memory then and under load."""
import time

from drain import own_again, rss, warm_up
from machine import timed_run
from servers import Nodes, Redis
from systems import Dispatcher, depth


def run(options):
    for fsync in options.fsync:
        for _ in range(options.reps):
            with timed_run(), Redis(fsync) as redis, Nodes() as nodes:
                with Dispatcher() as d:
                    d.add_nodes(options.connections)
                time.sleep(0.5)
                began = time.monotonic()
                with Dispatcher() as d:
                    starts, cpu = time.monotonic() - began, d.proc.cpu()
                    time.sleep(1)
                    fresh = d.proc.memory("VmRSS") / 1e6
                    warm_up(d, redis, nodes, options)
                    seen = []
                    row = own_again(options.drain[-1], d, redis, nodes,
                                    look=lambda: seen.append(depth(redis)["inFlight"]))
                    yield {"system": "Yardmaster", "durability": fsync, "starts_s": starts, "start_cpu_s": cpu,
                           "fresh_mb": fresh, "rss_mb": rss([d.proc]), "in_flight": max(seen, default=None),
                           "redis_bytes": row["redis_bytes"]}
