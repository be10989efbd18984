"""What every stand-in shares: a loopback HTTP/1.1 server with keep-alive, gzip, faults on demand and a control endpoint.

The first line of standard output is the port. Control:
  POST /_control {"faults": [{"kind": "status", "times": 2, "status": 500}], "settings": {...}}
      queues faults, one taken by each request, and changes settings of the stand-in
  GET  /_control  answers {"requests": [{"method", "path", "headers", "status", "port"}...], "settings": {...}}
Kinds of fault: status (status, headers, body), hang (seconds), reset, garbage, truncate, huge (bytes), redirect loop,
truncated gzip.
"""
import argparse
import collections
import gzip
import http.server
import json
import socket
import ssl
import struct
import sys
import threading
import time
import urllib.parse


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--fault", action="append", default=[], metavar="KIND[:TIMES]",
                        help="a fault for the next requests; KIND is a status or one of hang, reset, garbage, truncate")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input closes")
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"), help="speak TLS with this PEM certificate and key")
    return parser


def fault_from_text(text):
    kind, _, times = text.partition(":")
    fault = {"kind": "status", "status": int(kind)} if kind.isdigit() else {"kind": kind}
    return dict(fault, times=int(times or 1))


class State:
    """Faults, settings and the journal of requests; `lock` guards all of it."""

    def __init__(self, settings=None, faults=()):
        self.lock = threading.RLock()
        self.settings = settings or {}
        self.journal = collections.deque(maxlen=10_000)
        self.faults = collections.deque()
        self.add_faults(faults)

    def add_faults(self, faults):
        for fault in faults:
            self.faults.extend([fault] * int(fault.get("times", 1)))

    def next_fault(self):
        with self.lock:
            return self.faults.popleft() if self.faults else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body in one segment: two small ones would wait for each other's acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    state = State()

    def answer(self, path, query):
        """Overridden: answers a request that met no fault."""
        raise NotImplementedError

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        if url.path == "/_control":
            return self.control()
        length = int(self.headers.get("Content-Length") or 0)
        self.request_body = self.rfile.read(length)
        fault = self.state.next_fault()
        if fault:
            return self.fail(fault)
        self.answer(url.path, dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True)))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

    def control(self):
        length = int(self.headers.get("Content-Length") or 0)
        change = json.loads(self.rfile.read(length) or b"{}")
        with self.state.lock:
            self.state.add_faults(change.get("faults", []))
            self.state.settings.update(change.get("settings", {}))
            body = {"requests": list(self.state.journal), "settings": self.state.settings}
            text = json.dumps(body).encode()
        self.send(200, text, journal=False)

    def fail(self, fault):
        kind = fault["kind"]
        if kind == "status":
            body = fault.get("body", json.dumps({"message": "fault"}))
            return self.send(fault["status"], body.encode(), fault.get("headers", {}))
        if kind == "huge":
            return self.send(200, b"x" * fault["bytes"])
        if kind == "redirect loop":
            return self.send(302, b"", {"Location": self.path})
        if kind == "truncated gzip":
            return self.send(200, gzip.compress(b"[" + b'{"id":"1"},' * 500 + b"{}]")[:-20], {"Content-Encoding": "gzip"})
        self.note(kind)
        self.close_connection = True
        if kind == "hang":
            time.sleep(fault.get("seconds", 3600))
        elif kind == "reset":
            # Lingering for zero seconds makes close() send RST.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif kind == "garbage":
            self.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
        elif kind == "truncate":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{\"id\":")

    def send(self, status, body, headers=None, journal=True):
        if journal:
            self.note(status)
        packed = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 200 and status != 304
        if packed:
            body = gzip.compress(body, 1)
        self.send_response(status)
        fields = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
        if packed:
            fields["Content-Encoding"] = "gzip"
        for name, value in fields.items():
            self.send_header(name, str(value))
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body)

    def note(self, status):
        with self.state.lock:
            self.state.journal.append({"method": self.command, "path": self.path, "status": status, "port": self.client_address[1],
                                       "headers": {name.lower(): value for name, value in self.headers.items()}})

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except (ConnectionError, ssl.SSLError, OSError, ValueError):
            pass  # The client left, or the fault closed the socket.


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64


def serve(handler, options):
    server = Server(("127.0.0.1", options.port), handler)
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    if options.exit_with_stdin:
        threading.Thread(target=lambda: (sys.stdin.read(), server.shutdown()), daemon=True).start()
    server.serve_forever()
