"""What several replicas on the same cores reach together, against one."""
import contextlib

from drain import own_again, rss
from machine import timed_run
from servers import Nodes, Redis
from systems import Dispatcher


def together(count, fsync, options):
    with contextlib.ExitStack() as stack:
        stack.enter_context(timed_run())
        redis, nodes = stack.enter_context(Redis(fsync)), stack.enter_context(Nodes())
        all_ = [stack.enter_context(Dispatcher(i)) for i in range(count)]
        all_[0].add_nodes(options.connections)
        # each of four gets half of what one alone would: they'd take minutes to get it all
        own_again(options.warm * min(count, 2), all_[0], redis, nodes, all_[1:])
        for _ in range(options.reps):
            row = own_again(options.drain[-1], all_[0], redis, nodes, all_[1:])
            yield {"replicas": count, **row, "rss_mb": rss([d.proc for d in all_])}


def parts(options):
    fsync = options.fsync[0]
    if "Yardmaster" in options.systems:
        yield from (("Yardmaster", fsync, together(count, fsync, options)) for count in options.replicas)
