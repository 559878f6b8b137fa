"""What every system of the comparison is given: a Redis of its own, and three nodes."""
import http.client
import json
import os
import socket

from machine import (HERE, NODE_PORTS, REDIS_PORT, STATUS_PORT, Proc, folder, free, listening, tool, wait_until)


class Resp:
    """A small blocking client of Redis, so that the harness needs no package."""

    def __init__(self, port=REDIS_PORT):
        self.s = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.f = self.s.makefile("rb")

    def __call__(self, *words):
        words = [w if isinstance(w, bytes) else str(w).encode() for w in words]
        self.s.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(w), w) for w in words))
        return self._read()

    def _read(self):
        line = self.f.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self.f.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return None if rest == b"-1" else [self._read() for _ in range(int(rest))]
        raise RuntimeError("Redis: " + line.decode(errors="replace").strip())

    def info(self, section):
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)


class Redis:
    """A fresh Redis with an append-only file, no rewriting of it (as in all runs of the comparison), and lists packed as
    docs/redis.md advises."""

    def __init__(self, fsync="everysec"):
        free(REDIS_PORT)
        self.fsync, self._folder = fsync, folder("redis")
        self.dir = self._folder.__enter__()
        self.proc = Proc([tool("redis-server"), "--port", str(REDIS_PORT), "--bind", "127.0.0.1", "--save", "",
                          "--appendonly", "yes", "--appendfsync", fsync, "--auto-aof-rewrite-percentage", "0",
                          "--list-compress-depth", "1",
                          "--dir", self.dir, "--logfile", os.path.join(self.dir, "log")])
        wait_until("Redis", lambda: listening(REDIS_PORT), 10)
        self.call = Resp()

    def used(self):
        return int(self.call.info("memory")["used_memory"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.call.s.close()
        self.proc.stop()
        self._folder.__exit__(None, None, None)


NGINX = """
daemon off; worker_processes 1; pid {d}/nginx.pid; error_log {d}/error.log; {user}
worker_rlimit_nofile 16384;
events {{ worker_connections 8192; }}
http {{
  access_log off; keepalive_timeout 3600s; keepalive_requests 2000000000;
  client_body_temp_path {d}/b; proxy_temp_path {d}/p; fastcgi_temp_path {d}/f;
  uwsgi_temp_path {d}/u; scgi_temp_path {d}/s; default_type application/json;
{servers}
  server {{ listen 127.0.0.1:{status}; location / {{ stub_status; }} }}
}}
"""


class Nodes:
    """Three nodes, ports of one nginx worker: 200 and a small JSON body. They count what they get."""

    def __init__(self):
        free(*NODE_PORTS, STATUS_PORT)
        self._folder = folder("nginx")
        d = self._folder.__enter__()
        servers = "\n".join("  server { listen 127.0.0.1:%d backlog=4096; location / "
                            "{ return 200 '{\"status\":\"ok\"}'; } }" % p for p in NODE_PORTS)
        with open(d + "/nginx.conf", "w") as f:
            f.write(NGINX.format(d=d, servers=servers, status=STATUS_PORT,
                                 user="user root;" if os.getuid() == 0 else ""))
        self.proc = Proc([tool("nginx"), "-p", d, "-e", d + "/error.log", "-c", d + "/nginx.conf"])
        for port in NODE_PORTS + [STATUS_PORT]:
            wait_until("node on %d" % port, lambda p=port: listening(p), 10)
        self.http = http.client.HTTPConnection("127.0.0.1", STATUS_PORT, timeout=10)
        self.polls = self.base = 0
        self.base = self.count()

    def count(self):
        """Requests that came in since the start, without those that asked for this count."""
        self.http.request("GET", "/")
        self.polls += 1
        return int(self.http.getresponse().read().split()[9]) - self.polls - self.base

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.close()
        self.proc.stop()
        self._folder.__exit__(None, None, None)


class Sink:
    """Three nodes that compute how long ago a request's body was made (js/sink.mjs)."""

    def __init__(self):
        free(*NODE_PORTS, STATUS_PORT)
        self.proc = Proc(["node", os.path.join(HERE, "js", "sink.mjs")],
                         env=dict(os.environ, NODE_PORTS=",".join(map(str, NODE_PORTS)), STATUS_PORT=str(STATUS_PORT)))
        for port in NODE_PORTS + [STATUS_PORT]:
            wait_until("receiver on %d" % port, lambda p=port: listening(p), 10)

    def forget(self):
        self.figures("DELETE")

    def figures(self, method="GET"):
        h = http.client.HTTPConnection("127.0.0.1", STATUS_PORT, timeout=10)
        try:
            h.request(method, "/")
            return json.loads(h.getresponse().read())
        finally:
            h.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proc.stop()
