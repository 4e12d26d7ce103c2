# SPDX-License-Identifier: Apache-2.0
"""Strangers flood a small NetGuru from 200 addresses while a user works."""

import json
import socket
import threading
import time

import pytest

SLOTS = 32
SOURCES = [f"127.0.1.{number}" for number in range(1, 201)]
LOGIN = json.dumps({"email": "nobody@example.net", "password": "wrong password"}).encode()


@pytest.fixture(scope="module", name="small")
def small_netguru(make_netguru):
    # Hashing as slow as in production, and few slots.
    return make_netguru(NETGURU_BCRYPT_COST="12", NETGURU_MAX_REQUESTS=str(SLOTS))


@pytest.fixture(scope="module", name="user")
def user_of_small(small):
    return small.demo()


def send(small, source, data):
    """A connection from that address with the bytes sent."""
    host, port = small.address.rsplit(":", 1)
    connection = socket.create_connection((host, int(port)), timeout=60, source_address=(source, 0))
    connection.sendall(data)
    return connection


def login_request(size=len(LOGIN)):
    return (
        b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % size
    )


def head_of(connection):
    """(status, head) of the answer; (0, b"") where the connection was reset."""
    head = b""
    try:
        while b"\r\n\r\n" not in head and (piece := connection.recv(4096)):
            head += piece
    except ConnectionResetError:
        pass
    return int(head.split()[1]) if head else 0, head.lower()


class Work:
    """A user's reads and health checks, on a thread, until the with statement ends."""

    def __init__(self, small, user):
        self.small, self.user = small, user
        self.statuses = {"read": [], "live": [], "ready": []}
        self.is_over = False
        self.thread = threading.Thread(target=self.run)

    def run(self):
        stranger = self.small.client()
        while not self.is_over or len(self.statuses["ready"]) < 20:
            self.statuses["read"].append(self.user.get("/api/v1/users/me").status)
            self.statuses["live"].append(stranger.get("/health/live").status)
            self.statuses["ready"].append(stranger.get("/health/ready").status)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        self.thread.join()

    def check(self):
        for name, statuses in self.statuses.items():
            assert set(statuses) == {200}, (name, statuses)


def test_wrong_logins_from_many_addresses(small, user):
    flood = []
    with Work(small, user) as work:
        for _ in range(4):
            flood += [send(small, source, login_request() + LOGIN) for source in SOURCES]
        answers = [head_of(connection) for connection in flood]
    work.check()
    for connection in flood:
        connection.close()
    statuses = [status for status, _ in answers]
    assert set(statuses) <= {401, 429, 503, 504}, set(statuses)
    assert statuses.count(503) > 0
    assert all(b"retry-after: " in head for status, head in answers if status in (429, 503))


def test_one_address_that_logs_in_many_times_at_once(small, user):
    flood = [send(small, "127.0.3.3", login_request() + LOGIN) for _ in range(20)]
    assert user.get("/api/v1/users/me").status == 200
    statuses = [head_of(connection)[0] for connection in flood]
    assert 429 in statuses and set(statuses) <= {401, 429, 503, 504}, statuses
    for connection in flood:
        connection.close()


def test_unfinished_bodies_hold_no_slot(small, user):
    held = [send(small, source, login_request() + LOGIN[:1]) for source in SOURCES for _ in range(5)]
    with Work(small, user) as work:
        for _ in range(5):
            assert user.post("/api/v1/search", {"query": "ospf"}).status == 200
    work.check()
    for connection in held:
        connection.close()


def test_health_checks_by_the_thousand(small, user):
    request = b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n"
    with Work(small, user) as work:
        flood = [send(small, source, request) for _ in range(5) for source in SOURCES]
        assert {head_of(connection)[0] for connection in flood} == {200}
    work.check()
    for connection in flood:
        connection.close()


def test_a_stranger_logs_in_soon_after(small):
    until = time.monotonic() + 60
    while small.client().post("/api/v1/auth/login", json.loads(LOGIN)).status != 401:
        assert time.monotonic() < until
