"""The systems of the comparison, each with the same few verbs."""
import http.client
import json
import os
import shlex
import subprocess

from machine import (HERE, HOME, HTTP_PORTS, NODE_PORTS, PROXY_PORT, REDIS_PORT, Proc, Refused, folder, free,
                     listening, tool, wait_until)

PRIORITIES = ["critical", "high", "normal", "low"]
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "python3"
LOG = os.environ.get("BENCH_LOG", os.devnull)  # what dispatchers and workers print


def log():
    return open(LOG, "ab")


class Dispatcher:
    """One replica of Yardmaster. BENCH_SERVE names another command than `scripts/yardmaster serve`."""

    def __init__(self, index=0, settings=(), ready=True):
        self.port = HTTP_PORTS[index]
        free(self.port)
        command = shlex.split(os.environ.get("BENCH_SERVE", os.path.join(HOME, "scripts", "yardmaster") + " serve"))
        settings = {"queues.max-size": 2000000, "rate-limit.producer.rate": 0, **dict(settings)}
        sets = [x for key, value in settings.items() for x in ("--set", "yardmaster.%s=%s" % (key, value))]
        with log() as out:
            self.proc = Proc(command + ["--port", str(self.port), "--redis", "redis://127.0.0.1:%d" % REDIS_PORT,
                                        "--replica-id", "bench-%d" % index] + sets, out=out, err=out, cwd=HOME)
        self.http = None
        if ready:
            try:
                self.wait()
            except BaseException:
                self.proc.stop()
                raise

    def wait(self):
        """Until it serves; `scripts/yardmaster` may have to build first."""
        wait_until("start of the dispatcher (BENCH_LOG=FILE keeps what it prints)", self._serving, 300, 0.005)

    def _serving(self):
        if not self.proc.alive():
            raise Refused("dispatcher: ended with %s (BENCH_LOG=FILE keeps what it prints)" % self.proc.p.returncode)
        try:
            return self.call("GET", "/health/readiness")[0] == 200
        except OSError:
            return False

    def call(self, method, path, content=None):
        """(status, text) of a call of its REST interface. All that are made here can be made twice."""
        known = self.http is not None  # it may have been closed meanwhile, because nobody used it
        self.http = self.http or http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            self.http.request(method, path, None if content is None else json.dumps(content),
                              {"Content-Type": "application/json"})
            answer = self.http.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException) as e:
            self.http = None
            if known:
                return self.call(method, path, content)
            raise OSError("%s %s: %s" % (method, path, e)) from None

    def must(self, method, path, content=None):
        status, text = self.call(method, path, content)
        if status // 100 != 2:
            raise Refused("%s %s: %d %s" % (method, path, status, text[:300]))
        return text

    def add_nodes(self, connections, ports=NODE_PORTS, **more):
        for port in ports:
            self.must("PUT", "/v1/nodes/n%d" % port, {"url": "http://127.0.0.1:%d" % port,
                                                     "maxConnections": connections,
                                                     "health": {"type": "tcp"}, **more})

    def pause(self):
        for p in PRIORITIES:
            self.must("POST", "/v1/queues/default/%s/pause" % p)

    def resume(self):
        for p in PRIORITIES:
            self.must("POST", "/v1/queues/default/%s/resume" % p)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proc.stop()


def enqueue(n, connections=50, depth=100, service=""):
    """Puts n requests into Yardmaster's queues through Redis; seconds and CPU seconds of the one who did."""
    words = [PYTHON, os.path.join(HERE, "load.py"), "fcall", REDIS_PORT, n, connections, depth]
    return run_load(words + ([service] if service else []))


def run_load(words, env=None, cwd=None, limit=400):
    with Proc([str(w) for w in words], env=env, cwd=cwd, out=subprocess.PIPE, err=log()) as p:
        lines = [line for line in p.finish(limit).splitlines() if line.startswith("{")]
    return json.loads(lines[-1])


def depth(redis, service="default"):
    """Figures of a service's queues at Yardmaster, summed up: {"depth": .., "inFlight": .., "dead": ..}."""
    total = {}
    for queue in redis.call("FCALL_RO", "yard_depth", 1, "{yard:0}"):
        figures = dict(zip((name.decode() for name in queue[::2]), queue[1::2]))
        if figures["service"].decode() == service:
            for name, value in figures.items():
                if isinstance(value, int):
                    total[name] = total.get(name, 0) + value
    return total


def left(redis):
    """How many requests Yardmaster still has to bring somewhere."""
    figures = depth(redis)
    return sum(figures.get(name, 0) for name in ("depth", "inFlight", "scheduled"))


class Peer:
    """A job queue for Node.js, with the best settings that were found for it."""

    ALL = {
        "BullMQ": ("bullmq", 50, [("ZCARD", "bull:jobs:prioritized"), ("LLEN", "bull:jobs:wait"),
                                  ("LLEN", "bull:jobs:active")]),
        "bee-queue": ("beequeue", 100, [("LLEN", "bq:p%d:%s" % (p, s)) for p in range(4)
                                        for s in ("waiting", "active")]),
    }

    def __init__(self, name):
        self.name = name
        folder_, self.conc, self.keys = self.ALL[name]
        self.dir = os.path.join(HERE, "js", folder_)

    def env(self, **more):
        return dict(os.environ, REDIS_PORT=str(REDIS_PORT), CONC=str(self.conc),
                    NODES=",".join("http://127.0.0.1:%d" % p for p in NODE_PORTS),
                    **{k: str(v) for k, v in more.items()})

    def produce(self, mode, n, **more):
        return run_load(["node", "producer.mjs"], self.env(MODE=mode, N=n, BATCH=1000, **more), self.dir)

    def worker(self):
        return Proc(["node", "worker.mjs"], env=self.env(), cwd=self.dir, err=log())

    def pending(self, redis):
        return sum(redis.call(*key) for key in self.keys)


def own_producer(mode, n, door, **more):
    """Requests at Yardmaster one by one, from Node.js as the peers' are."""
    env = dict(os.environ, REDIS_PORT=str(REDIS_PORT), MODE=mode, N=str(n), DOOR=door,
               URL="http://127.0.0.1:%d" % HTTP_PORTS[0], **{k: str(v) for k, v in more.items()})
    return run_load(["node", "producer.mjs"], env, os.path.join(HERE, "js", "yardmaster"))


HAPROXY = """
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option http-keep-alive
frontend f
  bind 127.0.0.1:{port}
  default_backend b
backend b
  balance roundrobin
{servers}
"""


class HaProxy:
    """A plain forwarder without a queue: what HTTP alone costs."""

    def __enter__(self):
        free(PROXY_PORT)
        self._folder = folder("haproxy")
        path = os.path.join(self._folder.__enter__(), "haproxy.cfg")
        with open(path, "w") as f:
            f.write(HAPROXY.format(port=PROXY_PORT,
                                   servers="\n".join("  server n%d 127.0.0.1:%d" % (p, p) for p in NODE_PORTS)))
        self.proc = Proc([tool("haproxy"), "-f", path, "-db", "-q"])
        wait_until("HAProxy", lambda: listening(PROXY_PORT), 10)
        return self

    def __exit__(self, *_):
        self.proc.stop()
        self._folder.__exit__(None, None, None)
