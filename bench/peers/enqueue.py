"""How fast requests get in, while nothing is dispatched: pipelined through Redis, in REST batches, one by one."""
import os
import re
import time

from machine import (HERE, HTTP_PORTS, NODE_PORTS, REDIS_PORT, Proc, Refused, folder, machine_cpu, own_cpu, timed_run,
                     tool)
from servers import Nodes, Redis
from systems import PYTHON, Dispatcher, Peer, depth, run_load

FCALL = (50, 100)  # connections, and calls on the way in each of them
BATCH = (8, 500)  # connections, and requests in a call
SINGLE = 64  # connections

LUA = """
local priorities = {"critical", "high", "normal", "low"}
local pad, i = string.rep("x", %d), 0
local head = "POST /v1/requests HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nContent-Type: application/json\\r\\nContent-Length: "
function request()
  i = i + 1
  local body = string.format('{"path":"/job","priority":"%%s","body":{"id":"job-%%08d","pad":"%%s"}}',
    priorities[i %% 4 + 1], i, pad)
  return head .. #body .. "\\r\\n\\r\\n" .. body
end
""" % (250 - len('{"id":"job-00000000","pad":""}'))


def load(kind, n, size):
    return run_load([PYTHON, os.path.join(HERE, "load.py"), kind,
                     REDIS_PORT if kind == "fcall" else HTTP_PORTS[0], n, *size])


def wrk(seconds, port=HTTP_PORTS[0]):
    """Single requests with bodies that differ, over 64 connections."""
    with folder("wrk") as d:
        with open(d + "/post.lua", "w") as f:
            f.write(LUA)
        cpu = own_cpu()
        with Proc([tool("wrk"), "-t1", "-c%d" % SINGLE, "-d%ds" % seconds, "--timeout", "10s", "-s", d + "/post.lua",
                   "http://127.0.0.1:%d/v1/requests" % port], out=-1) as w:
            text = w.finish(seconds + 40)
        n = int(re.search(r"(\d+) requests in", text).group(1))
        if "Non-2xx" in text or "Socket errors" in text or not n:
            raise Refused("wrk: " + text)
        return {"n": n, "secs": n / float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
                "cpu": own_cpu() - cpu}


def measure(redis, workers, go):
    began = time.monotonic()
    before = sum(w.cpu() for w in workers), redis.proc.cpu(), machine_cpu(), own_cpu()
    made = go()
    after = sum(w.cpu() for w in workers), redis.proc.cpu(), machine_cpu(), own_cpu()
    used, n = [b - a for a, b in zip(before, after)], made["n"]
    return {"rate": n / made["secs"], "cpu_worker": used[0] / n * 1000 if workers else None,
            "cpu_redis": used[1] / n * 1000, "cpu_load": made["cpu"] / n * 1000,
            "others_cpus": (used[2] - used[0] - used[1] - used[3]) / (time.monotonic() - began)}, n


def own(fsync, options):
    with timed_run(), Redis(fsync) as redis, Dispatcher() as d:
        d.pause()
        n = options.enqueue
        for state, warm, go in (
                ("FCALL, pipelined", None, lambda: load("fcall", n, FCALL)),
                ("REST, batches", lambda: load("batch", options.warm, BATCH), lambda: load("batch", n, BATCH)),
                ("REST, one by one", lambda: wrk(options.seconds * 3), lambda: wrk(options.seconds))):
            if warm:
                warm()
            for _ in range(options.reps):
                time.sleep(0.5)  # what was on its way when wrk stopped comes in
                had = depth(redis).get("depth", 0)
                row, sent = measure(redis, [d.proc], go)
                got = depth(redis)["depth"] - had
                if not sent <= got <= sent + SINGLE:  # what was on its way when wrk stopped may be in or not
                    raise Refused("enqueue: %d are queued (expected: %d)" % (got, sent))
                yield {"state": state, "n": n if state != "REST, one by one" else None, **row}


def peer(name, options):
    p = Peer(name)
    for mode, state, n in (("single", "its client, one by one", options.enqueue // 5),
                           ("batch", "its client, batches", options.enqueue)):
        for _ in range(options.reps):
            with timed_run(), Redis() as redis:
                row, n = measure(redis, [], lambda: p.produce(mode, n))
                yield {"state": state, "n": n, **row}


def generator(options):
    """What the load generator reaches where nothing is queued, so that it is seen not to be what limits."""
    with timed_run(), Nodes():
        made = wrk(options.seconds, NODE_PORTS[0])
        yield {"system": "nodes", "state": "wrk at a node, one by one", "rate": made["n"] / made["secs"],
               "cpu_load": made["cpu"] / made["n"] * 1000}


def parts(options):
    for system in options.systems:
        if system == "Yardmaster":
            yield from ((system, fsync, own(fsync, options)) for fsync in options.fsync)
        elif system == "HAProxy":
            yield system, "none", generator(options)
        else:
            yield system, "everysec", peer(system, options)
