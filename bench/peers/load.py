#!/usr/bin/env python3
"""Enqueues requests of 250 bytes at Yardmaster as fast as it takes them, and prints one line of JSON: n, secs, cpu.
load.py fcall PORT N CONNECTIONS DEPTH [SERVICE]   FCALL yard_enqueue; each connection has DEPTH calls on the way
load.py batch PORT N CONNECTIONS SIZE              POST /v1/requests/batch with SIZE requests in each
What is sent is made before the clock starts. Every answer is looked at; another one than `queued` ends the run."""
import http.client
import json
import os
import selectors
import socket
import sys
import threading
import time

PRIORITIES = ["critical", "high", "normal", "low"]
LIMIT = 300  # seconds


def body(i):
    head = '{"id":"job-%08d","ts":0,"w":0,"p":%d,"kind":"render","tenant":"acme-7","pad":"' % (i, i & 3)
    return head + "x" * (250 - len(head) - 2) + '"}'


def call(i, service):
    words = ["FCALL", "yard_enqueue", "1", "{yard:0}", "BODY", body(i), "PRIORITY", PRIORITIES[i & 3], "PATH", "/job"]
    if service:
        words += ["SERVICE", service]
    return "*%d\r\n" % len(words) + "".join("$%d\r\n%s\r\n" % (len(w), w) for w in words)


class Count:
    """Counts a pattern in a stream that comes in pieces."""

    def __init__(self, pattern):
        self.pattern, self.rest, self.n = pattern, b"", 0

    def feed(self, data):
        data = self.rest + data
        self.n += data.count(self.pattern)
        self.rest = data[-(len(self.pattern) - 1):]


def fcall(port, n, connections, depth, service=""):
    pieces = [("".join(call(k, service) for k in range(i, min(n, i + depth))).encode(), min(n, i + depth) - i)
              for i in range(0, n, depth)]
    pieces.reverse()
    picks = selectors.DefaultSelector()

    class Connection:
        def __init__(self):
            self.s = socket.create_connection(("127.0.0.1", port), timeout=30)
            self.s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
            self.queued, self.sent, self.raw = Count(b"\r\nqueued\r\n"), 0, b""
            picks.register(self.s, selectors.EVENT_READ, self)

        def send(self):
            if pieces:
                piece, calls = pieces.pop()
                self.sent += calls
                self.s.sendall(piece)  # the answers of one piece fit into the socket, so this can't lock up

        def receive(self):
            data = self.s.recv(1 << 16)
            self.queued.feed(data)
            if not data or data[:1] == b"-" or b"\r\n-" in data:
                raise SystemExit("load: %r (expected: queued)" % data[:200])
            self.raw = data
            if self.queued.n == self.sent:
                self.send()

    began, cpu = time.monotonic(), time.process_time()
    all_ = [Connection() for _ in range(connections)]
    for each in all_:
        each.send()
    while sum(each.queued.n for each in all_) < n:
        ready = picks.select(timeout=5)
        if not ready or time.monotonic() - began > LIMIT:
            raise SystemExit("load: no more answers; the last was %r (expected: queued)"
                             % all_[0].raw[-200:])
        for key, _ in ready:
            key.data.receive()
    return began, cpu


def batch(port, n, connections, size):
    pieces = []
    for i in range(0, n, size):
        one = ['{"path":"/job","priority":"%s","body":%s}' % (PRIORITIES[k & 3], body(k))
               for k in range(i, min(n, i + size))]
        pieces.append((("[" + ",".join(one) + "]").encode(), len(one)))
    pieces.reverse()
    wrong = []

    def run():
        h = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while not wrong:
            try:
                piece, calls = pieces.pop()
            except IndexError:
                break
            h.request("POST", "/v1/requests/batch", piece, {"Content-Type": "application/json"})
            answer = h.getresponse()
            text = answer.read()
            if answer.status != 200 or b'"accepted":%d,' % calls not in text:
                wrong.append(text[:300])

    began, cpu = time.monotonic(), time.process_time()
    threads = [threading.Thread(target=run, daemon=True) for _ in range(connections)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(LIMIT)
    if wrong or pieces:
        raise SystemExit("load: %r (expected: all accepted)" % (wrong or "not done in time"))
    return began, cpu


def main(kind, port, n, connections, size, *more):
    began, cpu = {"fcall": fcall, "batch": batch}[kind](int(port), int(n), int(connections), int(size), *more)
    print(json.dumps({"n": int(n), "secs": time.monotonic() - began, "cpu": time.process_time() - cpu}))
    sys.stdout.flush()
    os._exit(0)  # without taking the requests apart again


if __name__ == "__main__":
    main(*sys.argv[1:])
