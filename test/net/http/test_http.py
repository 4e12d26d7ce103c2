# SPDX-License-Identifier: Apache-2.0
"""What the HTTP server answers, and what it refuses: one shared server, black box."""

import contextlib
import select
import socket
import sys
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
import netlib  # noqa: E402
from netlib import request  # noqa: E402


@pytest.fixture(scope="module", name="server")
def running_server():
    with netlib.server(max_target_bytes=2000, max_header_bytes=8000, max_header_count=50) as running:
        yield running


def ask(server, data):
    """The answer to raw bytes, and the client."""
    client = server.connect()
    client.send(data)
    return client.answer(), client


def test_a_get_is_answered(server):
    asked = int(time.time())
    answer, client = ask(server, request("/"))
    assert (answer.status, answer.body) == (200, b"hello\n")
    assert answer.headers["content-length"] == "6"
    # The text of the date is made anew once a second.
    assert asked - 1 <= parsedate_to_datetime(answer.headers["date"]).timestamp() <= time.time()
    assert "connection" not in answer.headers
    client.send(request("/"))
    assert client.answer().status == 200


def test_the_handler_sees_the_request(server):
    answer, _ = ask(
        server, request("/headers?a=1&b=%20", headers="X-Test: one\r\nx-tEST:\t two \t\r\nX-Test:\r\n")
    )
    assert answer.body.decode() == (
        "method=GET\npath=/headers\nquery=a=1&b=%20\npeer=127.0.0.1\nhost=test\nx-test=one, two, \n"
    )


def test_absolute_form_and_asterisk(server):
    answer, _ = ask(server, b"GET http://other.example:81/headers?q HTTP/1.1\r\nHost: test\r\n\r\n")
    assert b"path=/headers\nquery=q\n" in answer.body and b"host=other.example:81\n" in answer.body
    answer, _ = ask(server, b"GET http://other.example HTTP/1.1\r\nHost: test\r\n\r\n")
    assert answer.body == b"hello\n"
    answer, _ = ask(server, b"GET http://other.example?x HTTP/1.1\r\nHost: test\r\n\r\n")
    assert answer.body == b"hello\n"
    answer, _ = ask(server, request("*", method="OPTIONS"))
    assert b"method=OPTIONS\npath=*\n" in answer.body


def test_http_1_0_closes_unless_asked(server):
    answer, client = ask(server, b"GET / HTTP/1.0\r\n\r\n")
    assert answer.status == 200 and answer.closes and client.is_ended()
    answer, client = ask(server, b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
    assert answer.headers["connection"] == "keep-alive"
    client.send(b"GET / HTTP/1.0\r\n\r\n")
    assert client.answer().closes


def test_connection_close_is_honoured(server):
    answer, client = ask(server, request("/", headers="Connection: foo, CLOSE\r\n"))
    assert answer.closes and client.is_ended()


@pytest.mark.parametrize("path", ["/", "/stream", "/big?size=200000", "/file"])
def test_head_has_the_head_only(server, path):
    whole, _ = ask(server, request(path))
    client = server.connect()
    client.send(request(path, method="HEAD") + request("/"))
    answer = client.answer(to_head=True)
    assert answer.status == 200
    assert answer.headers.get("content-length") == whole.headers.get("content-length")
    assert answer.headers.get("transfer-encoding") == whole.headers.get("transfer-encoding")
    assert client.answer().body == b"hello\n"


@pytest.mark.parametrize("code", [204, 304])
def test_answers_without_a_body(server, code):
    client = server.connect()
    client.send(request(f"/status?code={code}") + request("/"))
    answer = client.answer()
    assert answer.status == code and "transfer-encoding" not in answer.headers
    if code == 204:
        assert "content-length" not in answer.headers
    assert client.answer().body == b"hello\n"


def test_an_unanswered_request_gets_the_tasks_error(server):
    answer, client = ask(server, request("/nothing"))
    assert answer.status == 500 and answer.error()["code"] == "INTERNAL"
    client.send(request("/nothing?code=1"))
    answer = client.answer()
    assert answer.status == 404
    assert answer.error() == {"code": "NOT_FOUND", "message": 'no "such" thing', "details": {}}


LONG = "a" * 3000

REFUSED = {
    # smuggling: RFC 9112 sections 6.1, 6.3 and 11.2
    "coding and length": (400, "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"),
    "length and coding": (400, "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"),
    "two lengths": (400, "Content-Length: 4\r\nContent-Length: 5\r\n"),
    "two equal lengths": (400, "Content-Length: 4\r\nContent-Length: 4\r\n"),
    "a list of lengths": (400, "Content-Length: 4, 4\r\n"),
    "a signed length": (400, "Content-Length: +4\r\n"),
    "a negative length": (400, "Content-Length: -4\r\n"),
    "a hexadecimal length": (400, "Content-Length: 0x4\r\n"),
    "an empty length": (400, "Content-Length:\r\n"),
    "a length with a space": (400, "Content-Length: 4 4\r\n"),
    "a huge length": (400, "Content-Length: 99999999999999999999999\r\n"),
    "a length over 64 bits": (400, "Content-Length: 18446744073709551620\r\n"),
    "coding gzip, chunked": (400, "Transfer-Encoding: gzip, chunked\r\n"),
    "coding chunked, identity": (400, "Transfer-Encoding: chunked, identity\r\n"),
    "coding identity": (400, "Transfer-Encoding: identity\r\n"),
    "coding xchunked": (400, "Transfer-Encoding: xchunked\r\n"),
    "coding quoted": (400, 'Transfer-Encoding: "chunked"\r\n'),
    "coding with a vertical tab": (400, "Transfer-Encoding: \x0bchunked\r\n"),
    "two codings": (400, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
    "an empty coding": (400, "Transfer-Encoding:\r\n"),
    "a space before the colon": (400, "Transfer-Encoding : chunked\r\n"),
    "a tab before the colon": (400, "Content-Length\t: 4\r\n"),
    "a space before the name": (400, " Content-Length: 4\r\n"),
    "a folded line": (400, "X-Test: one\r\n two\r\n"),
    "a line folded by a tab": (400, "X-Test: one\r\n\ttwo\r\n"),
    "a bare line feed": (400, "X-Test: one\nContent-Length: 4\r\n"),
    "a bare carriage return": (400, "X-Test: one\rContent-Length: 4\r\n"),
    "a NUL in a value": (400, "X-Test: on\0e\r\n"),
    "a NUL in a name": (400, "X-Te\0st: one\r\n"),
    "a control in a value": (400, "X-Test: on\x01e\r\n"),
    "a delete in a value": (400, "X-Test: on\x7fe\r\n"),
    "a name without a colon": (400, "X-Test\r\n"),
    "an empty name": (400, ": one\r\n"),
    "a name with brackets": (400, "X(Test): one\r\n"),
    "a name beyond ASCII": (400, "X-T\xe9st: one\r\n"),
    "a second Host": (400, "Host: other\r\n"),
    "an unknown expectation": (417, "Expect: 200-ok\r\n"),
    "too many headers": (431, "".join(f"X-{i}: 1\r\n" for i in range(60))),
    "too many bytes": (431, "X-Long: " + "b" * 9000 + "\r\n"),
    "a long name": (431, "X" * 9000 + ": 1\r\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_header_is_refused_and_the_connection_closed(server, name):
    status, headers = REFUSED[name]
    smuggled = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
    answer, client = ask(server, request("/echo", method="POST", headers=headers) + smuggled)
    assert answer.status == status and answer.closes
    assert answer.error()["code"] == "VALIDATION_ERROR"
    assert client.is_ended()


LINES = {
    "no host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "a host with a path": (400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    "a host with a user": (400, b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    "a host list": (400, b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    "chunked in 1.0": (400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    "an unknown method": (501, b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "connect": (501, b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a method in lower case": (501, b"get / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a long method": (501, b"G" * 40 + b" / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "an endless method": (501, b"G" * 70000),
    "version 2": (505, b"GET / HTTP/2.0\r\nHost: a\r\n\r\n"),
    "version 1.2": (505, b"GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
    "version 0.9": (505, b"GET / HTTP/0.9\r\nHost: a\r\n\r\n"),
    "no version": (400, b"GET /\r\n\r\n"),
    "a name that is not HTTP": (400, b"GET / HTTQ/1.1\r\nHost: a\r\n\r\n"),
    "two spaces": (400, b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a tab": (400, b"GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a space at the end": (400, b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n"),
    "a bare line feed": (400, b"GET / HTTP/1.1\nHost: a\r\n\r\n"),
    "a bare carriage return": (400, b"GET / HTTP/1.1\rHost: a\r\n\r\n"),
    "a NUL in the target": (400, b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    "bytes beyond ASCII in the target": (400, b"GET /\xc3\x28 HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a fragment": (400, b"GET /#a HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a target without a slash": (400, b"GET a HTTP/1.1\r\nHost: a\r\n\r\n"),
    "asterisk for GET": (400, b"GET * HTTP/1.1\r\nHost: a\r\n\r\n"),
    "another scheme": (400, b"GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "an authority with a user": (400, b"GET http://a@b/ HTTP/1.1\r\nHost: a\r\n\r\n"),
    "no authority": (400, b"GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n"),
    "a long target": (414, f"GET /{LONG} HTTP/1.1\r\nHost: a\r\n\r\n".encode()),
    "an endless target": (414, b"GET /" + b"a" * 70000),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100),
    "an empty line too many": (400, b"\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
}


@pytest.mark.parametrize("name", LINES)
def test_a_bad_request_line_is_refused(server, name):
    status, data = LINES[name]
    answer, client = ask(server, data)
    assert answer.status == status and answer.closes, answer.raw_head
    answer.error()
    assert client.is_ended()


@pytest.mark.parametrize("name", ["two equal lengths", "a folded line", "a bare line feed"])
def test_refusals_are_the_same_byte_by_byte(server, name):
    with server.connect() as client:
        for byte in request("/", headers=REFUSED[name][1])[:-2]:
            client.send(bytes([byte]))
        client.send(b"\r\n")
        assert client.answer().status == 400


def test_one_empty_line_before_the_request_is_allowed(server):
    answer, _ = ask(server, b"\r\n" + request("/"))
    assert answer.status == 200


CHUNKS = {
    "whole": b"5\r\nhello\r\n0\r\n\r\n",
    "cut": b"2\r\nhe\r\n03\r\nllo\r\n000\r\n\r\n",
    "with extensions": b'5;a=b;c="d e"\r\nhello\r\n0;last\r\n\r\n',
    "with trailers": b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nOther:\r\n\r\n",
}


@pytest.mark.parametrize("name", CHUNKS)
@pytest.mark.parametrize("apart", [False, True])
def test_chunked_bodies(server, name, apart):
    with server.connect() as client:
        data = request("/echo", method="POST", headers="Transfer-Encoding: Chunked\r\n") + CHUNKS[name]
        for at in range(0, len(data), 1 if apart else len(data)):
            client.send(data[at : at + (1 if apart else len(data))])
        assert client.answer().body == b"hello"
        client.send(request("/"))
        assert client.answer().body == b"hello\n"


BAD_CHUNKS = {
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "not hexadecimal": b"g\r\nhello\r\n0\r\n\r\n",
    "a prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "white space": b" 5\r\nhello\r\n0\r\n\r\n",
    "white space behind": b"5 \r\nhello\r\n0\r\n\r\n",
    "a size over 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "bare line feeds": b"5\nhello\n0\n\n",
    "a carriage return alone": b"5\rXhello\r\n0\r\n\r\n",
    "too much data": b"4\r\nhello\r\n0\r\n\r\n",
    "too little data": b"6\r\nhello\r\n0\r\n\r\n",
    "a line feed in an extension": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "a long extension": b"5;" + b"a" * 300 + b"\r\nhello\r\n0\r\n\r\n",
    "many extensions": (b"1;" + b"a" * 200 + b"\r\nx\r\n") * 100 + b"0\r\n\r\n",
    "long trailers": b"0\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
    "a folded trailer": b"0\r\nX: y\r\n z\r\n\r\n",
    "a space in a trailer's name": b"0\r\nX : y\r\n\r\n",
}


@pytest.mark.parametrize("name", BAD_CHUNKS)
def test_malformed_chunks_are_refused(server, name):
    head = request("/echo", method="POST", headers="Transfer-Encoding: chunked\r\n")
    answer, client = ask(server, head + BAD_CHUNKS[name])
    assert answer.status == 400 and answer.closes
    assert answer.error()["code"] == "VALIDATION_ERROR"
    assert client.is_ended()


def test_a_request_byte_by_byte(server):
    with server.connect() as client:
        for byte in request("/echo", method="POST", headers="X-Test: a b\r\n", body="0123456789"):
            client.send(bytes([byte]))
        assert client.answer().body == b"0123456789"


def test_pipelined_requests_stay_in_order(server):
    with server.connect() as client:
        client.send(b"".join(request(f"/slow?ms={20 - i % 20}&n={i}") for i in range(100)))
        for i in range(100):
            assert client.answer().body == f"ms={20 - i % 20}&n={i}".encode()


def test_pipelined_bodies_stay_in_order(server):
    with server.connect() as client:
        data = b""
        for i in range(100):
            body = f"{i}".encode() * (i * 20)
            if i % 3 == 0:
                data += request("/echo", method="POST", headers="Content-Length: 0\r\n" if not body else "", body=body)
            elif i % 3 == 1:
                chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
                data += request("/echo", method="PUT", headers="Transfer-Encoding: chunked\r\n", body=chunked)
            else:
                data += request(f"/slow?ms=2&n={i}", method="POST", body=body)
        client.send(data)
        for i in range(100):
            expected = f"ms=2&n={i}" if i % 3 == 2 else f"{i}" * (i * 20)
            assert client.answer().body == expected.encode(), i


def test_more_pipelined_than_the_buffer_holds(server):
    with server.connect() as client:
        one = request("/slow?ms=1&n=0", headers="X-Pad: " + "p" * 3000 + "\r\n")
        client.socket.settimeout(60)
        sent = 0
        answers = 0
        client.socket.setblocking(False)
        data = one * 200
        while answers < 200:
            try:
                sent += client.socket.send(data[sent : sent + 100000]) if sent < len(data) else 0
            except BlockingIOError:
                pass
            select.select([client.socket], [client.socket] if sent < len(data) else [], [])
            try:
                client.buffer += client.socket.recv(65536)
            except BlockingIOError:
                pass
            answers = client.buffer.count(b"HTTP/1.1 200 OK")
        assert sent == len(data)


def test_expect_continue(server):
    with server.connect() as client:
        client.send(request("/echo", method="POST", headers="Expect: 100-continue\r\nContent-Length: 5\r\n"))
        assert client.head()[0] == 100
        client.send(b"hello" + request("/"))
        assert client.answer().body == b"hello"
        assert client.answer().body == b"hello\n"
    with server.connect() as client:  # with the body at once: nothing is asked for
        client.send(request("/echo", method="POST", headers="Expect: 100-Continue\r\n", body="hello"))
        assert client.answer().body == b"hello"
    with server.connect() as client:  # too large: refused without asking for it
        client.send(request("/echo", method="POST", headers="Expect: 100-continue\r\nContent-Length: 9999999\r\n"))
        answer = client.answer()
        assert answer.status == 413 and answer.closes and answer.error()["code"] == "FILE_TOO_LARGE"
    with server.connect() as client:  # not wanted: nobody can tell whether the body comes
        client.send(request("/", method="POST", headers="Expect: 100-continue\r\nContent-Length: 5\r\n"))
        answer = client.answer()
        assert answer.status == 200 and answer.closes and client.is_ended()


def test_too_large_bodies(server):
    answer, _ = ask(server, request("/echo?max=10", method="POST", body="x" * 11))
    assert answer.status == 413 and answer.error()["code"] == "FILE_TOO_LARGE"
    chunked = b"b\r\nxxxxxxxxxxx\r\n0\r\n\r\n"
    answer, _ = ask(
        server,
        request("/echo?max=10", method="POST", headers="Transfer-Encoding: chunked\r\n", body=chunked),
    )
    assert answer.status == 413
    answer, _ = ask(server, request("/echo?max=11", method="POST", body="x" * 11))
    assert answer.body == b"x" * 11
    answer, client = ask(server, request("/count?max=100", method="POST", headers="Content-Length: 9999999999\r\n"))
    assert answer.status == 413 and answer.closes and client.is_ended()


def test_an_unread_body_is_skipped_or_ends_the_connection(server):
    with server.connect() as client:
        client.send(request("/", method="POST", body="x" * 30000) + request("/headers"))
        assert client.answer().body == b"hello\n"
        assert client.answer().status == 200
    with server.connect() as client:
        chunked = b"5\r\nhello\r\n0\r\n\r\n"
        client.send(request("/", method="POST", headers="Transfer-Encoding: chunked\r\n", body=chunked) + request("/"))
        assert client.answer().body == b"hello\n"
        assert client.answer().body == b"hello\n"
    with server.connect() as client:
        client.send(request("/", method="POST", headers="Content-Length: 50000\r\n"))
        assert not client.answer().closes
        client.send(b"x" * 50000 + request("/headers"))
        assert client.answer().status == 200
    with server.connect() as client:
        client.send(request("/", method="POST", headers="Content-Length: 5000000\r\n") + b"x" * 100000)
        answer = client.answer()
        assert answer.status == 200 and answer.closes
        client.send(b"x" * 100000)  # lands nowhere, and the answer is not lost
        assert client.is_ended()


def test_streams(server):
    answer, client = ask(server, request("/stream?count=3&size=5"))
    assert answer.headers["transfer-encoding"] == "chunked" and answer.body == b"x" * 15
    client.send(request("/stream?count=3&size=5&length=15"))
    answer = client.answer()
    assert answer.headers["content-length"] == "15" and answer.body == b"x" * 15
    client.send(request("/stream?count=3&size=5", version="1.0"))
    answer = client.answer()
    assert answer.closes and answer.body == b"x" * 15 and "transfer-encoding" not in answer.headers


def test_parts_of_a_stream_go_out_at_once(server):
    with server.connect() as client:
        client.send(request("/stream?count=2&size=5&pause=3600000"))
        client.head()
        assert client.chunk() == b"xxxxx"  # long before the second is written
    server.wait_for(lambda stats: stats["tasks"] == 1)


@pytest.mark.parametrize("length", [10, 20])
def test_a_stream_of_another_length_is_torn(server, length):
    with server.connect() as client:
        client.send(request(f"/stream?count=3&size=5&length={length}"))
        status, headers, _ = client.head()
        assert status == 200 and headers["content-length"] == str(length)
        assert len(client.rest()) <= 15


def test_a_body_is_mirrored_while_it_comes(server):
    with server.connect() as client:
        client.send(request("/mirror", method="POST", headers="Transfer-Encoding: chunked\r\n"))
        assert client.head()[0] == 200
        for size in (1, 10, 3000, 70000):
            client.send(b"%x\r\n" % size + b"m" * size + b"\r\n")
            got = b""
            while len(got) < size:
                got += client.chunk()
            assert got == b"m" * size
        client.send(b"0\r\n\r\n" + request("/"))
        assert client.chunk() == b""
        status, _, _ = client.head()
        assert status == 200


def test_files(server):
    expected = netlib.program().read_bytes()
    answer, client = ask(server, request("/file"))
    assert answer.body == expected and answer.headers["content-length"] == str(len(expected))
    client.send(request("/file?extra=1"))
    client.head()
    assert client.rest() == expected  # shorter than announced: torn, not padded


def test_half_closed_clients_get_their_answers(server):
    for data, count in [(request("/"), 1), (request("/slow?ms=50"), 1), (request("/slow?ms=5") * 20, 20)]:
        with server.connect() as client:
            client.send(data)
            client.half_close()
            for _ in range(count):
                assert client.answer().status == 200
            assert client.is_ended()
    with server.connect() as client:
        client.send(request("/big?size=3000000"))
        client.half_close()
        assert len(client.answer().body) == 3000000
    with server.connect() as client:
        client.send(request("/")[:-1])
        client.half_close()
        assert client.is_ended()


def test_a_client_that_leaves_cancels_its_handler(server):
    before = server.stats()["cancelled"]
    for leave in (netlib.Client.close, netlib.Client.reset, netlib.Client.half_close):
        client = server.connect()
        client.send(request("/slow?ms=20000"))
        server.wait_for(lambda stats: stats["tasks"] == 2)
        leave(client)
        before += 1
        server.wait_for(lambda stats, before=before: stats["cancelled"] == before)
        client.close()
    server.wait_for(lambda stats: stats["tasks"] == 1)


STAGES = {
    "in the request line": b"GET / HT",
    "in the headers": b"GET / HTTP/1.1\r\nHost: te",
    "before the body": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
    "in the body": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe",
    "in a chunk": b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe",
    "in a chunk's size": b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5",
    "in a paused read": b"POST /count?pause=300 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "in a stream": request("/stream?count=1000&size=1000&pause=1"),
    "in a large answer": request("/big?size=20000000"),
    "in a file": request("/file"),
    "before several": request("/slow?ms=30") * 10,
    "after expecting": b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    "in an upgrade": request("/ws?wait=300", headers="Connection: upgrade\r\nUpgrade: websocket\r\n"
                             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"),
}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("leave", ["close", "reset", "half_close"])
def test_clients_that_leave_at_any_stage(server, stage, leave):
    client = server.connect()
    before = server.stats()
    client.send(STAGES[stage])
    server.wait_for_input(before, len(STAGES[stage]))
    getattr(client, leave)()
    if leave == "half_close":
        with contextlib.suppress(ConnectionResetError):
            client.rest()
        client.close()
    stats = server.wait_for(lambda stats: stats["tasks"] == 1 and stats["connections"] <= 2)
    assert stats["background"] == 0


def test_a_peer_may_be_v6():
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        with netlib.server(address="*:0") as running:
            assert b"peer=127.0.0.1\n" in running.get("/headers").body
            with socket.create_connection(("::1", running.port)) as client:
                client.sendall(request("/headers"))
                assert b"peer=::1\n" in client.recv(9999)
    except OSError:
        pytest.skip("no IPv6 here")
