# SPDX-License-Identifier: Apache-2.0
"""Who is let in while others flood: classes of requests, clients, and bodies that come before a task starts."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import netlib  # noqa: E402
from netlib import request  # noqa: E402

PUBLIC, HEALTH = 1, 2
SOURCES = [f"127.0.0.{number}" for number in range(2, 202)]


def slow(running, source, kind=PUBLIC):
    """A connection whose request stays in progress."""
    client = running.connect(source=source)
    client.send(request(f"/slow?ms=60000&class={kind}"))
    return client


def unfinished(running, source, size=100, sent=b"{", headers=""):
    """A connection whose body does not come to its end."""
    client = running.connect(source=source)
    client.send(request("/echo?first=65536", method="POST", headers=f"Content-Length: {size}\r\n{headers}") + sent)
    return client


def status(running, path, source=None, **options):
    with running.connect(source=source) as client:
        client.send(request(path, **options))
        answer = client.answer()
        if answer.status in (429, 503):
            assert int(answer.headers["retry-after"]) > 0 and answer.closes
            answer.error()
        return answer.status


def test_a_client_has_a_few_public_requests():
    with netlib.server(max_public_per_client=3) as server:
        held = [slow(server, SOURCES[0]) for _ in range(3)]
        server.wait_for(lambda stats: stats["tasks"] == 4)
        assert status(server, "/?class=1", SOURCES[0]) == 429
        assert status(server, "/?class=1", SOURCES[1]) == 200
        assert status(server, "/", SOURCES[0]) == 200
        held.pop().close()
        server.wait_for(lambda stats: stats["tasks"] == 3)
        assert status(server, "/?class=1", SOURCES[0]) == 200
        for client in held:
            client.close()


def test_a_client_behind_a_proxy_is_the_one_that_the_owner_names():
    with netlib.server(max_public_per_client=1) as server:
        held = server.connect()
        held.send(request("/slow?ms=60000&class=1", headers="X-Client: 2001:db8::1\r\n"))
        server.wait_for(lambda stats: stats["tasks"] == 2)
        assert status(server, "/?class=1", headers="X-Client: 2001:db8::2\r\n") == 429
        assert status(server, "/?class=1", headers="X-Client: 2001:db8:0:1::1\r\n") == 200
        assert status(server, "/?class=1", headers="X-Client: not an address\r\n") == 200
        held.close()


def test_public_requests_leave_room_for_others_and_health_needs_none():
    with netlib.server(max_tasks=6, max_public=4) as server:
        public = [slow(server, source) for source in SOURCES[:4]]
        server.wait_for(lambda stats: stats["tasks"] == 5)
        assert status(server, "/?class=1", SOURCES[5]) == 503
        assert status(server, "/") == 200
        general = slow(server, None, kind=0)
        server.wait_for(lambda stats: stats["tasks"] == 6)
        last = slow(server, None, kind=0)
        while status(server, "/") == 200:  # until the last one has its task
            pass
        assert status(server, "/") == 503
        assert {status(server, "/?class=2", source) for source in SOURCES} == {200}
        for client in (*public, general, last):
            client.close()
        while status(server, "/") != 200:
            pass


def test_unfinished_bodies_hold_no_task():
    with netlib.server(max_tasks=2) as server:
        held = [unfinished(server, source) for source in SOURCES for _ in range(5)]
        assert len(held) == 1000
        assert server.stats()["tasks"] == 1
        for _ in range(20):
            assert status(server, "/echo?first=100", method="POST", body=b"whole") == 200
        for client in held:
            client.send(b"x" * 99)
            assert client.answer().body == b"{" + b"x" * 99
        for client in held:
            client.close()


def test_the_body_that_has_been_coming_for_longest_gives_way():
    with netlib.server() as server:
        held = [unfinished(server, SOURCES[0]) for _ in range(32)]
        other = unfinished(server, SOURCES[1])
        assert status(server, "/echo?first=100", SOURCES[0], method="POST", body=b"whole") == 200
        assert held[0].answer().status == 408 and held[0].is_ended()
        held.append(unfinished(server, SOURCES[0]))
        for client in (*held[1:], other):
            client.send(b"x" * 99)
            assert client.answer().status == 200
        many = [unfinished(server, source) for source in SOURCES for _ in range(6)]
        assert [client.answer().status for client in many[:176]] == [408] * 176
        many[-1].send(b"x" * 99)
        assert many[-1].answer().status == 200
        for client in (*held, *many, other):
            client.close()


def test_the_bytes_of_all_bodies_are_bounded():
    with netlib.server() as server:
        before = server.rss_kb()
        held = [
            unfinished(server, source, size=65536, sent=b"b" * 60000) for source in SOURCES[:20] for _ in range(30)
        ]
        assert status(server, "/echo?first=100", method="POST", body=b"whole") == 200
        assert held[0].answer().status == 408
        assert server.rss_kb() - before < 100 * 1024  # twice under the sanitizer
        held[-1].send(b"b" * 5536)
        assert len(held[-1].answer().body) == 65536
        for client in held:
            client.close()


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("step", [1, 7, 1000, 1 << 20])
def test_a_body_in_pieces(chunked, step):
    with netlib.server() as server, server.connect() as client:
        body = bytes(random.Random(step).randrange(256) for _ in range(3000))
        framed = b"".join(b"%x\r\n" % len(part) + part + b"\r\n" for part in (body[:10], body[10:])) + b"0\r\n\r\n"
        headers = "Transfer-Encoding: chunked\r\n" if chunked else f"Content-Length: {len(body)}\r\n"
        data = request("/echo?first=4000", method="POST", headers=headers) + (framed if chunked else body)
        data = (data + request("/?next")) * 2
        for at in range(0, len(data), step):
            client.send(data[at : at + step])
        for _ in range(2):
            assert client.answer().body == body
            assert client.answer().body == b"hello\n"


def test_sizes_around_the_limit():
    with netlib.server() as server:
        for size, expected in ((0, 200), (1, 200), (999, 200), (1000, 200), (1001, 413), (5000, 413)):
            body = b"s" * size
            assert status(server, "/echo?first=1000&max=1000", method="POST", body=body) == expected
            framed = b"%x\r\n" % size + body + b"\r\n0\r\n\r\n" if size else b"0\r\n\r\n"
            headers = "Transfer-Encoding: chunked\r\n"
            assert (
                status(server, "/echo?first=1000&max=1000", method="POST", headers=headers, body=framed) == expected
            )
        # The server receives no more first than the owner says, so a handler gets no part of a longer body.
        assert status(server, "/echo?first=10&max=1000", method="POST", body=b"s" * 100) == 200
        framed = b"64\r\n" + b"s" * 100 + b"\r\n0\r\n\r\n"
        headers = "Transfer-Encoding: chunked\r\n"
        assert status(server, "/echo?first=10&max=1000", method="POST", headers=headers, body=framed) == 413


def test_malformed_chunks_reach_the_handler_as_an_error():
    with netlib.server() as server:
        headers = "Transfer-Encoding: chunked\r\n"
        assert status(server, "/echo?first=1000", method="POST", headers=headers, body=b"x\r\n") == 400
        assert status(server, "/echo?first=1000", method="POST", headers=headers, body=b"1\r\nab\r\n") == 400


def test_a_client_that_expects_to_be_told_to_continue():
    with netlib.server() as server, server.connect() as client:
        client.send(
            request("/echo?first=100", method="POST", headers="Content-Length: 5\r\nExpect: 100-continue\r\n")
        )
        assert client.head()[0] == 100
        client.send(b"hello")
        assert client.answer().body == b"hello"


def test_a_body_has_a_time_limit_however_it_trickles():
    with netlib.server(body_first_timeout_ms=300) as server:
        client = unfinished(server, None, size=60000)
        while server.stats()["timeouts"] == 0:
            try:
                client.send(b"x")
            except (BrokenPipeError, ConnectionResetError):
                break
        answer = client.answer()
        assert answer.status == 408 and answer.closes and answer.error()["code"] == "TIMEOUT"
        client.close()


def test_clients_that_leave_before_their_body_has_come():
    with netlib.server() as server:
        for leave in ("close", "reset", "half_close"):
            clients = [unfinished(server, source) for source in SOURCES[:20]]
            server.stats()
            for client in clients:
                getattr(client, leave)()
            server.wait_for(lambda stats: stats["connections"] == 1 and stats["tasks"] == 1)


def test_a_stop_waits_for_bodies_and_then_does_not():
    with netlib.server(grace_ms=60000) as server:
        client, idle = unfinished(server, None), server.connect()
        server.stats()
        server.terminate()
        assert idle.is_ended()
        client.send(b"x" * 99)
        answer = client.answer()
        assert answer.status == 200 and answer.closes
    with netlib.server(grace_ms=100) as server:
        clients = [unfinished(server, source) for source in SOURCES[:20]]
        server.stats()
        server.terminate()
        for client in clients:
            assert client.is_ended()
