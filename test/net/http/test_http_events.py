# SPDX-License-Identifier: Apache-2.0
"""Event streams: answers that stay open and hold no task."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import netlib  # noqa: E402
from netlib import request  # noqa: E402


@pytest.fixture(name="server")
def running_server():
    with netlib.server() as running:
        yield running


def opened(running, query="", version="1.1", **options):
    """A client whose stream is open, with the head read."""
    client = running.connect(**options)
    client.send(request(f"/events?{query}", version=version))
    status, headers, _ = client.head()
    assert status == 200 and headers["content-type"] == "text/event-stream"
    assert headers["connection"] == "close"
    assert "content-length" not in headers and "transfer-encoding" not in headers
    return client


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_what_was_queued_goes_out_before_the_end(server, version):
    for query, size in (("count=0&end=1", 0), ("count=3&end=1", 18), ("count=10&size=20000&end=1", 200000)):
        with opened(server, query, version) as client:
            assert client.rest() == b"x" * size
    server.wait_for(lambda stats: stats["streams_closed"] == 3 and stats["tasks"] == 1)


def test_an_open_stream_holds_no_task(server):
    clients = [opened(server) for _ in range(50)]
    for client in clients:
        assert client.take(6) == b"xxxxxx"
    assert server.stats()["tasks"] == 1
    for client in clients:
        client.close()
    server.wait_for(lambda stats: stats["streams_closed"] == 50 and stats["connections"] == 1)


def test_heartbeats_go_out_while_nothing_else_does(server):
    with opened(server, "count=1&heartbeat=100") as client:
        assert client.take(6 + 5 * 3) == b"xxxxxx" + b":\n\n" * 5


@pytest.mark.parametrize("leave", ["close", "reset", "half_close"])
@pytest.mark.parametrize("query", ["count=1", "count=1&wait=300", "count=3&size=60000&queue=250000"])
def test_clients_that_leave(server, leave, query):
    clients = [opened(server, query) for _ in range(5)]
    for client in clients:
        getattr(client, leave)()
    server.wait_for(
        lambda stats: stats["streams_closed"] == 5 and stats["connections"] == 1 and stats["tasks"] == 1
    )


def test_what_a_client_says_meanwhile_is_dropped(server):
    with opened(server, "count=1&heartbeat=200") as client:
        client.send(request("/") * 2000)
        assert client.take(6 + 3) == b"xxxxxx:\n\n"


def test_a_full_queue_ends_the_stream(server):
    with server.connect(receive_buffer=4096) as client:
        client.send(request("/events?count=1000&size=60000&queue=100000"))
        server.wait_for(lambda stats: stats["streams_closed"] == 1)


def test_a_slow_reader_gets_everything_and_its_producer_hears_of_it(server):
    with server.connect(receive_buffer=4096) as client:
        client.send(request("/events?count=300&size=50000&queue=20000000"))
        server.wait_for(lambda stats: stats["bytes_out"] > 0 and stats["tasks"] == 1)
        client.head()
        left = 300 * 50000 - len(client.take(len(client.buffer)))
        while left > 0:
            left -= len(client.socket.recv(left))
        server.wait_for(lambda stats: stats["streams_drained"] == 1)


def test_a_reader_that_stops_is_disconnected():
    with netlib.server(body_timeout_ms=300) as server:
        with server.connect(receive_buffer=4096) as client:
            client.send(request("/events?count=300&size=50000&queue=20000000"))
            server.wait_for(lambda stats: stats["streams_closed"] == 1 and stats["timeouts"] == 1)


def test_a_stop_ends_open_streams():
    with netlib.server(grace_ms=60000) as server:
        clients = [opened(server) for _ in range(5)] + [opened(server, "wait=300")]
        server.terminate()
        for client in clients:
            assert client.rest() == b"xxxxxx"
