"""How fast Yardmaster is on this machine, with others beside it. Started by scripts/bench, which says how."""
import argparse
import json
import os
import sys
import time
import traceback

import conditions
import drain
import enqueue
import flat
import latency
import memory
import page
import replicas
import report
from machine import Refused, end_all, favour, say

RUNS = {"drain": drain, "latency": latency, "enqueue": enqueue, "memory": memory, "flat": flat, "replicas": replicas}


def options():
    p = argparse.ArgumentParser(prog="scripts/bench", description=__doc__,
                                epilog="scripts/bench --choose, --codec, --schedule, --shards and --strategies measure "
                                "other things; the head of scripts/bench tells of them, and of variables such as "
                                "BENCH_SERVE.")
    p.add_argument("sections", nargs="*", metavar="SECTION", help="one or several of %s (all)" % ", ".join(RUNS))
    p.add_argument("--quick", action="store_true", help="small numbers and one run of each: minutes, and rough")
    p.add_argument("--reps", type=int, help="runs of each measurement, of which the median is shown (3)")
    p.add_argument("--systems", help="with commas: Yardmaster, BullMQ, bee-queue, HAProxy (all)")
    p.add_argument("--fsync", default="everysec,always", help="appendfsync of Yardmaster's runs (everysec,always)")
    p.add_argument("--drain", help="how many requests a drain has, with commas (20000,100000)")
    p.add_argument("--warm", type=int, help="requests that a warm process has had before (200000)")
    p.add_argument("--connections", type=int, default=100,
                   help="most requests at one of the three nodes (100; 334 where memory is measured)")
    p.add_argument("--waiting", type=int, help="how long the long queue is (1000000)")
    p.add_argument("--held", type=int, help="how many requests are in flight meanwhile (50000)")
    p.add_argument("--json", metavar="FILE", help="writes all figures there")
    p.add_argument("--from", dest="earlier", metavar="FILE", help="measures nothing: shows what --json wrote")
    p.add_argument("--write", action="store_true",
                   help="puts the tables into docs/performance.md (a run of everything that is not --quick does so)")
    o = p.parse_args()
    o.reps = o.reps or (1 if o.quick else 3)
    o.systems = (o.systems or "Yardmaster,BullMQ,bee-queue,HAProxy").split(",")
    o.fsync = o.fsync.split(",")
    o.drain = [int(n) for n in (o.drain or ("20000" if o.quick else "20000,100000")).split(",")]
    o.warm = o.warm if o.warm is not None else 50000 if o.quick else 200000
    o.seconds = 2 if o.quick else 5  # of one run of wrk
    o.latency = 5 if o.quick else 15  # seconds
    o.settle = 4000 if o.quick else 120000  # requests before a latency is measured
    o.enqueue = 50000 if o.quick else 200000
    o.few, o.many = 20000, o.waiting or (100000 if o.quick else 1000000)
    o.held = o.held if o.held is not None else 4000 if o.quick else 50000
    o.replicas = [1, 2] if o.quick else [1, 2, 4]
    for name, value, known in (("section", o.sections, RUNS), ("--fsync", o.fsync, ("everysec", "always")),
                               ("--systems", o.systems, ("Yardmaster", "BullMQ", "bee-queue", "HAProxy"))):
        for each in value:
            if each not in known:
                p.error("%s: %s (expected: %s)" % (name, each, ", ".join(known)))
    return o


def main():
    o = options()
    if o.earlier:
        with open(o.earlier) as f:
            run = {"failed": [], **json.load(f)}
        sections = [s for s in RUNS if s in (o.sections or RUNS) and any(r["section"] == s for r in run["rows"])]
    else:
        sections = o.sections or list(RUNS)
        run = {"command": " ".join(["scripts/bench", *sys.argv[1:]]), "conditions": conditions.all_(), "rows": [],
               "failed": [], "seconds": {}}
        for name, what in run["conditions"].items():
            print("%s: %s" % (name, what), flush=True)
        favour(os.getpid())
    for section in sections:
        if not o.earlier:
            measure(section, o, run)
        show(section, run["rows"])
        # each at once: a later one may not come to its end
        if (o.write or not (o.sections or o.quick or o.earlier)) and page.write(section, run):
            say("%s is written to docs/performance.md" % section)
    if run["failed"]:
        raise Refused("not measured: " + "; ".join(run["failed"]))


def measure(section, o, run):
    """What one part of a section could not measure does not keep the others from it."""
    began = time.monotonic()
    for system, durability, rows in RUNS[section].parts(o):
        try:
            for row in rows:
                run["rows"].append({"section": section, "system": system, "durability": durability, **row})
                say("  ".join("%s %s" % (k, "%.4g" % v if isinstance(v, float) else v)
                              for k, v in run["rows"][-1].items() if v is not None))
        except Exception as e:
            if not isinstance(e, Refused):
                traceback.print_exc()
            run["failed"].append("%s: %s (%s): %s" % (section, system, durability, e))
            say(run["failed"][-1])
            end_all()
    run["seconds"][section] = round(time.monotonic() - began)
    say("%s took %d s" % (section, run["seconds"][section]))
    if o.json:
        with open(o.json, "w") as f:
            json.dump(run, f, indent=1)


def show(section, rows):
    print("\n%s\n\n%s\n" % (section, report.terminal(section, report.medians(section, rows))), flush=True)


try:
    main()
except Refused as e:
    sys.exit("bench: %s" % e)
except KeyboardInterrupt:
    sys.exit(130)
