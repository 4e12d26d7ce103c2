# SPDX-License-Identifier: Apache-2.0
"""What the black-box tests of net/ share: a server to talk to and clients made of bare sockets."""

import base64
import contextlib
import fcntl
import functools
import itertools
import json
import os
import select
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

# Only a defect reaches it: a slow machine stays far below.
TIMEOUT_S = 60


@functools.cache
def program():
    """The path of net_server, brought up to date: in NETGURU_BUILD, else in the first build folder."""
    top = Path(__file__).resolve().parents[2]
    chosen = os.environ.get("NETGURU_BUILD")
    for folder in [chosen] if chosen else ["build-asan", "build", "build-cover", "build-clang"]:
        if (top / folder / "build.ninja").is_file():
            with open(top / folder / "net_server.lock", "w", encoding="ascii") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # of suites that start together, one builds it
                subprocess.run(
                    ["ninja", "-C", str(top / folder), "test/net/net_server"],
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
            return top / folder / "test/net/net_server"
    raise RuntimeError("there is no build folder")


class Server:
    """net_server with options, as a child process."""

    def __init__(self, **options):
        arguments = [f"{name}={value}" for name, value in options.items()]
        environment = dict(os.environ)
        environment.setdefault("ASAN_OPTIONS", "detect_leaks=1:strict_string_checks=1")
        environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
        self.process = subprocess.Popen(
            [program(), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        line = self.process.stdout.readline().split()
        assert line[:1] == [b"port"], self.process.stderr.read()
        self.port = int(line[1])
        self.asked_to_stop = False

    def connect(self, **options):
        """A new connection."""
        return Client(self.port, **options)

    def get(self, path, headers=""):
        """The answer to one GET on a connection of its own."""
        with self.connect() as client:
            client.send(request(path, headers=headers))
            return client.answer()

    def stats(self):
        """What the server counts. At its limits it may refuse to say so for a moment."""
        until = time.monotonic() + TIMEOUT_S
        while (answer := self.get("/stats")).status == 503:
            assert time.monotonic() < until, answer.body
            time.sleep(0.02)
        return json.loads(answer.body)

    def wait_for(self, condition, seconds=TIMEOUT_S):
        """Poll stats until condition(stats); returns them."""
        until = time.monotonic() + seconds
        while not condition(stats := self.stats()):
            assert time.monotonic() < until, stats
            time.sleep(0.02)
        return stats

    def wait_for_input(self, before, size):
        """Wait until the server has read size bytes more than in the stats of before, those of the polls left out."""
        own, polls = len(request("/stats")), itertools.count(1)
        self.wait_for(lambda stats: stats["bytes_in"] - before["bytes_in"] >= size + next(polls) * own)

    def wait_until_full(self):
        """Wait until no task can be started: requests are refused."""
        until = time.monotonic() + TIMEOUT_S
        while self.get("/").status != 503:
            assert time.monotonic() < until

    def wait_until_silent(self, seconds=0.3, answer_bytes=5000):
        """Wait until the server has sent nothing for so long but the answers with its stats."""
        def is_silent(_):
            first = self.stats()["bytes_out"]
            time.sleep(seconds)
            return self.stats()["bytes_out"] - first < answer_bytes

        self.wait_for(is_silent)

    def rss_kb(self):
        """Resident memory of the server."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * 4

    def terminate(self):
        """Ask for a graceful stop."""
        if not self.asked_to_stop and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.asked_to_stop = True

    def stop(self):
        """Stop and demand a clean exit: no leak, no sanitizer's complaint, no failed check."""
        self.terminate()
        try:
            _, errors = self.process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, errors = self.process.communicate()
            raise AssertionError("the server did not stop") from None
        assert self.process.returncode == 0, errors.decode("utf-8", "replace")


@contextlib.contextmanager
def server(**options):
    """A server for the time of a with statement, checked at its end."""
    running = Server(**options)
    try:
        yield running
    finally:
        running.stop()


class Answer:
    """A parsed HTTP response."""

    def __init__(self, status, headers, body, raw_head):
        self.status, self.headers, self.body, self.raw_head = status, headers, body, raw_head

    def error(self):
        """The error object of a JSON answer."""
        found = json.loads(self.body)["error"]
        assert set(found) == {"code", "message", "details"}, found
        return found

    @property
    def closes(self):
        """Whether it says that the connection ends."""
        return self.headers.get("connection", "").lower() == "close"


class Client:
    """A TCP connection and a reader of responses."""

    def __init__(self, port, receive_buffer=None, source=None):
        self.socket = socket.socket()
        self.socket.settimeout(TIMEOUT_S)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Close in the ordinary way."""
        self.socket.close()

    def reset(self):
        """Close with a reset instead of a goodbye."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def drip(self, data, pause_s=0.1):
        """Send data again and again, as slowly as that, until the server answers or closes."""
        until = time.monotonic() + TIMEOUT_S
        while not select.select([self.socket], [], [], pause_s)[0]:
            assert time.monotonic() < until
            self.send(data)

    def half_close(self):
        """Send no more."""
        self.socket.shutdown(socket.SHUT_WR)

    def send(self, data):
        """Send all of it."""
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def fill(self):
        """Read more; False at the end."""
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def take(self, size):
        """Exactly size bytes."""
        while len(self.buffer) < size:
            assert self.fill(), f"the connection ended after {self.buffer!r}"
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def take_until(self, mark):
        """Everything up to and including mark."""
        while mark not in self.buffer:
            assert self.fill(), f"the connection ended after {self.buffer!r}"
        return self.take(self.buffer.index(mark) + len(mark))

    def rest(self):
        """Everything up to the end of the connection."""
        while self.fill():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def is_ended(self):
        """Whether the server ends the connection, without a byte more."""
        try:
            return self.rest() == b""
        except ConnectionResetError:
            return True

    def head(self):
        """(status, headers, raw) of the next response."""
        raw = self.take_until(b"\r\n\r\n").decode("latin-1")
        lines = raw[:-4].split("\r\n")
        assert lines[0].startswith("HTTP/1.1 "), lines
        headers = {}
        for line in lines[1:]:
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, raw
            headers[name.lower()] = value
        return int(lines[0].split()[1]), headers, raw

    def chunk(self):
        """The next chunk of a chunked body; empty at its end."""
        size = int(self.take_until(b"\r\n")[:-2], 16)
        data = self.take(size)
        assert self.take(2) == b"\r\n"
        return data

    def answer(self, to_head=False):
        """The next response as a whole."""
        status, headers, raw = self.head()
        if to_head or status in (204, 304) or status < 200:
            body = b""
        elif "content-length" in headers:
            body = self.take(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            body = b"".join(iter(self.chunk, b""))
        else:
            body = self.rest()
        return Answer(status, headers, body, raw)


def request(path="/", method="GET", headers="", body=b"", version="1.1"):
    """The bytes of a request; headers as "Name: value\\r\\n…"."""
    if isinstance(body, str):
        body = body.encode()
    if body and "content-length" not in headers.lower() and "transfer-encoding" not in headers.lower():
        headers += f"Content-Length: {len(body)}\r\n"
    head = f"{method} {path} HTTP/{version}\r\nHost: test\r\n{headers}\r\n"
    return head.encode("latin-1") + body


TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


def frame(opcode, payload=b"", fin=True, mask=b"\x12\x34\x56\x78", reserved=0, length=None):
    """A client's frame; mask None sends it unmasked, length lies about the size."""
    if isinstance(payload, str):
        payload = payload.encode()
    size = len(payload) if length is None else length
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    bit = 0x80 if mask is not None else 0
    if size < 126:
        head += bytes([bit | size])
    elif size < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", size)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", size)
    if mask is None:
        return head + payload
    masked = bytes(byte ^ mask[i & 3] for i, byte in enumerate(payload))
    return head + mask + masked


class WebSocket(Client):
    """A WebSocket client that does nothing by itself."""

    def __init__(self, port, path="/ws", headers="", **options):
        super().__init__(port, **options)
        key = base64.b64encode(os.urandom(16)).decode()
        self.send(
            request(
                path,
                headers="Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}",
            )
        )
        self.status, self.headers, _ = self.head()

    def receive(self):
        """(opcode, payload) of the next frame."""
        first, second = self.take(2)
        assert first & 0xF0 == 0x80 and second < 128, (first, second)
        size = second
        if size == 126:
            size = struct.unpack(">H", self.take(2))[0]
        elif size == 127:
            size = struct.unpack(">Q", self.take(8))[0]
        return first & 0x0F, self.take(size)

    def closed_with(self):
        """The code of the close frame that comes next."""
        opcode, payload = self.receive()
        assert opcode == CLOSE, (opcode, payload)
        return struct.unpack(">H", payload[:2])[0] if payload else 1005
