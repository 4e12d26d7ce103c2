# SPDX-License-Identifier: Apache-2.0
"""Timeouts, caps, slow and greedy clients, and the graceful stop; each with a server of its own."""

import json
import random
import resource
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import netlib  # noqa: E402
from netlib import request  # noqa: E402


def test_a_slow_header_is_refused():
    with netlib.server(header_timeout_ms=400) as server:
        with server.connect() as client:
            started = time.monotonic()
            for byte in b"GET / HTTP/1.1\r\nX: ":
                client.send(bytes([byte]))
            answer = client.answer()
            assert answer.status == 408 and answer.closes and client.is_ended()
            assert time.monotonic() - started > 0.3
        with server.connect() as client:  # the second request of a connection
            client.send(request("/") + b"GET / HT")
            assert client.answer().status == 200
            assert client.answer().status == 408
        with server.connect() as client:  # a drop every now and then does not put it off
            client.drip(b"G")
            assert client.answer().status == 408 and client.is_ended()


def test_an_idle_connection_is_closed():
    with netlib.server(idle_timeout_ms=1000) as server:
        with server.connect() as used, server.connect() as fresh:
            started = time.monotonic()
            used.send(request("/"))
            assert used.answer().status == 200
            assert used.is_ended() and time.monotonic() - started > 0.9
            assert fresh.is_ended()


def test_a_slow_body_is_refused():
    with netlib.server(body_timeout_ms=400) as server:
        for headers in ("Content-Length: 10\r\n", "Transfer-Encoding: chunked\r\n"):
            with server.connect() as client:
                started = time.monotonic()
                client.send(request("/echo", method="POST", headers=headers) + b"5\r\nhe")
                answer = client.answer()
                assert answer.status == 408 and answer.closes and client.is_ended()
                assert time.monotonic() - started > 0.3
        with server.connect() as client:  # nobody reads it, but it must come
            client.send(request("/", method="POST", headers="Content-Length: 1000\r\n"))
            assert client.answer().status == 200
            assert client.is_ended()
        server.wait_for(lambda stats: stats["tasks"] == 1 and stats["timeouts"] == 3)


def test_a_body_that_nobody_reads_must_not_drip_in():
    with netlib.server(body_timeout_ms=600) as server, server.connect() as client:
        client.send(request("/", method="POST", headers="Content-Length: 60000\r\n"))
        started = time.monotonic()
        assert client.answer().status == 200
        client.drip(b"x")
        assert client.is_ended() and time.monotonic() - started > 0.5
        server.wait_for(lambda stats: stats["tasks"] == 1 and stats["timeouts"] == 1)


def test_a_body_that_drips_in_is_refused():
    with netlib.server(body_grace_ms=600) as server, server.connect() as client:
        client.send(request("/echo", method="POST", headers="Content-Length: 60000\r\n"))
        started = time.monotonic()
        client.drip(b"x")
        answer = client.answer()
        assert answer.status == 408 and answer.closes
        assert time.monotonic() - started > 0.5
        server.wait_for(lambda stats: stats["tasks"] == 1)


def test_a_body_that_comes_as_fast_as_it_must_is_taken():
    with netlib.server(body_grace_ms=200) as server, server.connect() as client:
        client.send(request("/count", method="POST", headers="Content-Length: 500000\r\n") + b"x" * 480000)
        for _ in range(20):  # more than the grace in all, and faster than 4096 bytes a second: 117 s would be too slow
            client.send(b"x" * 1000)
            time.sleep(0.05)
        assert client.answer().body == b"500000\n"


def test_a_whole_body_before_a_half_close_is_answered():
    with netlib.server() as server:
        for size in (5, 60000):
            with server.connect() as client:
                client.send(request("/slow?ms=50", method="POST", headers=f"Content-Length: {size}\r\n") + b"x" * size)
                client.socket.shutdown(socket.SHUT_WR)
                assert client.answer().status == 200


def test_what_comes_next_does_not_cut_an_answer_short():
    with netlib.server(header_timeout_ms=300, body_timeout_ms=60000) as server:
        for after in (b"G", b"\n\n", b"NONSENSE\r\n\r\n"):
            with server.connect(receive_buffer=4096) as client:
                client.send(request("/big?size=3000000"))
                server.wait_for(lambda stats: stats["tasks"] == 2)  # it waits for the reader
                client.send(after)
                time.sleep(0.6)  # twice the time for a header
                assert len(client.answer().body) == 3000000


def test_parts_of_a_body_are_at_most_64_kib():
    with netlib.server() as server, server.connect() as client:
        size = 3000000
        before = server.stats()
        client.send(request("/count?pause=5", method="POST", headers=f"Content-Length: {size}\r\n") + b"x" * 30000)
        server.wait_for_input(before, 30000)
        client.send(b"x" * (size - 30000))
        assert client.answer().body == b"3000000\n"  # the server's handler checks each part


def test_a_reader_that_does_not_read_is_closed():
    with netlib.server(body_timeout_ms=400) as server:
        for path in ("/big?size=30000000", "/stream?count=1000&size=60000", "/file?extra=0"):
            with server.connect(receive_buffer=4096) as client:
                client.send(request(path) * 8)
                before = server.stats()
                server.wait_for(lambda stats, before=before: stats["timeouts"] > before["timeouts"])
                server.wait_for(lambda stats: stats["tasks"] == 1)


def test_a_mirror_needs_somebody_who_looks():
    with netlib.server(body_timeout_ms=400) as server:
        with server.connect(receive_buffer=4096) as client:
            client.send(request("/mirror", method="POST", headers="Content-Length: 999999999\r\n"))
            with pytest.raises((BrokenPipeError, ConnectionResetError)):
                while True:
                    client.send(b"m" * 50000)
        server.wait_for(lambda stats: stats["timeouts"] == 1 and stats["tasks"] == 1)


def test_a_slow_reader_gets_everything_and_holds_little_memory():
    with netlib.server() as server:
        clients = [server.connect(receive_buffer=4096) for _ in range(20)]
        before = server.rss_kb()
        for client in clients:
            client.send(request("/stream?count=2000&size=10000"))
        server.wait_for(lambda stats: stats["tasks"] == 21)
        server.wait_until_silent()
        assert server.rss_kb() - before < 20 * 400
        assert len(clients[0].answer().body) == 20000000
        for client in clients:
            client.close()
        server.wait_for(lambda stats: stats["tasks"] == 1)


def test_an_upload_of_200_mb_is_streamed():
    with netlib.server() as server:
        block = b"u" * 1000000
        for headers in ("Content-Length: 200000000\r\n", "Transfer-Encoding: chunked\r\n"):
            with server.connect() as client:
                client.send(request("/count", method="POST", headers=headers))
                most = 0
                for i in range(200):
                    if "chunked" in headers:
                        client.send(b"f4240\r\n" + block + b"\r\n")
                    else:
                        client.send(block)
                    if i % 10 == 5:
                        most = max(most, server.rss_kb())
                    if i == 5:
                        first = server.rss_kb()
                if "chunked" in headers:
                    client.send(b"0\r\n\r\n")
                assert client.answer().body == b"200000000\n"
                assert most - first < 4000


def test_a_slow_handler_holds_an_upload_back():
    with netlib.server() as server, server.connect() as client:
        client.send(request("/count?pause=100", method="POST", headers="Content-Length: 100000000\r\n"))
        client.socket.settimeout(1)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 100000000:
                sent += client.socket.send(b"u" * 100000)
                client.socket.settimeout(0.05)
        stats = server.stats()
        assert stats["bytes_in"] < 3000000
        assert server.stats()["tasks"] == 2


def test_the_cap_of_tasks():
    with netlib.server(max_tasks=3) as server:
        busy = [server.connect() for _ in range(3)]
        for client in busy:  # each has a task until its body has come
            client.send(request("/count", method="POST", headers="Content-Length: 1\r\n"))
        server.wait_until_full()
        for data in (request("/"), request("/echo", method="POST", headers="Content-Length: 100\r\n")):
            with server.connect() as client:
                client.send(data)
                answer = client.answer()
                assert answer.status == 503 and int(answer.headers["retry-after"]) > 0
                assert answer.error()["code"] == "UNAVAILABLE" and client.is_ended()
        for client in busy:
            client.send(b"x")
            assert client.answer().status == 200
        assert server.get("/").status == 200


def test_the_cap_of_connections():
    with netlib.server(max_connections=5) as server:
        held = [server.connect() for _ in range(5)]
        for client in held:  # not idle: behind the first request the head of the next has begun to come
            client.send(request("/") + b"GET / HT")
            assert client.answer().status == 200
        for _ in range(3):
            with server.connect() as client:
                answer = client.answer()
                assert answer.status == 503 and int(answer.headers["retry-after"]) > 0
                assert client.is_ended()
        many = [server.connect() for _ in range(200)]
        for client in held:
            client.send(b"TP/1.1\r\nHost: x\r\n\r\n")
            assert client.answer().status == 200
        for client in many + held:
            client.close()
        stats = server.wait_for(lambda stats: stats["connections"] == 1 and stats["refused"] >= 203)
        assert stats["refused"] == 203


def test_idle_connections_give_way_to_new_ones():
    with netlib.server(max_connections=5) as server:
        first, *held = [server.connect() for _ in range(4)]
        for client in (*held, first):  # so that first is the one that was idle for the shortest time
            client.send(request("/"))
            assert client.answer().status == 200
        fresh = [server.connect() for _ in range(2)]
        for client in fresh:
            client.send(request("/"))
            assert client.answer().status == 200
        assert held[0].is_ended()
        first.send(request("/"))
        assert first.answer().status == 200
        silent = [server.connect() for _ in range(300)]
        with server.connect() as client:
            client.send(request("/"))
            assert client.answer().status == 200
        assert server.stats()["refused"] == 0
        for client in (first, *held, *fresh, *silent):
            client.close()
        server.wait_for(lambda stats: stats["connections"] == 1)


def test_running_out_of_descriptors():
    with netlib.server() as server:
        prlimit = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        in_use = len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))
        keeper = server.connect()
        keeper.send(request("/"))
        assert keeper.answer().status == 200
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (in_use + 10, prlimit[1]))
        clients = [server.connect() for _ in range(40)]

        def stats():  # those that are in are served
            keeper.send(request("/stats"))
            return json.loads(keeper.answer().body)

        until = time.monotonic() + netlib.TIMEOUT_S
        while (before := stats())["connections"] < 5:
            assert time.monotonic() < until
        time.sleep(0.5)
        assert stats()["cpu_us"] - before["cpu_us"] < 200000  # and the loop does not spin in that half second
        for client in clients:
            client.close()
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, prlimit)
        keeper.close()
        server.wait_for(lambda stats: stats["connections"] == 1)


def test_requests_per_connection():
    with netlib.server(max_requests=3) as server, server.connect() as client:
        client.send(request("/") * 5)
        assert [client.answer().closes for _ in range(3)] == [False, False, True]
        assert client.is_ended()


def test_the_deadline_of_a_request():
    with netlib.server(request_timeout_ms=300) as server:
        with server.connect() as client:
            client.send(request("/slow?ms=5000"))
            answer = client.answer()
            assert answer.status == 504 and answer.error()["code"] == "TIMEOUT"
            client.send(request("/"))
            assert client.answer().status == 200


def test_a_stop_finishes_what_is_in_flight():
    with netlib.server(grace_ms=600000) as server:  # the stop comes before the grace is over, or its limit is missed
        idle, slow, stream, upload, partial = (server.connect() for _ in range(5))
        idle.send(request("/"))
        assert idle.answer().status == 200
        slow.send(request("/slow?ms=3000") * 3)
        stream.send(request("/stream?count=5&size=10&pause=600"))
        upload.send(request("/count", method="POST", headers="Content-Length: 10\r\n") + b"01234")
        partial.send(b"GET / HT")
        web = netlib.WebSocket(server.port)
        busy = netlib.WebSocket(server.port)
        busy.send(netlib.frame(netlib.TEXT, "!sleep 3000"))
        server.wait_for(lambda stats: stats["tasks"] == 5 and stats["websockets"] == 2)
        server.terminate()
        assert idle.is_ended() and partial.is_ended()
        with pytest.raises(ConnectionRefusedError):
            server.connect()
        assert web.closed_with() == 1001
        web.send(netlib.frame(netlib.CLOSE, b"\x03\xe9"))
        assert web.is_ended()
        upload.send(b"56789")
        answer = upload.answer()
        assert answer.body == b"10\n" and answer.closes
        answer = slow.answer()
        assert answer.status == 200 and answer.closes and slow.is_ended()
        assert stream.answer().body == b"x" * 50
        assert busy.receive() == (netlib.TEXT, b"!sleep 3000")
        assert busy.closed_with() == 1001
        busy.send(netlib.frame(netlib.CLOSE, b"\x03\xe9"))
        server.stop()


def test_a_stop_cancels_what_takes_too_long():
    with netlib.server(grace_ms=300) as server:
        slow, stuck, upload = (server.connect() for _ in range(3))
        slow.send(request("/slow?ms=600000"))
        stuck.send(request("/big?size=30000000"))
        upload.send(request("/echo", method="POST", headers="Content-Length: 10\r\n"))
        silent = netlib.WebSocket(server.port)
        busy = netlib.WebSocket(server.port)
        busy.send(netlib.frame(netlib.TEXT, "!sleep 600000"))
        server.wait_for(lambda stats: stats["tasks"] == 5 and stats["websockets"] == 2)
        server.terminate()
        answer = slow.answer()
        assert answer.status == 503 and answer.closes
        assert upload.answer().status == 503
        assert silent.closed_with() == 1001
        server.stop()


def test_many_clients_at_once():
    with netlib.server(max_tasks=2000) as server:
        failures = []

        def work(number):
            try:
                with server.connect() as client:
                    for i in range(30):
                        body = bytes([number]) * (i * 997)
                        client.send(request("/echo", method="POST", headers=f"Content-Length: {len(body)}\r\n") + body)
                        assert client.answer().body == body
                        client.send(request(f"/slow?ms={i % 3}&n={number}"))
                        assert client.answer().body.endswith(f"n={number}".encode())
            except Exception as error:  # pylint: disable=broad-except
                failures.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(24)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures


def test_addresses():
    for address in ("127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000", "nowhere:80", "", ":"):
        run = subprocess.run([netlib.program(), f"address={address}"], capture_output=True, timeout=netlib.TIMEOUT_S)
        assert run.returncode == 1 and b"net_server: " in run.stderr
    with netlib.server() as server:
        taken = f"address=127.0.0.1:{server.port}"
        run = subprocess.run([netlib.program(), taken], capture_output=True, timeout=netlib.TIMEOUT_S)
        assert run.returncode == 1 and b"in use" in run.stderr


def test_two_processes_share_an_address():
    with netlib.server(reuse_port=1) as first:
        with netlib.server(reuse_port=1, address=f"127.0.0.1:{first.port}") as second:
            assert second.port == first.port
            for _ in range(40):
                assert first.get("/").status == 200


PIECES = [
    request("/"),
    request("/slow?ms=3"),
    request("/slow?ms=400"),
    request("/echo", method="POST", body=b"e" * 5000),
    request("/echo", method="POST", headers="Transfer-Encoding: chunked\r\n", body=b"3\r\nabc\r\n0\r\n\r\n"),
    request("/count?pause=2", method="POST", body=b"c" * 100000),
    request("/count", method="POST", headers="Content-Length: 50000\r\nExpect: 100-continue\r\n"),
    request("/mirror", method="POST", body=b"m" * 70000),
    request("/stream?count=20&size=9000&pause=1"),
    request("/stream?count=3&size=9&length=20"),
    request("/events?count=9&size=9000&heartbeat=200"),
    request("/events?count=3&wait=20&end=1"),
    request("/echo?first=9000", method="POST", body=b"f" * 7000),
    request("/big?size=2000000"),
    request("/file", method="HEAD"),
    request("/nothing"),
    request("/", method="POST", body=b"unread" * 3000),
    b"GET / HTTP/1.1\r\nHost : bad\r\n\r\n",
    b"\x00\x01\x02",
    request("/ws?greet=1&ping=200", headers="Upgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"),
    netlib.frame(netlib.TEXT, "hello") * 5 + netlib.frame(netlib.PING, "p"),
    netlib.frame(netlib.TEXT, "!sleep 20") * 3,
    netlib.frame(netlib.TEXT, "!flood 500"),
    netlib.frame(netlib.TEXT, "!close 4000"),
    netlib.frame(netlib.CLOSE, b"\x03\xe8"),
]


def misbehave(server, generator):
    """One client that sends some of PIECES, cut anywhere, reads now and then, and leaves."""
    with server.connect(receive_buffer=generator.choice([None, 4096])) as client:
        client.socket.settimeout(0.01)
        try:
            for _ in range(generator.randrange(1, 6)):
                data = generator.choice(PIECES)
                if generator.random() < 0.2:
                    data = data[: generator.randrange(len(data))]
                cut = generator.randrange(len(data) + 1)
                client.send(data[:cut])
                if generator.random() < 0.3:
                    client.socket.recv(generator.choice([1, 1000, 100000]))
                client.send(data[cut:])
            if generator.random() < 0.5:
                client.socket.recv(100000)
        except (TimeoutError, BrokenPipeError, ConnectionResetError):
            pass
        generator.choice([client.close, client.reset])()


@pytest.mark.parametrize("options", [{}, {"max_tasks": 4}, {"max_connections": 6}, {"body_timeout_ms": 200, "request_timeout_ms": 150}])
def test_misbehaving_clients_leave_nothing_behind(options):
    with netlib.server(**options) as server:
        def work(seed):
            generator = random.Random(seed)
            for _ in range(150):
                misbehave(server, generator)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        server.wait_for(
            lambda stats: stats["tasks"] == 1 and stats["background"] == 0 and stats["websockets"] == 0
            and stats["connections"] == 1
        )
