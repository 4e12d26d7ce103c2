# SPDX-License-Identifier: Apache-2.0
"""Attacks on a whole NetGuru: on the wire, on sessions, between tenants, through the queue, by what is stored."""

import base64
import grp
import hashlib
import hmac
import json
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import uuid
import xml.etree.ElementTree as xml
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("TEST_PROGRAM", str(ROOT / "build/src/netguru"))

HELLO = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
SERVERS = ("serve", "work", "postgres", "redis-server")


def servers(netguru):
    return {name: pid for name, pid in netguru.children().items() if name in SERVERS}


@pytest.fixture(autouse=True)
def server_goes_on(netguru):
    before = servers(netguru)
    yield
    assert servers(netguru) == before
    assert netguru.client().get("/health/ready").status == 200


def connect(netguru, seconds=5):
    host, port = netguru.address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), timeout=seconds)


def read_all(connection):
    """What comes until the server closes or falls silent, and whether it closed."""
    received = b""
    try:
        while piece := connection.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    except TimeoutError:
        return received, False
    return received, True


def answers(received, to_head=False):
    """The statuses of the answers in a stream; every byte must belong to one."""
    statuses = []
    while received:
        head, gap, received = received.partition(b"\r\n\r\n")
        assert gap and head.startswith(b"HTTP/1.1 "), head[:200]
        statuses.append(int(head.split()[1]))
        length = re.search(rb"(?im)^content-length: (\d+)\r?$", head)
        size = int(length.group(1)) if length and not to_head else 0
        assert len(received) >= size
        received = received[size:]
    return statuses


def talk(netguru, data, seconds=5):
    with connect(netguru, seconds) as connection:
        connection.sendall(data)
        received, closed = read_all(connection)
    return answers(received), closed


# The wire: nothing that two programs may read in two ways

BODY = b'{"email":"a@b.c","password":"x"}'
LOGIN = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SIZE = b"Content-Length: %d\r\n" % len(BODY)
CHUNKED = b"Transfer-Encoding: chunked\r\n"
CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)

AMBIGUOUS = {
    "cl-te": LOGIN + SIZE + CHUNKED + b"\r\n" + CHUNKS,
    "te-cl": LOGIN + CHUNKED + SIZE + b"\r\n" + CHUNKS,
    "te-te": LOGIN + CHUNKED + b"Transfer-Encoding: identity\r\n\r\n" + CHUNKS,
    "te-te-same": LOGIN + CHUNKED + CHUNKED + b"\r\n" + CHUNKS,
    "te-list": LOGIN + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKS,
    "te-gzip": LOGIN + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS,
    "te-unknown": LOGIN + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKS,
    "te-quoted": LOGIN + b'Transfer-Encoding: "chunked"\r\n\r\n' + CHUNKS,
    "te-empty": LOGIN + b"Transfer-Encoding:\r\n\r\n" + CHUNKS,
    "te-parameter": LOGIN + b"Transfer-Encoding: chunked;q=1\r\n\r\n" + CHUNKS,
    "te-vertical-tab": LOGIN + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + CHUNKS,
    "te-space-before-colon": LOGIN + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKS,
    "te-tab-before-colon": LOGIN + b"Transfer-Encoding\t: chunked\r\n\r\n" + CHUNKS,
    "te-folded": LOGIN + b"Transfer-Encoding:\r\n chunked\r\n\r\n" + CHUNKS,
    "te-leading-space": LOGIN + b" Transfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "te-after-bare-lf": LOGIN + b"X: y\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "te-after-bare-cr": LOGIN + b"X: y\rTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "te-http-1.0": LOGIN.replace(b"/1.1", b"/1.0") + CHUNKED + b"\r\n" + CHUNKS,
    "cl-cl": LOGIN + SIZE + b"Content-Length: 0\r\n\r\n" + BODY,
    "cl-cl-same": LOGIN + SIZE + SIZE + b"\r\n" + BODY,
    "cl-list": LOGIN + b"Content-Length: 32, 32\r\n\r\n" + BODY,
    "cl-plus": LOGIN + b"Content-Length: +32\r\n\r\n" + BODY,
    "cl-minus": LOGIN + b"Content-Length: -1\r\n\r\n" + BODY,
    "cl-hex": LOGIN + b"Content-Length: 0x20\r\n\r\n" + BODY,
    "cl-empty": LOGIN + b"Content-Length:\r\n\r\n" + BODY,
    "cl-space-inside": LOGIN + b"Content-Length: 3 2\r\n\r\n" + BODY,
    "cl-overflow": LOGIN + b"Content-Length: 18446744073709551648\r\n\r\n" + BODY,
    "cl-float": LOGIN + b"Content-Length: 32.0\r\n\r\n" + BODY,
    "two-hosts": b"GET /health/live HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two-same-hosts": b"GET /health/live HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
    "no-host": b"GET /health/live HTTP/1.1\r\n\r\n",
    "host-with-user": b"GET /health/live HTTP/1.1\r\nHost: a@b\r\n\r\n",
    "host-list": b"GET /health/live HTTP/1.1\r\nHost: a, b\r\n\r\n",
    "host-path": b"GET /health/live HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "folded": b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n",
    "bare-lf": b"GET /health/live HTTP/1.1\nHost: x\n\n",
    "bare-lf-at-the-end": b"GET /health/live HTTP/1.1\r\nHost: x\r\n\n",
    "bare-cr": b"GET /health/live HTTP/1.1\r\nHost: x\rX: y\r\n\r\n",
    "nul-in-a-value": b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "nul-in-the-target": b"GET /health\0/live HTTP/1.1\r\nHost: x\r\n\r\n",
    "name-empty": b"GET /health/live HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
    "name-with-brackets": b"GET /health/live HTTP/1.1\r\nHost: x\r\n(x): y\r\n\r\n",
    "no-colon": b"GET /health/live HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "two-spaces": b"GET  /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    "tab-in-the-line": b"GET\t/health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    "space-in-the-target": b"GET /health /live HTTP/1.1\r\nHost: x\r\n\r\n",
    "http-0.9": b"GET /health/live\r\n\r\n",
    "no-version": b"GET /health/live \r\nHost: x\r\n\r\n",
    "absolute-with-user": b"GET http://a@b/health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    "authority-form": b"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "fragment": b"GET /health/live#x HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_ambiguous_requests_are_refused_and_end_the_connection(netguru, name):
    assert talk(netguru, AMBIGUOUS[name] + HELLO) == ([400], True)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 501), (b"GET /health/live HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        (b"GET /health/live HTTP/1.9\r\nHost: x\r\n\r\n", 505), (b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501), (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), 400),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A" * 20000, 431),
        (b"G" * 20000, 501),
    ],
    ids=range(12),
)
def test_what_is_not_spoken_here(netguru, data, status):
    assert talk(netguru, data) == ([status], True)


@pytest.mark.parametrize("method", [b"TRACE", b"QUERY", b"OPTIONS"])
def test_known_methods_that_no_route_takes(netguru, method):
    assert talk(netguru, method + b" /health/live HTTP/1.1\r\nHost: x\r\n\r\n" + HELLO) == ([405, 200], False)


@pytest.mark.parametrize(
    "chunks",
    [
        b"5 \r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"5\nhello\n0\n\n",
        b"5;a\nb\r\nhello\r\n0\r\n\r\n", b"\r\nhello\r\n0\r\n\r\n", b"5\r\nhello0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n",
        b"FFFFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", b"5;" + b"x" * 20000 + b"\r\nhello\r\n0\r\n\r\n", b"0\r\nX : y\r\n\r\n",
        b"0\r\n folded\r\n\r\n", b"0\r\nContent-Length\n: 5\r\n\r\n", b"1\r\n{\r\n0\r\n" + b"X: y\r\n" * 5000 + b"\r\n", b"5_0\r\nhello",
    ],
    ids=range(15),
)
def test_malformed_chunks_end_the_connection(netguru, chunks):
    assert talk(netguru, LOGIN + CHUNKED + b"\r\n" + chunks + HELLO) == ([400], True)


def test_a_body_is_never_taken_for_a_request(netguru):
    inner = b"GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\n\r\n"
    size = b"Content-Length: %d\r\n\r\n" % len(inner)
    chunked = CHUNKED + b"\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
    tail = HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    for start, first in (
        (b"GET /health/live HTTP/1.1\r\n", 200), (b"GET /nothing HTTP/1.1\r\n", 404), (b"PUT /health/live HTTP/1.1\r\n", 405),
        (b"GET /api/v1/users/me HTTP/1.1\r\n", 401), (b"POST /api/v1/files/upload HTTP/1.1\r\n", 401),
        (b"POST /api/v1/auth/login HTTP/1.1\r\nContent-Type: text/plain\r\n", 415),
    ):
        for body in (size + inner, chunked):
            assert talk(netguru, start + b"Host: x\r\n" + body + tail) == ([first, 200], True), start
    # Too long to be read to its end: the connection ends with the answer.
    long = LOGIN + b"Content-Length: 5000000\r\n\r\n" + inner * 2000
    assert talk(netguru, long) == ([413], True)


def test_a_request_behind_a_refused_one_is_not_served(netguru, demo):
    secret = b"GET /api/v1/users/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % demo.token.encode()
    for bad in (b"GET / HTTP/1.1\r\n\r\n", b"\0\r\n\r\n", LOGIN + SIZE + CHUNKED + b"\r\n"):
        assert talk(netguru, HELLO + bad + secret) == ([200, 400], True)


def test_pipelined_answers_stay_in_order(netguru):
    paths = [(b"/health/ready", 200), (b"/nothing", 404), (b"/health/live", 200), (b"/api/v1/users/me", 401)] * 20
    data = b"".join(b"GET %s HTTP/1.1\r\nHost: x\r\n\r\n" % path for path, _ in paths)
    data += b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert talk(netguru, data) == ([status for _, status in paths] + [200], True)


def test_expectations(netguru):
    head = LOGIN + b"Content-Length: 5000000\r\nExpect: 100-continue\r\n\r\n"
    assert talk(netguru, head) == ([413], True)
    assert talk(netguru, LOGIN + SIZE + b"Expect: miracles\r\n\r\n" + BODY + HELLO) == ([417], True)


def test_slow_heads_are_cut_off_while_others_are_served(netguru):
    slow = [connect(netguru, 60) for _ in range(50)]
    for connection in slow:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX: ")
    dripping, until = list(slow), time.monotonic() + 120
    while dripping:  # until the server has answered each, however often it sends a byte more
        ended = select.select(dripping, [], [], 0.5)[0]
        dripping = [connection for connection in dripping if connection not in ended]
        for connection in dripping:
            connection.sendall(b"a")
        assert netguru.client().get("/health/live").status == 200
        assert time.monotonic() < until
    for connection in slow:
        received, closed = read_all(connection)
        assert answers(received) == [408] and closed
        connection.close()


@pytest.mark.parametrize("path", [b"/health/live", b"/", b"/api/v1/files", b"/ws/chat/%s" % str(uuid.uuid4()).encode()])
def test_no_route_becomes_a_websocket(netguru, path):
    head = (
        b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: %s\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    frame = b"\x81\x85\x01\x02\x03\x04" + bytes(5)
    for protocol in (b"websocket", b"h2c"):
        statuses, closed = talk(netguru, head % (path, protocol) + frame)
        assert statuses[0] in (200, 401, 404) and statuses[1:] == [400] and closed


def test_head_of_a_download_sends_no_body(netguru, somebody):
    document = somebody.process("head.cfg", b"hostname head\ninterface Gi0/1\n description " + b"x" * 3000)
    lines = f"Host: x\r\nAuthorization: Bearer {somebody.token}\r\n"
    data = f"HEAD /api/v1/files/{document['id']}/download HTTP/1.1\r\n{lines}Connection: close\r\n\r\n"
    with connect(netguru) as connection:
        connection.sendall(data.encode())
        received, closed = read_all(connection)
    assert answers(received, to_head=True) == [200] and closed


# Paths


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/../v1/users/me", "//api/v1/users/me", "/api/v1//users/me", "/api/v1/users/me/", "/api/v1/users/me;x", "/API/v1/users/me",
        "/api/v1/users%2fme", "/api/v1/users/me%00", "/api/v1/users/./me", "/api/v1/users/%6de", "/api/v1/files/../users/me",
        "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5cetc%5cpasswd", "/api/v1/files/..%2f..%2ftoken.key/download",
        "/api/v1/files/%2e%2e/download", "/token.key", "/api/v1/files/" + "0" * 36 + "/download", "/api/v1/files/{id}", "/%", "/%zz", "/\x7f",
        "/api/v1/users/me%20", "/api/v1/users/me?x#y", "/.git/config", "/api/v1/files/%c0%ae%c0%ae/download",
    ],
)
def test_paths_have_one_spelling(demo, path):
    with connect(demo) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {demo.token}\r\nConnection: close\r\n\r\n".encode())
        received, _ = read_all(connection)
    assert answers(received)[0] in (400, 404)
    assert b"demo@netguru.example" not in received and b"root:" not in received


def test_the_host_of_an_absolute_target_changes_nothing(netguru):
    assert talk(netguru, b"GET http://elsewhere/api/v1/users/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") == ([401], True)


# Headers from names


@pytest.mark.parametrize(
    "name",
    [
        b"a\rSet-Cookie: x=1.cfg", b"a\x0bb\x85.cfg", b'a"; filename="evil.html"; x=".cfg', b"a%0d%0aX-Evil: 1.cfg", b"a;b=c.cfg", b"a'b.cfg",
        "a\u2028X-Evil: 1.cfg".encode(), "a\u0085X.cfg".encode(), b"a\\\"b.cfg", b"=?utf-8?q?x?=.cfg", b"%2e%2e%2fx.cfg",
    ],
    ids=range(11),
)
def test_a_name_cannot_write_headers(netguru, somebody, name):
    uploaded = somebody.upload(name, b"hostname n" + uuid.uuid4().hex.encode())
    assert uploaded.status in (201, 400)
    if uploaded.status == 400:
        return
    answer = somebody.get(f"/api/v1/files/{uploaded.json['id']}/download")
    assert answer.headers.get_all("Content-Disposition") == [answer.headers["Content-Disposition"]]
    assert re.fullmatch(r"attachment; filename\*=UTF-8''[A-Za-z0-9._~%-]+", answer.headers["Content-Disposition"])
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["X-Evil"] is None and answer.headers["Set-Cookie"] is None


def test_a_line_end_in_a_part_head_ends_it(somebody):
    answer = somebody.upload(b'a.cfg"\r\nX-Evil: 1\r\nY: "b.cfg', b"hostname crlf" + uuid.uuid4().hex.encode())
    assert answer.status in (201, 400)
    if answer.status == 201:
        assert "\r" not in answer.json["original_filename"] and "Evil" not in answer.json["original_filename"]


# Sessions


def claims(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def forge(netguru, payload, header=None):
    """Signed with the server's own secret: what is left if that was stolen."""
    secret = Path(netguru.home, "token.key").read_bytes().strip()

    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    signed = part(json.dumps(header or {"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode())
    signed += b"." + part(json.dumps(payload, separators=(",", ":")).encode())
    return (signed + b"." + part(hmac.new(secret, signed, hashlib.sha256).digest())).decode()


def is_let_in(client, token):
    client.token = token
    return client.get("/api/v1/users/me").status == 200


def test_sessions_of_two_users_do_not_mix(netguru):
    one, two = netguru.client().register(), netguru.client().register()
    mine, other = claims(one.token), claims(two.token)
    probe = netguru.client()
    assert mine["sid"] != other["sid"]
    assert is_let_in(probe, one.token)
    for payload in ({**mine, "sid": other["sid"]}, {**other, "sid": mine["sid"]}, {**mine, "exp": 2**40}, {**mine, "sub": other["sub"]}):
        assert not is_let_in(probe, forge(netguru, payload)), payload
    for header in ({"alg": "none", "typ": "JWT"}, {"typ": "JWT", "alg": "HS256"}, {"alg": "HS256"}, {"alg": "HS256", "typ": "JWT", "kid": "../x"}):
        assert not is_let_in(probe, forge(netguru, mine, header)), header
    head, body, signature = one.token.split(".")
    assert not is_let_in(probe, f"{head}.{two.token.split('.')[1]}.{signature}")
    assert not is_let_in(probe, one.refresh_token)
    assert is_let_in(probe, one.token)


def test_a_client_cannot_choose_its_session(netguru, somebody):
    chosen = claims(somebody.token)["sid"]
    body = {"email": "demo@netguru.example", "password": netguru.password, "sid": chosen, "session_id": chosen, "refresh_token": somebody.refresh_token}
    headers = {"Cookie": f"sid={chosen}", "X-Session-Id": chosen, "Authorization": f"Bearer {somebody.token}"}
    answer = netguru.client().call("POST", "/api/v1/auth/login", body, headers)
    assert answer.status == 200 and answer.headers["Set-Cookie"] is None and answer.headers["Cache-Control"] == "no-store"
    assert claims(answer.json["access_token"])["sid"] != chosen
    assert is_let_in(netguru.client(), somebody.token)


def test_a_refresh_token_replayed_at_once_ends_the_session(netguru):
    victim = netguru.client().register()
    gate = threading.Barrier(20)

    def replay(_):
        gate.wait()
        return netguru.client().post("/api/v1/auth/refresh", {"refresh_token": victim.refresh_token})

    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(replay, range(20)))
    won = [result.json for result in results if result.status == 200]
    # Once, and once more for an answer that was lost: the same tokens. 429: one address may have a few
    # such requests in progress.
    assert 1 <= len(won) <= 2 and won[0] == won[-1]
    assert all(result.status in (200, 401, 429) for result in results)
    for token in (victim.token, won[0]["access_token"]):
        assert not is_let_in(netguru.client(), token)
    assert netguru.client().post("/api/v1/auth/refresh", {"refresh_token": won[0]["refresh_token"]}).status == 401


@pytest.mark.parametrize("change", ["user", "session", "secret", "short", "long"])
def test_refresh_tokens_that_were_never_given_out(netguru, somebody, change):
    raw = bytearray(base64.urlsafe_b64decode(somebody.refresh_token + "=="))
    if change in ("user", "session", "secret"):
        raw[{"user": 3, "session": 19, "secret": 40}[change]] ^= 1
    raw = {"short": raw[:-1], "long": raw + b"x"}.get(change, raw)
    forged = base64.urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()
    assert netguru.client().post("/api/v1/auth/refresh", {"refresh_token": forged}).status == 401
    # Nor can anybody end the session of another with one.
    assert somebody.get("/api/v1/users/me").status == 200
    assert netguru.client().post("/api/v1/auth/refresh", {"refresh_token": somebody.refresh_token}).status == 200


def test_an_unknown_address_looks_like_a_wrong_password(netguru):
    known = f"{uuid.uuid4().hex}@example.net"
    netguru.client().register(known)
    client = netguru.client()
    bodies = [{"email": email, "password": "wrong password"} for email in (known, "nobody-" + known)]
    first, second = (client.post("/api/v1/auth/login", body) for body in bodies)
    assert (first.status, first.body) == (second.status, second.body) and first.status == 401


def test_redis_holds_no_token(netguru, somebody):
    with RedisSocket(netguru) as redis:
        stored = redis.call("HGETALL", f"session:{claims(somebody.token)['sub']}")
    text = b" ".join(stored)
    assert stored and somebody.token.encode() not in text and somebody.refresh_token.encode() not in text


# Limits


@pytest.fixture(scope="module")
def limited(make_netguru):
    """With the limits that everybody gets."""
    instance = make_netguru(NETGURU_RATE_LIMIT_FACTOR="1")
    yield instance
    instance.stop()


def test_ten_thousand_registrations(limited):
    def request(i):
        body = json.dumps({"email": f"{i}-{uuid.uuid4().hex}@example.net", "password": "a good password"}).encode()
        claim = b"X-Forwarded-For: 10.%d.%d.1\r\nForwarded: for=10.1.1.%d\r\nX-Real-IP: 10.0.0.%d\r\nTrue-Client-IP: 10.9.%d.9\r\n" % (
            i >> 8 & 255, i & 255, i & 255, i & 255, i & 255,
        )
        return LOGIN.replace(b"/login", b"/register") + claim + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def hammer(first):
        with connect(limited, 30) as connection:
            for start in range(first, first + 2500, 100):
                connection.sendall(b"".join(request(i) for i in range(start, start + 100)))
                received, wanted = b"", 0
                while wanted < 100:
                    piece = connection.recv(1 << 20)
                    assert piece
                    received += piece
                    wanted = received.count(b"HTTP/1.1 ")
                    if wanted == 100 and not received.endswith(b"}"):
                        wanted = 99
                yield from answers(received)

    with ThreadPoolExecutor(4) as pool:
        statuses = [status for part in pool.map(lambda first: list(hammer(first)), (0, 2500, 5000, 7500)) for status in part]
    assert len(statuses) == 10000 and set(statuses) == {201, 429}
    # Two windows at most, should a minute have begun meanwhile.
    assert statuses.count(201) <= 60
    assert limited.run("user", "list").stdout.count("@") <= 61
    answer = limited.client().post("/api/v1/auth/login", {"email": "demo@netguru.example", "password": limited.password})
    assert answer.status == 429 and 1 <= int(answer.headers["Retry-After"]) <= 60


def test_refusals_cost_no_place(limited):
    """Who is over the limit cannot hold a request open by sending its body slowly."""
    held = []
    for _ in range(30):
        connection = connect(limited)
        connection.sendall(LOGIN + SIZE + b"\r\n")
        held.append(connection)
    for connection in held:
        connection.shutdown(socket.SHUT_WR)
        received, _ = read_all(connection)
        assert set(answers(received)) <= {429}
        connection.close()
    assert limited.client().get("/health/ready").status == 200


# Uploads


def stored_files(netguru):
    return [path for path in Path(netguru.home, "files").rglob("*") if path.is_file()]


def test_five_hundred_uploads_at_once(netguru, somebody):
    demo = netguru.demo()
    before = len(stored_files(netguru))
    contents = [b"hostname parallel-%d\n%s\n" % (i, uuid.uuid4().hex.encode()) for i in range(20)]
    gate = threading.Barrier(500)

    def upload(i):
        gate.wait()
        return demo.upload(f"parallel-{i}.cfg", contents[i % 20])

    with ThreadPoolExecutor(500) as pool:
        results = list(pool.map(upload, range(500)))
    taken = [result for result in results if result.status in (200, 201)]
    for result in results:
        # The same bytes many times over: one wins, the others find it; too many at once: come again.
        assert result.status in (200, 201, 429, 503), result.body
        assert result.status in (200, 201) or result.headers["Retry-After"]
    assert len(taken) >= 16
    assert len({result.json["id"] for result in taken}) == len({result.json["sha256"] for result in taken}) <= 20
    assert sum(result.status == 201 for result in taken) == len({result.json["id"] for result in taken})
    assert len(stored_files(netguru)) == before + len({result.json["id"] for result in taken})


def half_an_upload(client):
    return (
        f"POST /api/v1/files/upload HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {client.token}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"half.cfg\"\r\n\r\n"
    ).encode() + b"hostname half\n" * 5000


def test_one_user_cannot_hold_all_places(netguru, somebody):
    other = netguru.client().register()
    before = len(stored_files(netguru))
    uploads = [connect(netguru) for _ in range(16)]
    for connection in uploads:
        connection.sendall(half_an_upload(somebody))
    wait_until(lambda: len(stored_files(netguru)) == before + 16, "16 uploads have begun")
    refused = somebody.upload("one-more.cfg", b"hostname more\n")
    assert (refused.status, refused.code) == (429, "RATE_LIMIT_EXCEEDED") and refused.headers["Retry-After"]
    assert somebody.get("/api/v1/users/me").status == 200
    body = f"POST /api/v1/search HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {somebody.token}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{"
    held = [connect(netguru) for _ in range(48)]
    for connection in held:
        connection.sendall(body.encode())
    assert somebody.get("/api/v1/users/me").status == 200  # bodies that do not come hold no place
    assert other.upload("others.cfg", b"hostname others\n").status == 201
    assert other.get("/api/v1/users/me").status == 200
    for connection in (*uploads, *held):
        connection.close()
    wait_until(lambda: somebody.upload("now.cfg", b"hostname now\n").status == 201, "the user may go on")


def test_uploads_that_stop_in_the_middle_leave_nothing(netguru):
    before = sorted(stored_files(netguru))
    clients = [netguru.client().register() for _ in range(2)]
    connections = [connect(netguru) for _ in range(20)]
    for i, connection in enumerate(connections):
        connection.sendall(half_an_upload(clients[i % 2]))
    wait_until(lambda: len(stored_files(netguru)) == len(before) + 20, "20 uploads have begun")
    for connection in connections:
        connection.close()
    wait_until(lambda: sorted(stored_files(netguru)) == before, "nothing of them is left")


def test_a_document_deleted_while_its_job_runs(netguru, somebody):
    me = claims(somebody.token)["sub"]
    text = b"Mar  1 10:00:00 r1 %%SYS-5-CONFIG_I: vanishing-%d configured from console\n"
    for i in range(8):
        document = somebody.upload(f"gone{i}.log", b"".join(text % (i * 1000 + n) for n in range(200))).json
        if i % 2:  # every other one is already being worked on, or is done
            wait_until(lambda document=document: somebody.task(document)["status"] != "pending", "its job has begun")
        assert somebody.call("DELETE", f"/api/v1/files/{document['id']}").status == 204
        assert somebody.get(f"/api/v1/files/{document['id']}").status == 404
        assert somebody.call("DELETE", f"/api/v1/files/{document['id']}").status == 404
        assert not Path(netguru.home, "files", me, document["id"]).exists()

    def ended_tasks():
        tasks = somebody.get("/api/v1/analysis/tasks?limit=100").json["items"]
        return not tasks  # a document takes its jobs with it

    wait_until(ended_tasks, "all jobs have gone")
    results = somebody.post("/api/v1/search", {"query": "vanishing configured from console"}).json["results"]
    assert not [result for result in results if result["source"] == "local"]
    assert somebody.process("after.cfg", b"hostname after\n")["status"] == "completed"


# What is stored is only text

SQL = ["'", "''; DROP TABLE users; --", "\\'; SELECT pg_sleep(3600); --", "$1", "%s", "{}", "(SELECT 1)", "1) OR (1=1", "\\x00", "E'\\\\'", "NULL", "$$x$$", "/* */", "\u2019"]


@pytest.mark.parametrize("text", SQL)
def test_sql_is_only_text(netguru, somebody, text):
    quoted = "".join(f"%{byte:02x}" for byte in text.encode())
    probe = netguru.client()
    results = [
        probe.post("/api/v1/auth/login", {"email": text + "@x", "password": text}),
        probe.post("/api/v1/auth/register", {"email": f"{uuid.uuid4().hex}{text}@x.y".replace(" ", ""), "password": text + "12345678", "full_name": text}),
        probe.post("/api/v1/auth/refresh", {"refresh_token": text}),
        somebody.post("/api/v1/search", {"query": text, "vendor": text, "document_type": text}),
        somebody.post("/api/v1/search", {"query": "x", "document_id": text}),
        somebody.post("/api/v1/topology/generate", {"title": text}),
        somebody.post("/api/v1/topology/generate", {"document_ids": [text]}),
        somebody.upload(f"{text}.cfg", b"hostname " + text.encode() + uuid.uuid4().hex.encode()),
        *(somebody.get(f"/api/v1/{path}") for path in (
            f"files?status={quoted}", f"files?file_type={quoted}", f"files?cursor={quoted}", f"files?limit={quoted}", f"files/{quoted}",
            f"analysis/tasks/{quoted}", f"analysis/tasks?cursor={quoted}", f"analysis/tasks?status={quoted}", f"topology/{quoted}", f"topology?limit={quoted}",
        )),
        somebody.call("DELETE", f"/api/v1/files/{quoted}"),
    ]
    for result in results:
        # An executed pg_sleep would be a 504.
        assert result.status in (200, 201, 202, 400, 401, 404), result.body
        # A refusal may quote what it refuses.
        told = result.body.replace(json.dumps(text)[1:-1].encode(), b"")
        assert result.status < 400 or not re.search(rb"syntax|operator|SELECT|column", told), result.body
    assert somebody.get("/api/v1/users/me").status == 200


def test_cursors_are_not_trusted(somebody):
    for inside in ("", "x|y", "2024-01-01|x", "'|'", "infinity|" + str(uuid.uuid4()), "2024-01-01T00:00:00Z|" + str(uuid.uuid4()), "\0|\0", "|" * 50):
        for encode in (base64.urlsafe_b64encode, base64.b64encode):
            cursor = encode(inside.encode()).rstrip(b"=").decode().replace("+", "%2b").replace("/", "%2f")
            for path in ("files", "analysis/tasks"):
                assert somebody.get(f"/api/v1/{path}?cursor={cursor}").status in (200, 400)


EVIL = [
    "<script>alert(1)</script>", "\"><svg/onload=alert(1)>", "'-alert(1)-'", "]]><x:script/>", "&lt;b&gt;&#60;", "</text></svg><script>1</script>",
    "<foreignObject><iframe/></foreignObject>", "javascript:alert(1)", "<!ENTITY x SYSTEM 'file:///etc/passwd'>", "--><img src=x onerror=1>",
]


def test_a_picture_holds_no_script(somebody):
    hosts = [name.replace(" ", "") for name in EVIL]
    for i, name in enumerate(hosts):
        config = (
            f"version 15.2\nhostname {name}\ninterface GigabitEthernet0/{i}\n description {EVIL[-i]}\n ip address 10.66.0.{i + 1} 255.255.255.0\n"
            f"interface {name}\n ip address 10.67.0.{i + 1} 255.255.255.0\nrouter ospf 1\n network 10.0.0.0 0.255.255.255 area 0\n"
            f"router bgp 6500{i}\n neighbor 10.66.0.{(i + 1) % len(hosts) + 1} remote-as 6500{(i + 1) % len(hosts)}\n"
            f" neighbor 10.66.0.{(i + 1) % len(hosts) + 1} description {name}\n"
        )
        assert somebody.process(EVIL[i].replace("/", "").replace('"', "") + ".cfg", config.encode())["status"] == "completed"
    task = somebody.post("/api/v1/topology/generate", {"title": EVIL[0]}).json["task_id"]

    def ended():
        state = somebody.get(f"/api/v1/analysis/tasks/{task}").json
        return state if state["status"] not in ("pending", "running") else None

    state = wait_until(ended, "the diagram is drawn")
    snapshot = state["result"]["topology_id"]
    picture = somebody.get(f"/api/v1/topology/{snapshot}/svg")
    assert picture.headers["Content-Type"] == "image/svg+xml" and picture.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in picture.headers["Content-Security-Policy"] and "default-src 'none'" in picture.headers["Content-Security-Policy"]
    assert b"<!ENTITY" not in picture.body and b"<!DOCTYPE" not in picture.body
    for element in xml.fromstring(picture.body).iter():
        name = element.tag.rpartition("}")[2].lower()
        assert name in ("svg", "g", "path", "rect", "text", "tspan", "title", "style", "circle", "line", "defs", "polyline", "ellipse", "desc", "view", "a"), name
        for key, value in element.attrib.items():
            assert not key.lower().startswith("on") and "javascript" not in value.lower()
            # A link zooms to a group of the same picture.
            assert not key.lower().endswith("href") or (name == "a" and re.fullmatch(r"#(group-\d+|whole)", value))
    graph = somebody.get(f"/api/v1/topology/{snapshot}")
    assert graph.headers["Content-Type"] == "application/json" and graph.headers["X-Content-Type-Options"] == "nosniff"
    assert graph.json["title"] == EVIL[0]


def test_errors_tell_nothing_of_the_inside(netguru, demo):
    for answer in (
        demo.get("/api/v1/<script>"), demo.get("/api/v1/files/<script>"), demo.get("/api/v1/files?cursor=<script>"), demo.post("/api/v1/search", {"query": 1}),
        demo.upload("<script>", b"x"), demo.call("PATCH", "/api/v1/files"), netguru.client().get("/api/v1/users/me"),
    ):
        assert answer.status >= 400 and answer.headers["Content-Type"] == "application/json" and answer.headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(rb"(?i)<script|/tmp/|\.c:|postgres|redis|select |stack|0x[0-9a-f]{6}", answer.body), answer.body
        assert answer.headers["Server"] is None


# The queue, in the hands of somebody else


class RedisSocket:
    def __init__(self, netguru):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(f"{netguru.home}/run/redis.sock")
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def call(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"$":
            return None if int(rest) < 0 else self.file.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        assert kind != b"-", line
        return int(rest) if kind == b":" else rest


def message(task_id, task="document_processing", body=None, **more):
    body = json.dumps([[], {}, {}] if body is None else body).encode()
    return json.dumps({
        "body": base64.b64encode(body).decode(), "content-encoding": "utf-8", "content-type": "application/json",
        "headers": {"id": task_id, "task": task}, "properties": {"body_encoding": "base64", "delivery_tag": "x"}, **more,
    })


def test_hostile_messages_do_nothing(netguru, somebody):
    owner = netguru.client().register()
    document = owner.process("victim.cfg", b"hostname victim\n")
    task_id, mine = document["task"]["id"], claims(somebody.token)["sub"]
    before = owner.get(f"/api/v1/analysis/tasks/{task_id}").json
    evil = [
        b"", b"\0\xff", b"{", b"[]", b"null", b"[" * 50000, b'{"a":' * 20000, b"x" * (3 << 20), message(""), message("x" * 300), message("' OR 1=1 --"),
        message(str(uuid.uuid4())), message(task_id), message(task_id, body=[[], {"user_id": mine, "document_id": None}, {}]),
        message(task_id, task="os.system", body=[["id"], {}, {"chain": [1]}]), message(task_id, body={"args": 1}), message(task_id, body="x"),
        message(task_id, **{"content-type": "application/x-python-serialize"}), message(task_id, **{"body": "%%%"}), message(task_id, **{"properties": None}),
        message(task_id, **{"headers": [1]}), message(task_id, **{"headers": {"id": 5, "task": {}}}), json.dumps({"body": 5, "headers": None}),
    ]
    with RedisSocket(netguru) as redis:
        for queue in ("pcap", "rag", "default"):
            for text in evil:
                redis.call("LPUSH", f"celery:queue:{queue}", text)
    assert owner.process("next.cfg", b"hostname next\n")["status"] == "completed"
    after = owner.get(f"/api/v1/analysis/tasks/{task_id}").json
    assert after == before
    assert owner.get(f"/api/v1/files/{document['id']}").json["status"] == "completed"


# The data directory


def test_logs_hold_no_secret(netguru, demo, somebody):
    somebody.post("/api/v1/auth/login", {"email": "demo@netguru.example", "password": "hunter2-not-this"})
    somebody.call("GET", f"/api/v1/files?token={somebody.token}")
    somebody.call("GET", "/api/v1/users/me", headers={"Authorization": "Bearer stolen-token-4711"})
    text = b"".join(path.read_bytes() for path in Path(netguru.home, "log").iterdir())
    key = Path(netguru.home, "token.key").read_bytes().strip()
    assert text
    for secret in (demo.token, demo.refresh_token, somebody.token, somebody.refresh_token, "hunter2-not-this", "stolen-token-4711", netguru.password, "a good password"):
        assert secret.encode() not in text
    assert key not in text and b"$2b$" not in text


def test_nothing_below_the_data_directory_is_for_others(netguru):
    # Under root PostgreSQL has a user of its own, in the group of the directory.
    assert os.stat(netguru.home).st_mode & 0o777 in (0o700, 0o710)
    assert os.stat(f"{netguru.home}/token.key").st_mode & 0o777 == 0o600
    for name in ("postgres", "redis", "files", "log"):
        assert os.stat(f"{netguru.home}/{name}").st_mode & 0o777 == 0o700, name
    assert os.stat(f"{netguru.home}/run").st_mode & 0o7777 in (0o700, 0o1770)
    for path in Path(netguru.home, "run").iterdir():
        if not path.name.endswith(".lock"):
            assert path.stat().st_mode & 0o007 == 0 or path.is_socket(), path


class Prey:
    """A data directory in the hands of its own unprivileged user, and what only root may touch."""

    def __init__(self, base):
        self.base = Path(base)
        self.home = self.base / "home"
        self.treasure = self.base / "treasure"
        self.treasure.mkdir(mode=0o755)
        (self.treasure / "secret").write_text("for root alone")
        (self.treasure / "secret").chmod(0o600)
        self.model = self.base / "given"
        self.model.mkdir()
        for name in ("vocab.txt", "model.safetensors"):
            (self.model / name).write_bytes(b"not a model" * 100)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.environment = {**os.environ, "NETGURU_HOME": str(self.home), "NETGURU_HTTP_ADDRESS": f"127.0.0.1:{port}", "NETGURU_MODEL_DIR": str(self.model)}

    def up(self, *words):
        """Until it is ready or gives up: what it said, and its status."""
        process = subprocess.Popen([PROGRAM, "up", *words], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in process.stdout:
            if line.startswith("NetGuru runs"):
                process.terminate()
        said = process.stderr.read()
        return said, process.wait(60)

    def untouched(self):
        return sorted(path.name for path in self.treasure.iterdir()) == ["secret"] and all(
            (path.stat().st_uid, path.read_text() if path.is_file() else "for root alone") == (0, "for root alone")
            for path in (self.treasure, self.treasure / "secret")
        ) and (self.treasure / "secret").stat().st_mode & 0o777 == 0o600


@pytest.fixture(scope="module")
def prey():
    if os.geteuid() != 0:
        pytest.skip("not started by root")
    base = tempfile.mkdtemp(prefix="netguru-prey-", dir="/tmp")
    os.chmod(base, 0o755)
    made = Prey(base)
    said, status = made.up()
    assert status == -signal.SIGTERM, said
    yield made
    shutil.rmtree(base, ignore_errors=True)


def servers_user(prey):
    return (prey.home / "files").owner()


def as_user(user, script, *words):
    """Runs a shell script as somebody who has taken over processes of that user."""
    group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
    return subprocess.run(["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups", "--", "/bin/sh", "-c", script, "sh", *map(str, words)],
                          capture_output=True, text=True, timeout=60)


@pytest.fixture
def of_servers_user(prey):
    """The data directory belongs to the servers' user again, as that of an earlier version."""
    for path in (prey.home, prey.home / "run"):
        shutil.chown(path, servers_user(prey))
        path.chmod(0o700)


@pytest.mark.parametrize("name", ["model", "log", "run", "redis", "files", "postgres"])
def test_root_follows_no_link_of_the_servers_user(prey, of_servers_user, name):
    """Whoever has taken over the servers can put links into their directory; the next start by root must not use them."""
    place, aside, user = prey.home / name, prey.home / f"{name}.aside", servers_user(prey)
    assert as_user(user, 'mv "$1" "$2" && ln -s "$3" "$1"', place, aside, prey.treasure).returncode == 0
    said, status = prey.up()
    assert status > 0 and str(place) in said, said
    assert prey.untouched()
    place.unlink()
    aside.rename(place)


@pytest.mark.parametrize("name", ["model/vocab.txt.new", "model/model.safetensors.new", "redis/redis.conf.new", "postgres/netguru.conf.new", "run/up.lock"])
def test_root_writes_through_no_link_of_the_servers_user(prey, name):
    place = prey.home / name
    place.unlink(missing_ok=True)
    place.symlink_to(prey.treasure / "secret")
    prey.up()
    assert prey.untouched()
    place.unlink(missing_ok=True)


@pytest.mark.parametrize("name", ["model", "log", "run", "redis", "files", "postgres", "token.key", "postgres.initdb", "initdb.unfinished"])
def test_the_servers_users_can_exchange_nothing_in_the_data_directory(prey, name):
    for user in {servers_user(prey), (prey.home / "postgres").owner()}:
        for script in ('mv "$1" "$1.aside"', 'rm -f "$1"', 'rmdir "$1"', 'ln -s /etc "$1"', 'ln -s /etc "$1.mine"', 'chmod 777 "$2" "$2/run"'):
            before = sorted(os.listdir(prey.home))
            as_user(user, script, prey.home / name, prey.home)
            assert sorted(os.listdir(prey.home)) == before, script
    assert prey.home.stat().st_mode & 0o7777 == 0o710 and (prey.home / "run").stat().st_mode & 0o7777 == 0o1770


@pytest.mark.parametrize("marks", ["", "touch initdb.unfinished", "touch initdb.unfinished; mkdir postgres.initdb; touch postgres.initdb/PG_VERSION",
                                   "mv postgres postgres.initdb", "mv postgres postgres.initdb; touch initdb.unfinished; mkdir postgres",
                                   "mv postgres aside; mkdir postgres", "mv postgres aside; cp -r redis postgres", "mv postgres aside; ln -s aside postgres",
                                   "ln redis/redis.conf run/.s.PGSQL.5432"])
def test_the_servers_user_cannot_make_root_remove_a_cluster(prey, of_servers_user, marks):
    """Not by any file, directory or link that it makes or moves, while the data directory is still its own."""
    cluster, user = prey.home / "postgres", servers_user(prey)
    before = (cluster / "global/pg_control").stat().st_ino
    assert as_user(user, f'cd "$1" && {marks or "true"}', prey.home).returncode == 0
    prey.up()
    [kept] = [path for path in prey.home.glob("*/global/pg_control") if path.stat().st_ino == before and not path.parents[1].is_symlink()]
    for path in prey.home.iterdir():
        if path.is_symlink() or path.name in ("initdb.unfinished", "postgres.initdb", "postgres") and path != kept.parents[1]:
            subprocess.run(["rm", "-rf", path], check=True)
    kept.parents[1].rename(cluster)
    said, status = prey.up()
    assert status == -signal.SIGTERM, said
    assert (cluster / "global/pg_control").stat().st_ino == before


def test_root_reads_no_model_that_the_servers_user_can_write(prey):
    """Root embeds the global knowledge; the model was the servers' user's in earlier versions."""
    model, user = prey.home / "model", servers_user(prey)
    files = ["model.safetensors", "vocab.txt"]
    for path in (model, *(model / name for name in files)):
        shutil.chown(path, user)
    script = 'cd "$1" && echo bad > vocab.txt && rm model.safetensors && ln -s "$2" model.safetensors && mkfifo vocab.txt.new'
    assert as_user(user, script, model, prey.treasure / "secret").returncode == 0
    said, status = prey.up()
    assert status == -signal.SIGTERM, said
    for path in (model, *(model / name for name in files)):
        assert (path.lstat().st_uid, path.lstat().st_mode & 0o022) == (0, 0), path
    for name in files:
        assert (model / name).read_bytes() == (prey.model / name).read_bytes()
    assert as_user(user, 'cat "$1/vocab.txt" && echo more >> "$1/vocab.txt"', model).returncode != 0 and prey.untouched()


def test_root_tells_a_false_postgresql_nothing(prey):
    """A socket of another user in the place of PostgreSQL's."""
    if servers_user(prey) == (prey.home / "postgres").owner():
        pytest.skip("PostgreSQL has no user of its own")
    group = (prey.home / "run").group()
    script = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); print(flush=True); c, _ = s.accept(); print(c.recv(99))"
    path = prey.home / "run/.s.PGSQL.5432"
    with subprocess.Popen(["setpriv", f"--reuid={servers_user(prey)}", f"--regid={group}", "--clear-groups", "--", "/usr/bin/python3", "-c", script, path],
                          stdout=subprocess.PIPE, text=True) as imposter:
        imposter.stdout.readline()
        done = subprocess.run([PROGRAM, "migrate", "current"], env=prey.environment, capture_output=True, text=True, timeout=60)
        assert imposter.communicate()[0].strip() == "b''"
    assert done.returncode != 0 and "requirepeer" in done.stderr
    said, status = prey.up()
    assert status == -signal.SIGTERM, said


def test_root_shows_no_file_of_others(prey):
    """A failing child's log is quoted; it may be a link to what only root can read."""
    settings = prey.home / "postgres/postgresql.conf"
    kept = settings.read_text()
    settings.write_text(kept + "\nnonsense = 1\n")
    log = prey.home / "log/postgres.log"
    log.unlink(missing_ok=True)
    log.symlink_to(prey.treasure / "secret")
    said, status = prey.up()
    assert status != 0 and "for root alone" not in said
    log.unlink()
    settings.write_text(kept)


def test_a_directory_that_others_may_write_to_is_refused(prey):
    os.chmod(prey.home, 0o777)
    said, status = prey.up()
    os.chmod(prey.home, 0o700)
    assert status != 0 and "others" in said
