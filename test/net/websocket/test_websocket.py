# SPDX-License-Identifier: Apache-2.0
"""WebSocket by RFC 6455, black box; the cases follow the sections of the Autobahn test suite."""

import random
import select
import struct
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import netlib  # noqa: E402
from netlib import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, WebSocket, frame, request  # noqa: E402


@pytest.fixture(scope="module", name="server")
def running_server():
    with netlib.server() as running:
        yield running


UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
VERSION = "Sec-WebSocket-Version: 13\r\n"


def test_the_handshake_of_the_rfc(server):
    with server.connect() as client:
        client.send(request("/ws", headers=UPGRADE + KEY + VERSION))
        status, headers, _ = client.head()
        assert status == 101 and headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert "sec-websocket-protocol" not in headers


HANDSHAKES = {
    "no upgrade": (426, KEY + VERSION),
    "no connection": (426, "Upgrade: websocket\r\n" + KEY + VERSION),
    "another upgrade": (426, "Upgrade: h2c\r\nConnection: upgrade\r\n" + KEY + VERSION),
    "no key": (400, UPGRADE + VERSION),
    "a short key": (400, UPGRADE + VERSION + "Sec-WebSocket-Key: dGhl\r\n"),
    "two keys": (400, UPGRADE + VERSION + KEY + KEY),
    "a key that is not Base64": (400, UPGRADE + VERSION + "Sec-WebSocket-Key: " + "?" * 24 + "\r\n"),
    "no version": (426, UPGRADE + KEY),
    "an old version": (426, UPGRADE + KEY + "Sec-WebSocket-Version: 8\r\n"),
    "a body": (400, UPGRADE + KEY + VERSION + "Content-Length: 1\r\n"),
}


@pytest.mark.parametrize("name", HANDSHAKES)
def test_bad_handshakes(server, name):
    status, headers = HANDSHAKES[name]
    with server.connect() as client:
        client.send(request("/ws", headers=headers) + (b"x" if name == "a body" else b""))
        answer = client.answer()
        assert answer.status == status and answer.error()["code"] == "VALIDATION_ERROR"
        assert (status == 426) == ("sec-websocket-version" in answer.headers)
        client.send(request("/"))
        assert client.answer().status == 200


def test_post_and_1_0_cannot_upgrade(server):
    with server.connect() as client:
        client.send(request("/ws", method="POST", headers=UPGRADE + KEY + VERSION))
        assert client.answer().status == 400
        client.send(request("/ws", version="1.0", headers=UPGRADE + KEY + VERSION))
        assert client.answer().status == 400


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_echo(server, size, opcode):
    with WebSocket(server.port, "/ws?max=100000") as web:
        payload = b"*" * size if opcode == TEXT else bytes(i & 255 for i in range(size))
        web.send(frame(opcode, payload))
        assert web.receive() == (opcode, payload)


def test_byte_by_byte(server):
    with WebSocket(server.port) as web:
        data = frame(TEXT, "grüße", fin=False) + frame(PING, "p") + frame(CONTINUATION, " €") * 1
        for byte in data[:-1]:
            web.send(bytes([byte]))
        web.send(data[-1:])
        assert web.receive() == (PONG, b"p")
        assert web.receive() == (TEXT, "grüße €".encode())


def test_fragments(server):
    with WebSocket(server.port) as web:
        parts = [frame(BINARY, b"a" * 10, fin=False)] + [frame(CONTINUATION, b"b" * i, fin=False) for i in range(50)]
        web.send(b"".join(parts) + frame(CONTINUATION))
        assert web.receive() == (BINARY, b"a" * 10 + b"b" * sum(range(50)))
        text = "κόσμε".encode()
        web.send(b"".join(frame(TEXT if i == 0 else CONTINUATION, text[i : i + 1], fin=False) for i in range(len(text))))
        web.send(frame(CONTINUATION))
        assert web.receive() == (TEXT, text)


def test_many_messages_at_once_stay_in_order(server):
    with WebSocket(server.port) as web:
        web.send(b"".join(frame(TEXT, f"message {i}") for i in range(1000)))
        for i in range(1000):
            assert web.receive() == (TEXT, f"message {i}".encode())


def test_pings(server):
    with WebSocket(server.port) as web:
        for payload in (b"", b"x", b"\x00\xff\xfe", b"y" * 125):
            web.send(frame(PING, payload))
            assert web.receive() == (PONG, payload)
        web.send(frame(PONG, "unasked") + frame(TEXT, "still here"))
        assert web.receive() == (TEXT, b"still here")


def test_a_ping_is_answered_while_a_message_is_handled(server):
    with WebSocket(server.port) as web:
        web.send(frame(TEXT, "!sleep 500") + frame(TEXT, "next") + frame(PING, "now"))
        assert web.receive() == (PONG, b"now")
        assert web.receive() == (TEXT, b"!sleep 500")
        assert web.receive() == (TEXT, b"next")


BROKEN = {
    "unmasked": (1002, frame(TEXT, "x", mask=None)),
    "reserved bit 1": (1002, frame(TEXT, "x", reserved=1)),
    "reserved bit 2": (1002, frame(TEXT, "x", reserved=2)),
    "reserved bit 3": (1002, frame(PING, "x", reserved=4)),
    "opcode 3": (1002, frame(3, "x")),
    "opcode 7": (1002, frame(7)),
    "opcode 11": (1002, frame(11, "x")),
    "opcode 15": (1002, frame(15)),
    "a long ping": (1002, frame(PING, b"x" * 126)),
    "a fragmented ping": (1002, frame(PING, b"x", fin=False)),
    "a long close": (1002, frame(CLOSE, b"\x03\xe8" + b"x" * 124)),
    "a continuation of nothing": (1002, frame(CONTINUATION, "x")),
    "an empty continuation of nothing": (1002, frame(CONTINUATION, fin=False)),
    "text within fragments": (1002, frame(TEXT, "x", fin=False) + frame(TEXT, "y")),
    "a length in too many bytes": (1002, b"\x81\xfe\x00\x05" + b"\0" * 9),
    "a length in far too many bytes": (1002, b"\x81\xff" + struct.pack(">Q", 300) + b"\0" * 304),
    "a negative length": (1002, b"\x82\xff" + struct.pack(">Q", 1 << 63) + b"\0" * 8),
    "a large message": (1009, frame(BINARY, b"", length=70000)[:20]),
    "a huge message": (1009, frame(TEXT, b"", length=1 << 62)),
    "a large message in parts": (1009, (frame(BINARY, b"x" * 40000, fin=False) + frame(CONTINUATION, b"x" * 40000))),
    "invalid UTF-8": (1007, frame(TEXT, b"\xff")),
    "a surrogate": (1007, frame(TEXT, b"\xed\xa0\x80")),
    "an overlong form": (1007, frame(TEXT, b"\xc0\xaf")),
    "an overlong form of three": (1007, frame(TEXT, b"\xe0\x80\xaf")),
    "beyond U+10FFFF": (1007, frame(TEXT, b"\xf4\x90\x80\x80")),
    "half a character": (1007, frame(TEXT, b"\xce\xba\xe1\xbd")),
    "a character cut by the end": (1007, frame(TEXT, b"\xce", fin=False) + frame(CONTINUATION)),
    "invalid UTF-8 in the second part": (1007, frame(TEXT, b"\xce", fin=False) + frame(CONTINUATION, b"\xce", fin=False)),
    "half a close code": (1002, frame(CLOSE, b"\x03")),
    "a reason that is not UTF-8": (1007, frame(CLOSE, b"\x03\xe8\xff")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_the_protocol_closes(server, name):
    code, data = BROKEN[name]
    with WebSocket(server.port) as web:
        web.send(frame(PING, "first") + data)
        assert web.receive() == (PONG, b"first")
        assert web.closed_with() == code
        assert web.is_ended()


def test_utf8_is_refused_at_the_first_bad_byte(server):
    with WebSocket(server.port) as web:
        web.send(frame(TEXT, b"\xce\xba\xf4\x90", length=50))
        assert web.closed_with() == 1007


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535])
def test_close_codes_that_must_not_be_sent(server, code):
    with WebSocket(server.port) as web:
        web.send(frame(CLOSE, struct.pack(">H", code)))
        assert web.closed_with() == 1002


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999])
def test_close_codes_that_may(server, code):
    with WebSocket(server.port) as web:
        web.send(frame(CLOSE, struct.pack(">H", code) + "grüße".encode()))
        assert web.closed_with() == code and web.is_ended()
    assert server.wait_for(lambda stats: stats["websockets"] == 0)["last_close_code"] == code


def test_an_empty_close(server):
    with WebSocket(server.port) as web:
        web.send(frame(CLOSE))
        assert web.receive() == (CLOSE, b"") and web.is_ended()
    assert server.wait_for(lambda stats: stats["websockets"] == 0)["last_close_code"] == 1005


def test_the_server_closes(server):
    before = server.stats()["sockets_closed"]
    with WebSocket(server.port) as web:
        web.send(frame(TEXT, "!close 4321") + frame(TEXT, "too late"))
        assert web.receive() == (CLOSE, struct.pack(">H", 4321) + b"asked")
        web.send(frame(TEXT, "ignored") + frame(PING, "ignored"))
        web.send(frame(CLOSE, struct.pack(">H", 4321)))
        assert web.is_ended()
    stats = server.wait_for(lambda stats: stats["sockets_closed"] == before + 1)
    assert stats["last_close_code"] == 4321


def test_messages_before_the_close_are_handled(server):
    before = server.stats()
    with WebSocket(server.port) as web:
        web.send(frame(TEXT, "!sleep 100") * 3 + frame(CLOSE, b"\x03\xe8"))
        assert web.closed_with() == 1000
        assert server.stats()["sockets_closed"] == before["sockets_closed"]
    stats = server.wait_for(lambda stats: stats["sockets_closed"] == before["sockets_closed"] + 1)
    assert stats["last_close_code"] == 1000


@pytest.mark.parametrize("leave", ["close", "reset", "half_close"])
@pytest.mark.parametrize(
    "data", [b"", frame(TEXT, "cut")[:4], frame(TEXT, "cut", fin=False), frame(TEXT, "!sleep 200"), frame(TEXT, "!flood 900")]
)
def test_clients_that_leave(server, leave, data):
    web = WebSocket(server.port)
    before = server.stats()
    web.send(data)
    server.wait_for_input(before, len(data))
    getattr(web, leave)()
    stats = server.wait_for(lambda stats: stats["sockets_closed"] == before["sockets_closed"] + 1)
    assert stats["last_close_code"] == 1006 or b"flood" in data
    server.wait_for(lambda stats: stats["connections"] == 1 and stats["tasks"] == 1)
    web.close()


def test_frames_sent_before_the_handler_has_ended_wait(server):
    with WebSocket(server.port, "/ws?wait=200&greet=1") as web:
        web.send(frame(TEXT, "early") + frame(PING, "p"))
        assert web.receive() == (TEXT, b"welcome")
        assert {web.receive(), web.receive()} == {(PONG, b"p"), (TEXT, b"early")}


def test_frames_in_the_same_segment_as_the_request(server):
    with server.connect() as client:
        client.send(request("/ws", headers=UPGRADE + KEY + VERSION) + frame(TEXT, "at once"))
        assert client.head()[0] == 101
        assert client.take(9) == b"\x81\x07at once"


def test_a_full_queue_closes():
    with netlib.server() as server:
        with WebSocket(server.port, "/ws?queue=100000", receive_buffer=4096) as web:
            web.send(frame(TEXT, "!flood 20000"))
            frames = []
            while True:
                opcode, payload = web.receive()
                if opcode == CLOSE:
                    break
                frames.append(payload)
            assert struct.unpack(">H", payload[:2])[0] == 4408
            assert 0 < len(frames) < 20000 and set(frames) == {b"0" * 1000}


def test_a_reader_that_never_reads_is_closed():
    with netlib.server(body_timeout_ms=400) as server:
        with WebSocket(server.port, "/ws?queue=20000000", receive_buffer=4096) as web:
            web.send(frame(TEXT, "!flood 10000"))
            server.wait_for(lambda stats: stats["sockets_closed"] == 1)


def test_a_flood_of_pings_is_not_stored():
    with netlib.server(body_timeout_ms=1000) as server:
        with WebSocket(server.port, receive_buffer=4096) as web:
            before = server.rss_kb()
            web.socket.settimeout(2)
            try:
                for _ in range(200):
                    web.send(frame(PING, b"x" * 125) * 500)
            except (TimeoutError, BrokenPipeError, ConnectionResetError):
                pass
            assert server.rss_kb() - before < 3000


def test_messages_beyond_the_waiting_list_hold_the_client_back():
    with netlib.server() as server:
        with WebSocket(server.port) as web:
            many = frame(BINARY, b"b" * 20000) * 20
            web.send(frame(TEXT, "!sleep 4000"))
            web.socket.settimeout(0.2)
            with pytest.raises(TimeoutError):
                for _ in range(150):
                    web.send(many)
            assert server.stats()["bytes_in"] < 1000000
            web.socket.settimeout(netlib.TIMEOUT_S)
            assert web.receive() == (TEXT, b"!sleep 4000")


def test_a_silent_client_is_pinged_then_dropped():
    with netlib.server() as server:
        with WebSocket(server.port, "/ws?ping=300") as web:
            started = time.monotonic()
            assert web.receive() == (PING, b"")
            web.send(frame(PONG))
            assert web.receive() == (PING, b"")
            assert web.is_ended()
            assert time.monotonic() - started > 0.8
        assert server.wait_for(lambda stats: stats["sockets_closed"] == 1)["last_close_code"] == 1006


def test_the_close_handshake_has_a_deadline():
    with netlib.server() as server:
        with WebSocket(server.port) as web:
            web.send(frame(TEXT, "!close 1000"))
            assert web.closed_with() == 1000
            started = time.monotonic()
            assert web.is_ended()
            assert time.monotonic() - started > 4


def test_messages_wait_for_a_task():
    with netlib.server(max_tasks=2) as server:
        with WebSocket(server.port) as web:
            busy = [server.connect() for _ in range(2)]
            for client in busy:  # each has a task until its body has come
                client.send(request("/count", method="POST", headers="Content-Length: 1\r\n"))
            server.wait_until_full()
            web.send(frame(TEXT, "patience"))
            assert not select.select([web.socket], [], [], 0.2)[0]
            for client in busy:
                client.send(b"x")
            assert web.receive() == (TEXT, b"patience")


def test_random_bytes(server):
    generator = random.Random(6455)
    for _ in range(200):
        with WebSocket(server.port) as web:
            web.send(bytes(generator.choice([0x81, 0x82, 0x01, 0x89, 0x00, 0x80, 0xFE, generator.randrange(256)]) for _ in range(300)))
            web.half_close()
            try:
                web.rest()
            except ConnectionResetError:
                pass
    server.wait_for(lambda stats: stats["websockets"] == 0 and stats["connections"] <= 3)
