#!/usr/bin/env python3
"""A node that takes every request and never answers: hang.py PORT"""
import selectors
import socket
import sys

server = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=4096)
server.setblocking(False)
picks = selectors.DefaultSelector()
picks.register(server, selectors.EVENT_READ)
kept = []
while True:
    picks.select()
    try:
        while True:
            kept.append(server.accept()[0])
    except BlockingIOError:
        pass
