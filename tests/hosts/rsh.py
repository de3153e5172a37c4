#!/usr/bin/env python3
"""A remote shell between the hosts of a test: what ssh is on a cluster, without keys.

usage: rsh.py HOST COMMAND...   runs the words, joined by blanks, in a shell on HOST
       rsh.py --serve           the other side; prints a line when it listens

As with ssh, output comes back as it is made, the exit status is the command's, and 255 means that
the connection failed. The command does not inherit the environment of the caller, nor its folder,
and goes on if the connection is lost. Its standard input is empty.
"""

import json
import os
import selectors
import socket
import socketserver
import struct
import subprocess
import sys

PORT = 514
HEADER = struct.Struct("!cI")
OUTPUT, ERRORS, STATUS = b"o", b"e", b"s"
FAILED = 255


class Session(socketserver.StreamRequestHandler):
    """One connection, in a process of its own."""

    def send(self, kind, data):
        self.request.sendall(HEADER.pack(kind, len(data)) + data)

    def handle(self):
        command = json.loads(self.rfile.readline())
        with subprocess.Popen(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              start_new_session=True) as process:
            if not self.relay(process):
                os._exit(0)  # the caller is gone; the command goes on
            status = process.wait()
        self.send(STATUS, struct.pack("!i", status if status >= 0 else 128 - status))

    def relay(self, process):
        """Passes output on until it ends; False if the caller goes away before."""
        selector = selectors.DefaultSelector()
        selector.register(self.request, selectors.EVENT_READ)
        selector.register(process.stdout, selectors.EVENT_READ, OUTPUT)
        selector.register(process.stderr, selectors.EVENT_READ, ERRORS)
        while len(selector.get_map()) > 1:
            for key, _ in selector.select():
                if key.data is None:
                    return False
                data = os.read(key.fd, 65536)
                if not data:
                    selector.unregister(key.fileobj)
                    continue
                try:
                    self.send(key.data, data)
                except ConnectionError:
                    return False
        return True


class Server(socketserver.ForkingTCPServer):
    allow_reuse_address = True
    max_children = 1000
    request_queue_size = 64


def serve():
    with Server(("", PORT), Session) as server:
        print("listening", flush=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        server.serve_forever()


def receive(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("closed by the other side")
        data += part
    return data


def call(host, command):
    with socket.create_connection((host, PORT)) as connection:
        connection.sendall(json.dumps(command).encode() + b"\n")
        while True:
            kind, size = HEADER.unpack(receive(connection, HEADER.size))
            data = receive(connection, size)
            if kind == STATUS:
                return struct.unpack("!i", data)[0]
            os.write(1 if kind == OUTPUT else 2, data)


def main():
    if sys.argv[1:] == ["--serve"]:
        serve()
    elif len(sys.argv) > 2:
        try:
            sys.exit(call(sys.argv[1], " ".join(sys.argv[2:])))
        except OSError as error:
            print(f"rsh: {sys.argv[1]}: {error}", file=sys.stderr)
            sys.exit(FAILED)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
